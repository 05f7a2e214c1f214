/** Payment rows as staff read them. */
import { type Infer, v } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import { vPlanKind } from "../catalogue/validators.ts";
import { vFeed } from "../signals/validators.ts";
import {
  vEventOrigin,
  vEventState,
  vProvider,
  vPurchaseProblem,
  vPurchaseStatus,
} from "./validators.ts";

export const vEventSummary = v.object({
  eventId: v.id("paymentEvents"),
  provider: vProvider,
  key: v.string(),
  type: v.string(),
  origin: vEventOrigin,
  occurredAtMs: v.number(),
  receivedAtMs: v.number(),
  state: vEventState,
  cause: v.union(v.string(), v.null()),
  detail: v.union(v.string(), v.null()),
  attempts: v.number(),
});

export const vPurchaseSummary = v.object({
  purchaseId: v.id("purchases"),
  provider: vProvider,
  anchor: v.string(),
  owner: v.union(
    v.object({ userId: v.id("users"), email: v.union(v.string(), v.null()) }),
    v.null(),
  ),
  plan: v.union(v.object({ name: v.string(), tier: vFeed, kind: vPlanKind }), v.null()),
  status: vPurchaseStatus,
  amount: v.number(),
  amountRefunded: v.number(),
  currency: v.union(v.string(), v.null()),
  buyerEmail: v.union(v.string(), v.null()),
  buyerCustomer: v.union(v.string(), v.null()),
  productRefs: v.array(v.string()),
  problem: v.union(vPurchaseProblem, v.null()),
  updatedAtMs: v.number(),
});

export type PurchaseSummary = Infer<typeof vPurchaseSummary>;

/** An event without its body. */
export function summaryOfEvent(event: Doc<"paymentEvents">): Infer<typeof vEventSummary> {
  const { _id, _creationTime, body, ...fields } = event;
  return { eventId: _id, ...fields };
}

/** A purchase with the names of what it points to. */
export async function summaryOfPurchase(
  ctx: Pick<QueryCtx, "db">,
  row: Doc<"purchases">,
): Promise<PurchaseSummary> {
  const user = row.userId === null ? null : await ctx.db.get("users", row.userId);
  const plan = row.planId === null ? null : await ctx.db.get("plans", row.planId);
  return {
    purchaseId: row._id,
    provider: row.provider,
    anchor: row.anchor,
    owner: user === null ? null : { userId: user._id, email: user.email ?? null },
    plan: plan === null ? null : { name: plan.name, tier: plan.tier, kind: plan.kind },
    status: row.status,
    amount: row.amount,
    amountRefunded: row.amountRefunded,
    currency: row.currency,
    buyerEmail: row.buyerEmail,
    buyerCustomer: row.buyerCustomer,
    productRefs: row.productRefs,
    problem: row.problem,
    updatedAtMs: row.updatedAtMs,
  };
}
