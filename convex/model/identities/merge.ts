/**
 * Two accounts of one person become one. Everything of the first moves to the second, and the first is
 * closed for good: its id leads to the second from then on.
 *
 * [MERGE1] Identities, purchases, grants and ways to sign in move; nothing belongs to both afterwards.
 * [MERGE2] The preview names exactly what will move, and what stands against it.
 * [MERGE3] What was bought with the closed account's id, also later, is the other's.
 * [MERGE6] The Discord link goes along, unless the account that stays has one of its own.
 * [MERGE5] Of two passwords only that of the account that stays is left.
 * [MERGE4] Nothing is merged from or into an account of staff: nobody comes to a role by a merge.
 */
import { ConvexError, type Infer, v } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { recomputeAccess } from "../access/recompute.ts";
import { mergeLinks } from "../discord/links.ts";
import { settleDiscordOf } from "../discord/settle.ts";
import { settleAgain } from "../payments/settle.ts";
import { summaryOfPurchase, vPurchaseSummary } from "../payments/summaries.ts";
import { findStaffRole } from "../people/caller.ts";
import { findPasswordOf } from "../people/passwordAccounts.ts";
import { endSessions } from "../people/sessions.ts";
import { deleteWayIn } from "../people/waysIn.ts";
import { vFeed } from "../signals/validators.ts";
import { vIdentityKind } from "./validators.ts";

const MOST_ROWS = 100; // of one kind, of one person

export const vConflict = v.union(
  v.literal("same_account"),
  v.literal("account_gone"), // one of them was deleted or merged before
  v.literal("is_staff"), // one of them: a role is neither moved nor shared, take it away first
  v.literal("too_much"), // more than can be moved in one transaction
);

export const vMergePreview = v.object({
  conflicts: v.array(vConflict),
  identities: v.array(v.object({ kind: vIdentityKind, value: v.string() })),
  purchases: v.array(vPurchaseSummary),
  grants: v.array(v.object({ grantId: v.id("grants"), tier: vFeed, reason: v.string() })),
  waysToSignIn: v.array(v.string()),
});

interface Holdings {
  readonly identities: readonly Doc<"identities">[];
  readonly purchases: readonly Doc<"purchases">[];
  readonly grants: readonly Doc<"grants">[];
  readonly accounts: readonly Doc<"authAccounts">[];
}

/** What a merge would move, and why it cannot be done, if so. */
export async function previewMerge(
  ctx: QueryCtx,
  from: Id<"users">,
  into: Id<"users">,
): Promise<Infer<typeof vMergePreview>> {
  const held = await readHoldings(ctx, from);
  const { moved } = await sortWaysIn(ctx, held, into);
  return {
    conflicts: await conflictsOf(ctx, from, into, held),
    identities: held.identities.map(({ kind, value }) => ({ kind, value })),
    purchases: await Promise.all(held.purchases.map((row) => summaryOfPurchase(ctx, row))),
    grants: held.grants.map(({ _id, tier, reason }) => ({ grantId: _id, tier, reason })),
    waysToSignIn: moved.map(({ provider }) => provider),
  };
}

/** Merges. Throws `merge_conflict` with the conflicts that the preview names. */
export async function mergeUsers(
  ctx: MutationCtx,
  from: Id<"users">,
  into: Id<"users">,
): Promise<void> {
  const held = await readHoldings(ctx, from);
  const conflicts = await conflictsOf(ctx, from, into, held);
  if (conflicts.length > 0) {
    const message = `These accounts cannot be merged: ${conflicts.join(", ")}.`;
    throw new ConvexError({ code: "merge_conflict", conflicts, message });
  }
  const nowMs = Date.now();
  await endSessions(ctx, from, null);
  const { moved, dropped } = await sortWaysIn(ctx, held, into);
  for (const { _id } of moved) await ctx.db.patch("authAccounts", _id, { userId: into });
  for (const account of dropped) await deleteWayIn(ctx, account);
  for (const { _id } of held.identities) await ctx.db.patch("identities", _id, { userId: into });
  for (const { _id } of held.grants) await ctx.db.patch("grants", _id, { userId: into });
  await ctx.db.insert("merges", { fromUserId: from, intoUserId: into, atMs: nowMs });
  await ctx.db.replace("users", from, { deletedAtMs: nowMs });
  const cause = { kind: "merge", fromUserId: from } as const;
  for (const { _id } of held.purchases) await settleAgain(ctx, _id, { cause });
  for (const userId of [from, into]) await recomputeAccess(ctx, userId, cause);
  await mergeLinks(ctx, from, into);
  for (const userId of [from, into]) await settleDiscordOf(ctx, userId); // accounts moved, even if no access changed
}

/** A second password would go on working after the first is changed: it does not move. */
async function sortWaysIn(
  ctx: Pick<QueryCtx, "db">,
  { accounts }: Holdings,
  into: Id<"users">,
): Promise<{ moved: Doc<"authAccounts">[]; dropped: Doc<"authAccounts">[] }> {
  const hasPassword = (await findPasswordOf(ctx, into)) !== null;
  const isDropped = ({ provider }: Doc<"authAccounts">) => hasPassword && provider === "password";
  return {
    moved: accounts.filter((account) => !isDropped(account)),
    dropped: accounts.filter(isDropped),
  };
}

async function readHoldings(ctx: Pick<QueryCtx, "db">, userId: Id<"users">): Promise<Holdings> {
  const identities = await ctx.db
    .query("identities")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .take(MOST_ROWS + 1);
  const purchases = await ctx.db
    .query("purchases")
    .withIndex("by_userId_updatedAtMs", (q) => q.eq("userId", userId))
    .take(MOST_ROWS + 1);
  const grants = await ctx.db
    .query("grants")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .take(MOST_ROWS + 1);
  const accounts = await ctx.db
    .query("authAccounts")
    .withIndex("userIdAndProvider", (q) => q.eq("userId", userId))
    .take(MOST_ROWS + 1);
  return { identities, purchases, grants, accounts };
}

async function conflictsOf(
  ctx: Pick<QueryCtx, "db">,
  from: Id<"users">,
  into: Id<"users">,
  held: Holdings,
): Promise<Infer<typeof vConflict>[]> {
  const users = [await ctx.db.get("users", from), await ctx.db.get("users", into)];
  const isGone = users.some((user) => user === null || user.deletedAtMs !== undefined);
  // Into staff, too: who signs in to the first account would sign in to the second from then on.
  const roles = [await findStaffRole(ctx, from), await findStaffRole(ctx, into)];
  const isStaff = roles.some((role) => role !== null);
  const isTooMuch = Object.values(held).some((rows) => rows.length > MOST_ROWS);
  return [
    ...(from === into ? ["same_account" as const] : []),
    ...(isGone ? ["account_gone" as const] : []),
    ...(isStaff ? ["is_staff" as const] : []),
    ...(isTooMuch ? ["too_much" as const] : []),
  ];
}
