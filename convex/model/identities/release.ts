/**
 * Staff take an identity from an account that has it wrongly, so that whoever proves it next may have it.
 *
 * [FREE1] What was somebody's by this identity alone is nobody's afterwards, and waits for who proves it; what
 *         leads to them otherwise stays.
 * [FREE2] A way to sign in is no claim: it is refused, and so is a customer that their own checkout proves.
 * [FREE3] Each has a reason, in the audit log; the identity is then nobody's, never two people's.
 */
import { normalizeEmail } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { readPurchasesOf, SETTLED_AT_ONCE } from "../payments/customers.ts";
import { settleAgain } from "../payments/settle.ts";
import { findIdentity } from "./attach.ts";
import type { IdentityKind } from "./validators.ts";

const MOST_WORDS = 500; // about one person's purchases

/**
 * Whose it was, and how many purchases were looked at again. Throws `not_found`, `way_in`, `proven_by_checkout` or
 * `too_much`.
 */
export async function releaseIdentity(
  ctx: MutationCtx,
  kind: IdentityKind,
  value: string,
): Promise<{ userId: Id<"users">; purchases: number }> {
  const row = await findIdentity(ctx, kind, value);
  if (row === null) throw refused("not_found", "This belongs to nobody.");
  await assertNoWayIn(ctx, row);
  const purchases = await readPurchasesOf(ctx, row, 0);
  if (purchases.length >= SETTLED_AT_ONCE) {
    throw refused("too_much", "Too much was bought with it to be looked at again at once.");
  }
  await ctx.db.delete("identities", row._id);
  if (kind === "email") await forgetWords(ctx, row.userId, purchases);
  for (const { _id: purchaseId } of purchases) {
    await settleAgain(ctx, purchaseId, { cause: { kind: "purchase", purchaseId } });
  }
  if ((await findIdentity(ctx, kind, value)) !== null) {
    const message =
      "A checkout of this very account made this customer. Merge the accounts, or say whose the purchase is.";
    throw refused("proven_by_checkout", message);
  }
  return { userId: row.userId, purchases: purchases.length };
}

async function assertNoWayIn(
  ctx: QueryCtx,
  { kind, value, userId }: Doc<"identities">,
): Promise<void> {
  const provider = { email: "password", discord: "discord" }[String(kind)];
  if (provider === undefined) return;
  const way = await ctx.db
    .query("authAccounts")
    .withIndex("providerAndAccountId", (q) =>
      q.eq("provider", provider).eq("providerAccountId", value),
    )
    .unique();
  const user = await ctx.db.get("users", userId);
  const isTheirs = kind === "email" && normalizeEmail(user?.email ?? "") === value;
  if (way === null && !isTheirs) return;
  const message =
    "The account signs in with it. Have the address changed there, or merge or delete it.";
  throw refused("way_in", message);
}

/** That the e-mail led there is no reason any more. */
async function forgetWords(
  ctx: MutationCtx,
  userId: Id<"users">,
  purchases: readonly Doc<"purchases">[],
): Promise<void> {
  const words = await ctx.db
    .query("purchaseOwners")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .take(MOST_WORDS);
  const isOf = ({ provider, ref, by }: Doc<"purchaseOwners">) =>
    by === "email" && purchases.some((one) => one.provider === provider && one.anchor === ref);
  for (const word of words.filter(isOf)) await ctx.db.delete("purchaseOwners", word._id);
}

function refused(code: string, message: string): ConvexError<{ code: string; message: string }> {
  return new ConvexError({ code, message });
}
