/** The password accounts that Convex Auth keeps, as our provider reads and replaces them. */
import { type Infer, v } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";

const MOST_CODES = 100; // the library keeps one
const MOST_PASSWORDS = 100; // of one person

export const vPasswordAccount = v.object({
  accountId: v.id("authAccounts"),
  userId: v.id("users"),
  email: v.string(), // normalised
  secret: v.union(v.string(), v.null()), // a slow hash
  isVerified: v.boolean(),
});

export type PasswordAccount = Infer<typeof vPasswordAccount>;

/** The password account of a normalised e-mail. */
export async function findPasswordAccount(
  ctx: Pick<QueryCtx, "db">,
  email: string,
): Promise<PasswordAccount | null> {
  const row = await ctx.db
    .query("authAccounts")
    .withIndex("providerAndAccountId", (q) =>
      q.eq("provider", "password").eq("providerAccountId", email),
    )
    .unique();
  return row === null ? null : accountOf(row);
}

/** The password accounts of a user, the oldest first: one, or after a merge one for each e-mail. */
export async function listPasswordsOf(
  ctx: Pick<QueryCtx, "db">,
  userId: Id<"users">,
): Promise<PasswordAccount[]> {
  const rows = await ctx.db
    .query("authAccounts")
    .withIndex("userIdAndProvider", (q) => q.eq("userId", userId).eq("provider", "password"))
    .take(MOST_PASSWORDS);
  return rows.map(accountOf);
}

/** The oldest of them, if there is one. */
export async function findPasswordOf(
  ctx: Pick<QueryCtx, "db">,
  userId: Id<"users">,
): Promise<PasswordAccount | null> {
  return (await listPasswordsOf(ctx, userId))[0] ?? null;
}

/** Gives every e-mail that a user signs in with this password. Codes that were mailed before are forgotten. */
export async function setPasswords(
  ctx: MutationCtx,
  userId: Id<"users">,
  secret: string,
): Promise<void> {
  for (const { accountId } of await listPasswordsOf(ctx, userId)) {
    await ctx.db.patch("authAccounts", accountId, { secret });
    await dropCodes(ctx, accountId);
  }
}

/** Forgets every code that was mailed for the account. Safe to repeat. */
export async function dropCodes(ctx: MutationCtx, accountId: Id<"authAccounts">): Promise<void> {
  const codes = await ctx.db
    .query("authVerificationCodes")
    .withIndex("accountId", (q) => q.eq("accountId", accountId))
    .take(MOST_CODES);
  for (const { _id } of codes) await ctx.db.delete("authVerificationCodes", _id);
}

/**
 * Gives the account of an address that nobody has proven another password, null: none. Codes that were mailed
 * for the one before prove nothing any more. An account that is proven by now is left alone.
 */
export async function replaceUnproven(
  ctx: MutationCtx,
  email: string,
  secret: string | null,
): Promise<void> {
  const account = await findPasswordAccount(ctx, email);
  if (account === null || account.isVerified) return;
  const { accountId } = account;
  await ctx.db.patch("authAccounts", accountId, { secret: secret ?? undefined });
  if (secret !== null) await dropCodes(ctx, accountId);
}

function accountOf(row: Doc<"authAccounts">): PasswordAccount {
  return {
    accountId: row._id,
    userId: row.userId,
    email: row.providerAccountId,
    secret: row.secret ?? null,
    isVerified: row.emailVerified !== undefined,
  };
}
