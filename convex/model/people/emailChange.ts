/**
 * A new e-mail for an account: proven by a code before anything changes.
 *
 * [MAILCH2] With the change, codes that were mailed to the old address are forgotten.
 * [MAILCH1] Until the new address is proven the old one counts; then the old one is nobody's.
 */
import { normalizeEmail } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { attachIdentity, detachIdentity, findOwner } from "../identities/attach.ts";
import { queueMail } from "../mail/store.ts";
import { noticeMail } from "./accountMails.ts";
import { hashText } from "./hashes.ts";
import { dropCodes, findPasswordAccount, listPasswordsOf } from "./passwordAccounts.ts";

const GOOD_FOR_MS = 60 * 60_000;
const TRIES = 8;

/** Remembers what is to be proven, instead of anything before. */
export async function beginEmailChange(
  ctx: MutationCtx,
  userId: Id<"users">,
  email: string,
  codeHash: string,
): Promise<void> {
  await dropEmailChange(ctx, userId);
  const expiresAtMs = Date.now() + GOOD_FOR_MS;
  const row = { userId, email, codeHash, expiresAtMs, triesLeft: TRIES };
  await ctx.db.insert("emailChanges", row);
}

/** `wrong` counts a try. Throws `email_taken` if the address, now proven, is another account's. */
export async function finishEmailChange(
  ctx: MutationCtx,
  userId: Id<"users">,
  code: string,
): Promise<"changed" | "wrong"> {
  const row = await findEmailChange(ctx, userId);
  if (row === null || row.expiresAtMs <= Date.now() || row.triesLeft <= 0) return "wrong";
  if (row.codeHash !== hashText(code)) {
    await ctx.db.patch("emailChanges", row._id, { triesLeft: row.triesLeft - 1 });
    return "wrong";
  }
  await ctx.db.delete("emailChanges", row._id);
  await moveTo(ctx, userId, row.email);
  return "changed";
}

/** What is being proven, or null. */
export async function findEmailChange(ctx: Pick<QueryCtx, "db">, userId: Id<"users">) {
  return await ctx.db
    .query("emailChanges")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .unique();
}

/** Forgets what was to be proven. Safe to repeat. */
export async function dropEmailChange(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  const row = await findEmailChange(ctx, userId);
  if (row !== null) await ctx.db.delete("emailChanges", row._id);
}

async function moveTo(ctx: MutationCtx, userId: Id<"users">, email: string): Promise<void> {
  const user = await ctx.db.get("users", userId);
  const before = normalizeEmail(user?.email ?? "");
  const owner = await findOwner(ctx, "email", email);
  if (owner !== null && owner !== userId) throw emailTaken();
  await movePassword(ctx, userId, { before, email });
  await attachIdentity(ctx, { kind: "email", value: email, userId });
  if (before !== null && before !== email) {
    await detachIdentity(ctx, { kind: "email", value: before, userId });
    await queueMail(ctx, noticeMail(before, `Your account now uses ${email}.`));
  }
  await ctx.db.patch("users", userId, { email, emailVerificationTime: Date.now() });
}

/** The password is asked with the new address from now on, and not with the old one. */
async function movePassword(
  ctx: MutationCtx,
  userId: Id<"users">,
  { before, email }: { before: string | null; email: string },
): Promise<void> {
  const passwords = await listPasswordsOf(ctx, userId);
  const own = passwords.find((account) => account.email === before) ?? passwords[0] ?? null;
  const other = await findPasswordAccount(ctx, email);
  if (other !== null && other.accountId !== own?.accountId) {
    const isOwn = other.userId === userId; // a second password of theirs: one address has one
    if (!isOwn && other.isVerified) throw emailTaken();
    // Else somebody signed up with it and never proved it: the address is nobody's, as was said above.
    await dropCodes(ctx, other.accountId);
    await ctx.db.delete("authAccounts", other.accountId);
    if (!isOwn) await ctx.db.delete("users", other.userId);
  }
  if (own === null) return;
  await dropCodes(ctx, own.accountId);
  await ctx.db.patch("authAccounts", own.accountId, {
    providerAccountId: email,
    emailVerified: email,
  });
}

function emailTaken(): ConvexError<{ code: string; message: string }> {
  const message = "This address belongs to another account. Sign in there, or ask support.";
  return new ConvexError({ code: "email_taken", message });
}
