/** What a signed-in person does with their own account. Signing in itself is in auth.ts. */
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import { internalMutation } from "./_generated/server.js";
import { hasDiscord } from "./model/discord/application.ts";
import { queueMail } from "./model/mail/store.ts";
import { emailChangeMail, noticeMail } from "./model/people/accountMails.ts";
import { findStaffRole } from "./model/people/caller.ts";
import { makeCode, readCode } from "./model/people/codes.ts";
import { deleteAccount } from "./model/people/deletion.ts";
import {
  beginEmailChange,
  findEmailChange,
  finishEmailChange,
} from "./model/people/emailChange.ts";
import { readExport } from "./model/people/exportData.ts";
import { hashText } from "./model/people/hashes.ts";
import { findPasswordOf, setPasswords } from "./model/people/passwordAccounts.ts";
import { confirmPassword, countOrThrow } from "./model/people/passwordConfirmation.ts";
import { checkPassword, readEmail, readName } from "./model/people/passwordFlow.ts";
import { queueRequested } from "./model/people/requestedMails.ts";
import {
  endSession as endOne,
  endSessions,
  listSessions,
  vSession,
} from "./model/people/sessions.ts";
import { vExportSection, vStaffRole } from "./model/people/validators.ts";
import { readRenewals, vRenewal } from "./model/stops/renewals.ts";
import { customerAction, customerMutation, customerQuery, publicQuery } from "./wrappers.ts";

/** How one can sign in here, for the page of somebody who is not signed in. */
export const signInMethods = publicQuery({
  args: {},
  returns: v.object({ discord: v.boolean() }),
  handler: async () => ({ discord: hasDiscord() }),
});

/** Who is signed in. */
export const me = customerQuery({
  args: {},
  returns: {
    userId: v.id("users"),
    name: v.union(v.string(), v.null()),
    email: v.union(v.string(), v.null()), // null: came with Discord, without a verified one
    image: v.union(v.string(), v.null()),
    role: v.union(vStaffRole, v.null()), // null: a customer
    hasPassword: v.boolean(),
    newEmail: v.union(v.string(), v.null()), // waits for its code
  },
  handler: async (ctx) => {
    const { userId, user } = ctx.person;
    const change = await findEmailChange(ctx, userId);
    return {
      userId,
      name: user.name ?? null,
      email: user.email ?? null,
      image: user.image ?? null,
      role: await findStaffRole(ctx, userId),
      hasPassword: (await findPasswordOf(ctx, userId)) !== null,
      newEmail: change?.email ?? null,
    };
  },
});

export const rename = customerMutation({
  args: { name: v.string() },
  returns: v.null(),
  handler: async (ctx, { name }) => {
    await ctx.db.patch("users", ctx.person.userId, { name: readName(name) });
    return null;
  },
});

/** Where one is signed in. */
export const sessions = customerQuery({
  args: {},
  returns: { sessions: v.array(vSession) },
  handler: async (ctx) => ({
    sessions: await listSessions(ctx, ctx.person.userId, ctx.person.sessionId),
  }),
});

/** Ends a session of one's own: it is nobody at once. Safe to repeat. */
export const endSession = customerMutation({
  args: { sessionId: v.id("authSessions") },
  returns: v.null(),
  handler: async (ctx, { sessionId }) => {
    await endOne(ctx, ctx.person.userId, sessionId);
    return null;
  },
});

/** Ends every session but this one; answers how many. */
export const endOtherSessions = customerMutation({
  args: {},
  returns: v.object({ ended: v.number() }),
  handler: async (ctx) => ({
    ended: await endSessions(ctx, ctx.person.userId, ctx.person.sessionId),
  }),
});

/** Everything stored about oneself, section by section, page by page. */
export const exportPage = customerQuery({
  args: { section: vExportSection, cursor: v.union(v.string(), v.null()) },
  returns: { rows: v.array(v.any()), cursor: v.union(v.string(), v.null()) },
  handler: async (ctx, { section, cursor }) => {
    const { rows, cursor: next } = await readExport(ctx, ctx.person, section, cursor);
    return { rows: [...rows], cursor: next };
  },
});

/** Another password; every other session ends. Throws `wrong_password`, `no_password`, `weak_password`. */
export const changePassword = customerAction({
  args: { current: v.string(), next: v.string() },
  returns: v.null(),
  handler: async (ctx, { current, next }) => {
    const { userId, sessionId } = ctx.person;
    const account = await confirmPassword(ctx, userId, current);
    checkPassword(next, account.email);
    const secret: string = await ctx.runAction(internal.passwordHashes.hash, { password: next });
    const { accountId } = account;
    await ctx.runMutation(internal.account.storePassword, { accountId, secret, userId, sessionId });
    return null;
  },
});

export const storePassword = internalMutation({
  args: {
    accountId: v.id("authAccounts"),
    secret: v.string(),
    userId: v.id("users"),
    sessionId: v.id("authSessions"),
  },
  returns: v.null(),
  handler: async (ctx, { accountId, secret, userId, sessionId }) => {
    const account = await ctx.db.get("authAccounts", accountId);
    if (account?.userId !== userId) return null;
    await setPasswords(ctx, userId, secret);
    await endSessions(ctx, userId, sessionId);
    const notice = noticeMail(account.providerAccountId, "Your password was changed.");
    await queueMail(ctx, notice);
    return null;
  },
});

/** Mails a code to a new address. Needs the password of who has one. Throws `too_many_tries`. */
export const requestEmailChange = customerAction({
  args: { email: v.string(), password: v.union(v.string(), v.null()) },
  returns: v.null(),
  handler: async (ctx, { email: typed, password }) => {
    const { userId } = ctx.person;
    const email = readEmail(typed);
    await countOrThrow(ctx, "emailChange", userId);
    await confirmPassword(ctx, userId, password, "ifAny");
    const code = makeCode();
    await ctx.runMutation(internal.account.beginChange, { userId, email, code });
    return null;
  },
});

/** The code goes into the mail and is stored as a hash. */
export const beginChange = internalMutation({
  args: { userId: v.id("users"), email: v.string(), code: v.string() },
  returns: v.null(),
  handler: async (ctx, { userId, email, code }) => {
    await beginEmailChange(ctx, userId, email, hashText(code));
    await queueRequested(ctx, "emailChange", emailChangeMail(email, code));
    return null;
  },
});

/** Proves the new address. `wrong` has counted a try. Throws `email_taken`. */
export const confirmEmailChange = customerMutation({
  args: { code: v.string() },
  returns: v.union(v.literal("changed"), v.literal("wrong")),
  handler: async (ctx, { code }) => await finishEmailChange(ctx, ctx.person.userId, readCode(code)),
});

/** What renews, and whether deleting the account stops it. */
export const renewals = customerQuery({
  args: {},
  returns: { renewals: v.array(vRenewal) },
  handler: async (ctx) => ({ renewals: await readRenewals(ctx, ctx.person.userId) }),
});

/**
 * Deletes the account and stops what renews. Needs the password of who has one. Throws `last_owner`, and
 * `renewals_running` for what cannot be stopped, unless `despiteRenewals`.
 */
export const remove = customerAction({
  args: { password: v.union(v.string(), v.null()), despiteRenewals: v.boolean() },
  returns: v.null(),
  handler: async (ctx, { password, despiteRenewals }) => {
    const { userId } = ctx.person;
    await confirmPassword(ctx, userId, password, "ifAny");
    await ctx.runMutation(internal.account.removeNow, { userId, despiteRenewals });
    return null;
  },
});

export const removeNow = internalMutation({
  args: { userId: v.id("users"), despiteRenewals: v.boolean() },
  returns: v.null(),
  handler: async (ctx, { userId, despiteRenewals }) => {
    await deleteAccount(ctx, userId, despiteRenewals);
    return null;
  },
});
