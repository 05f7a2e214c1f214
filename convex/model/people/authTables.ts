/**
 * The tables that Convex Auth reads and writes, in the shape it asks for; its own
 * `authTables` is typed without exact optional fields and would loosen ours.
 */
import { defineTable } from "convex/server";
import { v } from "convex/values";

const maybeText = v.optional(v.string());
const maybeMs = v.optional(v.number());

export const authTables = {
  // A sign-in on one device. Written by Convex Auth; read by every wrapper for people; deleted at
  // sign-out, and by people/ when it is ended from elsewhere.
  authSessions: defineTable({ userId: v.id("users"), expirationTime: v.number() }).index("userId", [
    "userId",
  ]),

  // A way to sign in: a password, or an account at Discord.
  authAccounts: defineTable({
    userId: v.id("users"),
    provider: v.string(),
    providerAccountId: v.string(),
    secret: maybeText, // a slow hash
    emailVerified: maybeText,
    phoneVerified: maybeText,
  })
    .index("userIdAndProvider", ["userId", "provider"])
    .index("providerAndAccountId", ["provider", "providerAccountId"]),

  authRefreshTokens: defineTable({
    sessionId: v.id("authSessions"),
    expirationTime: v.number(),
    firstUsedTime: maybeMs,
    parentRefreshTokenId: v.optional(v.id("authRefreshTokens")),
  })
    // Convex Auth asks for both.
    // eslint-disable-next-line @convex-dev/no-duplicate-indexes
    .index("sessionId", ["sessionId"])
    .index("sessionIdAndParentRefreshTokenId", ["sessionId", "parentRefreshTokenId"]),

  authVerificationCodes: defineTable({
    accountId: v.id("authAccounts"),
    provider: v.string(),
    code: v.string(), // a hash
    expirationTime: v.number(),
    verifier: maybeText,
    emailVerified: maybeText,
    phoneVerified: maybeText,
  })
    .index("accountId", ["accountId"])
    .index("code", ["code"]),

  authVerifiers: defineTable({
    sessionId: v.optional(v.id("authSessions")),
    signature: maybeText,
  }).index("signature", ["signature"]),

  authRateLimits: defineTable({
    identifier: v.string(),
    lastAttemptTime: v.number(),
    attemptsLeft: v.number(),
  }).index("identifier", ["identifier"]),
};
