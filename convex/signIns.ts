/** For the actions of signing in, which cannot read the database: accounts and limits. All internal. */
import { v } from "convex/values";
import { internalMutation, internalQuery } from "./_generated/server.js";
import { findOwner } from "./model/identities/attach.ts";
import { countTry, forgetTries, vLimited, vTry } from "./model/people/limits.ts";
import {
  findPasswordAccount,
  listPasswordsOf,
  replaceUnproven as replace,
  setPasswords,
  vPasswordAccount,
} from "./model/people/passwordAccounts.ts";
import { endSessions, forgetTokens as forgetTokensOf } from "./model/people/sessions.ts";

/** The password account of a normalised e-mail. */
export const findAccount = internalQuery({
  args: { email: v.string() },
  returns: v.union(vPasswordAccount, v.null()),
  handler: async (ctx, { email }) => await findPasswordAccount(ctx, email),
});

/** The password accounts of a user. */
export const passwordsOf = internalQuery({
  args: { userId: v.id("users") },
  returns: v.array(vPasswordAccount),
  handler: async (ctx, { userId }) => await listPasswordsOf(ctx, userId),
});

/** Another password for a user, whichever e-mail they sign in with; every other session ends. */
export const setPassword = internalMutation({
  args: { userId: v.id("users"), secret: v.string(), sessionId: v.id("authSessions") },
  returns: v.null(),
  handler: async (ctx, { userId, secret, sessionId }) => {
    await setPasswords(ctx, userId, secret);
    await endSessions(ctx, userId, sessionId);
    return null;
  },
});

/** Ends what a batch of sessions has left. */
export const endMoreSessions = internalMutation({
  args: {
    userId: v.id("users"),
    except: v.union(v.id("authSessions"), v.null()),
    untilMs: v.number(),
  },
  returns: v.null(),
  handler: async (ctx, { userId, except, untilMs }) => {
    await endSessions(ctx, userId, except, untilMs);
    return null;
  },
});

/** Deletes what a batch of tokens has left. */
export const forgetTokens = internalMutation({
  args: { sessionIds: v.array(v.id("authSessions")) },
  returns: v.null(),
  handler: async (ctx, { sessionIds }) => {
    await forgetTokensOf(ctx, sessionIds);
    return null;
  },
});

/** Whether a verified e-mail is somebody's. */
export const isKnown = internalQuery({
  args: { email: v.string() },
  returns: v.boolean(),
  handler: async (ctx, { email }) => (await findOwner(ctx, "email", email)) !== null,
});

/** Another password, null: none, for an address that is still unproven. */
export const replaceUnproven = internalMutation({
  args: { email: v.string(), secret: v.union(v.string(), v.null()) },
  returns: v.null(),
  handler: async (ctx, { email, secret }) => {
    await replace(ctx, email, secret);
    return null;
  },
});

/** Counts a try. */
export const count = internalMutation({
  args: { name: vLimited, who: v.string() },
  returns: vTry,
  handler: async (ctx, { name, who }) => await countTry(ctx, name, who),
});

/** Forgets the tries that led to success. */
export const forget = internalMutation({
  args: { name: vLimited, who: v.string() },
  returns: v.null(),
  handler: async (ctx, { name, who }) => {
    await forgetTries(ctx, name, who);
    return null;
  },
});
