/** For the actions of signing in, which cannot read the database: accounts and limits. All internal. */
import { v } from "convex/values";
import { internalMutation, internalQuery } from "./_generated/server.js";
import { findOwner } from "./model/identities/attach.ts";
import { countTry, forgetTries, vLimited, vTry } from "./model/people/limits.ts";
import {
  findPasswordAccount,
  findPasswordOf,
  vPasswordAccount,
} from "./model/people/passwordAccounts.ts";

/** The password account of a normalised e-mail. */
export const findAccount = internalQuery({
  args: { email: v.string() },
  returns: v.union(vPasswordAccount, v.null()),
  handler: async (ctx, { email }) => await findPasswordAccount(ctx, email),
});

/** The password account of a user. */
export const accountOf = internalQuery({
  args: { userId: v.id("users") },
  returns: v.union(vPasswordAccount, v.null()),
  handler: async (ctx, { userId }) => await findPasswordOf(ctx, userId),
});

/** Whether a verified e-mail is somebody's. */
export const isKnown = internalQuery({
  args: { email: v.string() },
  returns: v.boolean(),
  handler: async (ctx, { email }) => (await findOwner(ctx, "email", email)) !== null,
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
