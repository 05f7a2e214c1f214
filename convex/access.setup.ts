/** What the tests of access share: plans, purchases as payments/ writes them, and what a person sees. */
import type { Tier } from "@heliograph/domain";
import { api } from "./_generated/api.js";
import type { Doc, Id } from "./_generated/dataModel.js";
import { recomputeAccess } from "./model/access/recompute.ts";
import type { Backend, signUp } from "./test.setup.ts";

export const MINUTE_MS = 60_000;
export const DAY_MS = 24 * 60 * MINUTE_MS;

/** A plan of that tier; answers the product that stands for it. `days` null: it renews. */
export async function makePlan(t: Backend, tier: Tier, days: number | null = null) {
  const product = `price:${tier}-${days ?? "monthly"}`;
  await t.run(async (ctx) => {
    const kind =
      days === null
        ? ({ kind: "recurring", every: "month" } as const)
        : ({ kind: "fixed", days } as const);
    const planId = await ctx.db.insert("plans", {
      slug: product,
      tier,
      name: product,
      kind,
      priceAmount: 1_000,
      currency: "eur",
      trialDays: 0,
      highlights: [],
      order: 0,
      state: "published",
      refs: {
        stripePrice: product,
        whopPlan: null,
        whopLink: null,
        sellappVariant: null,
        sellappLink: null,
      },
    });
    await ctx.db.insert("planRefs", { ref: product, planId });
  });
  return product;
}

let serial = 0;

type Bought = Pick<Doc<"purchases">, "kind" | "paidAtMs"> & {
  product: string;
  spans: readonly { fromMs: number; untilMs: number | null }[];
};

/** A purchase as payments/ writes it, applied in the same transaction. */
export async function buy(t: Backend, userId: Id<"users">, bought: Bought) {
  return await t.run(async (ctx) => {
    serial += 1;
    const purchaseId = await ctx.db.insert("purchases", {
      provider: "stripe",
      anchor: `subscription:sub_${serial}`,
      userId,
      planId: null,
      kind: bought.kind,
      status: { state: "active", renewsAtMs: null },
      terms: termsOf(bought),
      paidAtMs: bought.paidAtMs,
      isTrialRefused: false,
      warnings: 0,
      amount: 1_000,
      amountRefunded: 0,
      currency: "eur",
      isTrial: false,
      buyerCarriedId: null,
      buyerCustomer: null,
      buyerEmail: null,
      productRefs: [bought.product],
      problem: null,
      updatedAtMs: Date.now(),
    });
    await recomputeAccess(ctx, userId, { kind: "replay" });
    return purchaseId;
  });
}

/** The purchase is folded anew, to other terms. */
export async function changeTerms(t: Backend, purchaseId: Id<"purchases">, bought: Bought) {
  await t.run(async (ctx) => {
    await ctx.db.patch("purchases", purchaseId, { terms: termsOf(bought) });
    const row = await ctx.db.get("purchases", purchaseId);
    if (row !== null && row.userId !== null) {
      await recomputeAccess(ctx, row.userId, { kind: "replay" });
    }
  });
}

export function termsOf({ product, spans }: Pick<Bought, "product" | "spans">) {
  return spans.map((span) => ({ ...span, products: [product] }));
}

/** What `access:grant` answers a person. */
export async function grantOf(person: Awaited<ReturnType<typeof signUp>>) {
  const answer = await person.as.query(api.access.grant, {});
  if (answer.state !== "current") throw new Error(`the grant answered ${answer.state}`);
  return answer.access;
}

/** The key a person has for a feed. Throws if they have none. */
export async function keyFor(person: Awaited<ReturnType<typeof signUp>>, feed: Tier = "basic") {
  const found = (await grantOf(person))?.keys.find((key) => key.feed === feed);
  if (found === undefined) throw new Error(`no key for ${feed}`);
  return found.feedKey;
}

/** Whether a key opens its feed: `current` or `rotated`. */
export async function stateOfKey(t: Backend, feedKey: string): Promise<string> {
  return (await t.query(api.feed.segment, { feedKey, segment: 0 })).state;
}
