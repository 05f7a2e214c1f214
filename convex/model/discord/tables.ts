/** Whose Discord account is whose, and where its person is a member. */
import { defineTable } from "convex/server";
import { v } from "convex/values";
import { vFeed } from "../signals/validators.ts";
import { vDiscordProfile, vJoinCode, vJoining, vPresence } from "./validators.ts";

export const discordTables = {
  // The Discord account that acts for a person: one of each, and always among their identities, too. Written
  // by discord/; read by the account page, joins and roles; deleted when it is unlinked and with the account.
  discordLinks: defineTable({
    ...vDiscordProfile.fields,
    userId: v.id("users"),
    linkedAtMs: v.number(),
    mayJoin: v.boolean(), // leave was given to be added to servers
  })
    .index("by_userId", ["userId"])
    .index("by_discordId", ["discordId"]),

  // The tokens of a link, beside it: only the actions that use them read this. Written by discord/; deleted
  // with the link. `sealed` opens with a key of the environment.
  discordTokens: defineTable({
    linkId: v.id("discordLinks"),
    sealed: v.union(v.string(), v.null()), // null: came by signing in, which keeps none
    keyId: v.union(v.string(), v.null()),
    expiresAtMs: v.number(), // of the access token
    busyUntilMs: v.number(), // one run at a time: refreshing uses up the token it refreshes with
  })
    .index("by_linkId", ["linkId"])
    .index("by_keyId", ["keyId"]),

  // Tokens of links that are no more, until Discord has revoked them. Written, read and deleted by discord/.
  discordRevocations: defineTable({
    sealed: v.string(),
    attempt: v.number(),
    dueAtMs: v.number(),
  }).index("by_dueAtMs", ["dueAtMs"]),

  // A link that was begun and not finished. Written and read by discord/; deleted when somebody comes back
  // with it, whoever that is, or when it is over.
  discordLinkStates: defineTable({
    stateHash: v.string(), // SHA-256, hex; the state is in the browser and at Discord
    userId: v.id("users"),
    sessionId: v.id("authSessions"),
    verifier: v.string(), // PKCE: worth nothing without the code
    returnTo: v.string(),
    expiresAtMs: v.number(),
  })
    .index("by_stateHash", ["stateHash"])
    .index("by_userId", ["userId"])
    .index("by_expiresAtMs", ["expiresAtMs"]),

  // A server that plans open. Written by operators; read by joins and the account page.
  discordGuilds: defineTable({
    guildId: v.string(),
    name: v.string(),
    minTier: vFeed,
    joinAtPurchase: v.boolean(), // add its people, or leave it to them
  }).index("by_guildId", ["guildId"]),

  // A linked account in a server that its person's tier opens, or opened. Written by discord/; read by the
  // account page and joins; deleted with the link.
  discordMembers: defineTable({
    userId: v.id("users"),
    discordId: v.string(),
    guildId: v.string(),
    presence: vPresence,
    presenceAtMs: v.number(), // what was heard before that changes nothing
    joining: vJoining,
    code: v.union(vJoinCode, v.null()),
    attempt: v.number(),
    dueAtMs: v.number(),
  })
    .index("by_userId", ["userId"])
    .index("by_discordId_guildId", ["discordId", "guildId"])
    .index("by_guildId", ["guildId"])
    .index("by_joining_dueAtMs", ["joining", "dueAtMs"]),
};
