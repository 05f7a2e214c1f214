/** A person's purchases with the plans of what was bought, as `entitlementsOf` of the domain takes them. */
import type {
  PlannedProduct,
  PlannedPurchase,
  ProductRef,
  Purchase,
  Ref,
} from "@heliograph/domain";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";

const MOST_PURCHASES = 500; // of one person: a new fixed term every week for ten years

/** Those that count for access: a trial that was refused gives none until something is paid for it. */
export async function readPlannedPurchases(
  ctx: Pick<QueryCtx, "db">,
  userId: Id<"users">,
): Promise<PlannedPurchase[]> {
  const rows = await ctx.db
    .query("purchases")
    .withIndex("by_userId_updatedAtMs", (q) => q.eq("userId", userId))
    .order("desc")
    .take(MOST_PURCHASES);
  const counted = rows.filter((row) => !(row.isTrial && row.isTrialRefused));
  return await Promise.all(
    counted.map(async (row) => ({
      id: row._id,
      purchase: purchaseOf(row),
      plans: await readPlansOf(ctx, row),
    })),
  );
}

/** The plans of everything a purchase is or was for. */
async function readPlansOf(
  ctx: Pick<QueryCtx, "db">,
  row: Pick<Doc<"purchases">, "terms" | "productRefs">,
): Promise<PlannedProduct[]> {
  const products = new Set([...row.productRefs, ...row.terms.flatMap((term) => term.products)]);
  const found = await Promise.all(
    [...products].map(async (product) => await findPlannedProduct(ctx, product)),
  );
  return found.filter((plan) => plan !== null);
}

/** The plan that a provider's product, price or variant stands for; null if there is none. */
export async function findPlannedProduct(
  ctx: Pick<QueryCtx, "db">,
  product: string,
): Promise<(PlannedProduct & { readonly planId: Id<"plans"> }) | null> {
  const link = await ctx.db
    .query("planRefs")
    .withIndex("by_ref", (q) => q.eq("ref", product))
    .first();
  const plan = link === null ? null : await ctx.db.get("plans", link.planId);
  if (plan === null) return null;
  const { kind } = plan.kind;
  const days = plan.kind.kind === "fixed" ? plan.kind.days : null;
  return { product: product as ProductRef, tier: plan.tier, kind, days, planId: plan._id };
}

/** The row as the domain's purchase. */
export function purchaseOf(row: Doc<"purchases">): Purchase {
  return {
    provider: row.provider,
    anchor: row.anchor as Ref,
    kind: row.kind,
    status: row.status,
    terms: row.terms.map((term) => ({ ...term, products: term.products as ProductRef[] })),
    products: row.productRefs as ProductRef[],
    buyer: {
      userIdCarried: row.buyerCarriedId,
      customerRef: row.buyerCustomer,
      email: row.buyerEmail,
    },
    isTrial: row.isTrial,
    paidAtMs: row.paidAtMs,
    money: { amount: row.amount, refunded: row.amountRefunded, currency: row.currency },
    warnings: row.warnings,
    lastFactAtMs: row.updatedAtMs,
  };
}
