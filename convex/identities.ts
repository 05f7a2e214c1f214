/** Whose e-mail, Discord account or provider's customer something is: claims by customers, merges by staff. */
import { ConvexError, v } from "convex/values";
import { internal } from "./_generated/api.js";
import { internalMutation } from "./_generated/server.js";
import { recordDeed } from "./model/audit/record.ts";
import { beginClaim, finishClaim, sweepClaims } from "./model/identities/claims.ts";
import { mergeUsers, previewMerge, vMergePreview } from "./model/identities/merge.ts";
import { releaseIdentity } from "./model/identities/release.ts";
import { vIdentityKind } from "./model/identities/validators.ts";
import { getUserByEmail } from "./model/payments/repairs.ts";
import { claimMail } from "./model/people/accountMails.ts";
import { makeCode, readCode } from "./model/people/codes.ts";
import { hashText } from "./model/people/hashes.ts";
import { countOrThrow } from "./model/people/passwordConfirmation.ts";
import { readEmail } from "./model/people/passwordFlow.ts";
import { queueRequested } from "./model/people/requestedMails.ts";
import {
  customerAction,
  customerMutation,
  customerQuery,
  operatorMutation,
  operatorQuery,
} from "./wrappers.ts";

/** What is known to be the caller's. */
export const mine = customerQuery({
  args: {},
  returns: {
    identities: v.array(v.object({ kind: vIdentityKind, value: v.string(), sinceMs: v.number() })),
  },
  handler: async (ctx) => {
    const rows = await ctx.db
      .query("identities")
      .withIndex("by_userId", (q) => q.eq("userId", ctx.person.userId))
      .take(100);
    return { identities: rows.map(({ kind, value, sinceMs }) => ({ kind, value, sinceMs })) };
  },
});

/** Mails a code to the address that something was bought with. Says the same for every address. Throws `too_many_tries`. */
export const requestClaim = customerAction({
  args: { email: v.string() },
  returns: v.null(),
  handler: async (ctx, { email: typed }) => {
    const { userId } = ctx.person;
    const email = readEmail(typed);
    await countOrThrow(ctx, "claim", userId);
    await ctx.runMutation(internal.identities.begin, { userId, email, code: makeCode() });
    return null;
  },
});

/** The address is the caller's from now on, and so is what was bought with it. */
export const confirmClaim = customerMutation({
  args: { email: v.string(), code: v.string() },
  returns: v.union(v.literal("attached"), v.literal("wrong")),
  handler: async (ctx, { email, code }) =>
    await finishClaim(ctx, ctx.person.userId, readEmail(email), readCode(code)),
});

/** What a merge would move, by the two accounts' verified e-mails. */
export const preview = operatorQuery({
  args: { fromEmail: v.string(), intoEmail: v.string() },
  returns: { preview: vMergePreview },
  handler: async (ctx, { fromEmail, intoEmail }) => {
    const from = await getUserByEmail(ctx, fromEmail);
    const into = await getUserByEmail(ctx, intoEmail);
    return { preview: await previewMerge(ctx, from, into) };
  },
});

/** Moves everything of the first account to the second, and closes the first. Cannot be undone. */
export const merge = operatorMutation({
  args: { fromEmail: v.string(), intoEmail: v.string() },
  returns: v.null(),
  handler: async (ctx, { fromEmail, intoEmail }) => {
    const from = await getUserByEmail(ctx, fromEmail);
    const into = await getUserByEmail(ctx, intoEmail);
    await mergeUsers(ctx, from, into);
    await recordDeed(ctx, "identities.merge", into, from);
    return null;
  },
});

/**
 * Takes an identity from the account that has it wrongly: whoever proves it next has it. Answers how many purchases
 * were looked at again. Throws `reason_missing`, `not_found`, `way_in`, `proven_by_checkout` or `too_much`.
 */
export const release = operatorMutation({
  args: { kind: vIdentityKind, value: v.string(), reason: v.string() },
  returns: v.object({ purchases: v.number() }),
  handler: async (ctx, { kind, value, reason }) => {
    if (reason.trim() === "") {
      throw new ConvexError({ code: "reason_missing", message: "Say why." });
    }
    const { userId, purchases } = await releaseIdentity(ctx, kind, value);
    // The value stays out of the log: it may be of somebody who leaves one day.
    await recordDeed(ctx, "identities.release", userId, `${kind}: ${reason.trim()}`);
    return { purchases };
  },
});

/** For `requestClaim`: the code goes into the mail and is stored as a hash. */
export const begin = internalMutation({
  args: { userId: v.id("users"), email: v.string(), code: v.string() },
  returns: v.null(),
  handler: async (ctx, { userId, email, code }) => {
    await beginClaim(ctx, { userId, email, codeHash: hashText(code) });
    await queueRequested(ctx, "claim", claimMail(email, code));
    return null;
  },
});

export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    if (await sweepClaims(ctx)) await ctx.scheduler.runAfter(0, internal.identities.sweep, {});
    return null;
  },
});
