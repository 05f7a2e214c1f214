/**
 * What a person has bought, in the words of the rules of buying. Decides nothing and reads no clock.
 *
 * A subscription counts as held as long as it exists at its provider, also while it is unpaid or paused:
 * a second one would be paid beside it as soon as the first is in order again.
 */
import {
  entitlementsOf,
  type HeldPurchase,
  type PlannedPurchase,
  type Renewal,
} from "@heliograph/domain";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import { toPlannedProduct, toPurchase } from "../access/holdings.ts";

export type Held = HeldPurchase & {
  readonly planId: Id<"plans">;
  readonly purchaseId: Id<"purchases">;
  /** It gave access at some time: more than a basket that was left behind. */
  readonly hasOpened: boolean;
  readonly renewal: Renewal;
};

type Bought = { readonly purchase: Doc<"purchases">; readonly plan: Doc<"plans"> };

const MOST_HELD = 200;

/** The newest purchases first; those that are in no plan are left out. */
export async function readHeld(ctx: QueryCtx, userId: Id<"users">): Promise<Held[]> {
  const purchases = await ctx.db
    .query("purchases")
    .withIndex("by_userId_updatedAtMs", (q) => q.eq("userId", userId))
    .order("desc")
    .take(MOST_HELD);
  const bought = await Promise.all(
    purchases.map(async (purchase): Promise<Bought[]> => {
      const plan = purchase.planId === null ? null : await ctx.db.get("plans", purchase.planId);
      return plan === null ? [] : [{ purchase, plan }];
    }),
  );
  const ends = fixedEnds(bought.flat());
  return bought.flat().map((one) => toHeld(one, ends));
}

function toHeld({ purchase, plan }: Bought, ends: ReadonlyMap<string, number>): Held {
  const { _id: purchaseId, provider, kind, status } = purchase;
  const hasOpened = purchase.terms.length > 0;
  const bought = { purchaseId, planId: plan._id, provider, tier: plan.tier, kind, hasOpened };
  const held = { ...bought, renewal: renewalOf(status) };
  switch (status.state) {
    case "pending":
      // Elsewhere an order is pending from the moment its page is opened.
      return { ...held, phase: provider === "stripe" ? "pending" : "over", untilMs: null };
    case "paid": {
      const untilMs = ends.get(purchaseId) ?? null;
      return { ...held, phase: untilMs === null ? "over" : "current", untilMs };
    }
    case "canceledAtPeriodEnd":
      return { ...held, phase: "current", untilMs: status.untilMs };
    case "trialing":
    case "active":
    case "pastDue":
    case "unpaid":
    case "paused":
      return { ...held, phase: "current", untilMs: null };
    case "failed":
    case "ended":
    case "refunded":
    case "disputed":
    case "chargedBack":
      return { ...held, phase: "over", untilMs: null };
    default:
      return status satisfies never;
  }
}

function renewalOf(status: Doc<"purchases">["status"]): Renewal {
  switch (status.state) {
    case "trialing":
      return { state: "trial", atMs: status.untilMs };
    case "active":
      return { state: "renews", atMs: status.renewsAtMs };
    case "pastDue":
      return { state: "grace", atMs: status.graceUntilMs };
    case "unpaid":
    case "paused":
      return { state: "stopped" };
    default:
      return null;
  }
}

/** When each fixed term is over, where they stand one after the other. */
function fixedEnds(bought: readonly Bought[]): ReadonlyMap<string, number> {
  const purchases = bought.filter(({ purchase }) => purchase.kind === "fixed").map(toPlanned);
  const ends = new Map<string, number>();
  for (const { because, untilMs } of entitlementsOf({ purchases, grants: [] })) {
    const known = ends.get(because.id) ?? 0;
    ends.set(because.id, Math.max(known, untilMs ?? Number.MAX_SAFE_INTEGER));
  }
  return ends;
}

function toPlanned({ purchase, plan }: Bought): PlannedPurchase {
  const bought = toPurchase(purchase);
  const plans = bought.products.map((product) => toPlannedProduct(product, plan));
  return { id: purchase._id, purchase: bought, plans };
}
