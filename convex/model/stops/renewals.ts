/** What of a person's goes on being paid by itself, and whether it can be stopped from here. */
import { type Infer, v } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { vProvider } from "../payments/validators.ts";
import { isReconcilable } from "../reconcile/settings.ts";
import { recordUnstoppable, stopWhatWasBought, type WantedStop, wantStop } from "./store.ts";

const MOST_ROWS = 500; // of one person
const SAYS_SO: readonly Doc<"purchases">["status"]["state"][] = ["active", "trialing", "pastDue"];
const OVER: readonly Doc<"purchases">["status"]["state"][] = ["ended", "canceledAtPeriodEnd"];

export const vRenewal = v.object({
  name: v.string(), // of the plan
  provider: vProvider,
  obstacle: v.union(v.literal("no_key"), v.literal("not_known"), v.null()), // null: we can stop it
});

type Renewal = Infer<typeof vRenewal>;

/** What renews, as far as is known, and would be stopped by a deletion. */
export async function readRenewals(ctx: QueryCtx, userId: Id<"users">): Promise<Renewal[]> {
  const purchases = await readRecurring(ctx, userId);
  const renewing = purchases.filter(({ status }) => SAYS_SO.includes(status.state));
  return await Promise.all(
    renewing.map(async (purchase) => {
      const { planId, provider } = purchase;
      const plan = planId === null ? null : await ctx.db.get("plans", planId);
      const name = plan?.name ?? "A plan that is no longer offered";
      return { name, provider, obstacle: obstacleOf(purchase) };
    }),
  );
}

/**
 * Has all of a leaving person's subscriptions stopped, those too that stand still or were refunded: they might
 * go on later. What cannot be stopped is left to staff, with the reason.
 */
export async function stopRenewals(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  for (const purchase of await readRecurring(ctx, userId)) {
    const { provider, anchor } = purchase;
    const ref = anchor.slice(anchor.indexOf(":") + 1);
    const what = { provider, what: "renewals", ref } as const;
    const wanted: WantedStop = { ...what, userId, reason: "account_deleted" };
    const obstacle = obstacleOf(purchase);
    if (obstacle === null) await wantStop(ctx, wanted);
    else await recordUnstoppable(ctx, wanted, obstacle);
  }
  await stopWhatWasBought(ctx, userId);
}

/** What may go on at its provider. */
async function readRecurring(ctx: QueryCtx, userId: Id<"users">): Promise<Doc<"purchases">[]> {
  const purchases = await ctx.db
    .query("purchases")
    .withIndex("by_userId_updatedAtMs", (q) => q.eq("userId", userId))
    .take(MOST_ROWS);
  return purchases.filter(
    ({ kind, status }) => kind === "recurring" && !OVER.includes(status.state),
  );
}

/** `not_known`: the events so far name an invoice, and no subscription. */
function obstacleOf({ provider, anchor }: Doc<"purchases">): Renewal["obstacle"] {
  if (!/^(subscription|membership):/.test(anchor)) return "not_known";
  return isReconcilable(provider) ? null : "no_key";
}
