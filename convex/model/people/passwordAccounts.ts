/** The password accounts that Convex Auth keeps, as our provider reads them. */
import { type Infer, v } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";

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

/** The password account a user signs in with, if there is one. */
export async function findPasswordOf(
  ctx: Pick<QueryCtx, "db">,
  userId: Id<"users">,
): Promise<PasswordAccount | null> {
  const row = await ctx.db
    .query("authAccounts")
    .withIndex("userIdAndProvider", (q) => q.eq("userId", userId).eq("provider", "password"))
    .first();
  return row === null ? null : accountOf(row);
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
