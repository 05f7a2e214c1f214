/**
 * What a person holds: purchases with the plans of what was bought, and grants, as the domain's rules
 * want them. Owns the way from rows to those rules; decides nothing.
 */
import {
  type Entitlement,
  entitlementsOf,
  type Grant,
  isProductRef,
  type PlannedProduct,
  type PlannedPurchase,
  type ProductRef,
} from "@heliograph/domain";
import { ConvexError } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";

const MOST_PURCHASES = 1_000; // years of daily passes; beyond it nobody's access would be known
const MOST_GRANTS = 200;

/**
 * Everything the person is or was entitled to; a deleted account to nothing, whatever it holds. Throws
 * `too_many_holdings` rather than leave one out.
 */
export async function readEntitlements(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
): Promise<Entitlement[]> {
  const [user, purchases, grants] = await Promise.all([
    ctx.db.get("users", userId),
    takePurchases(ctx, userId),
    takeGrants(ctx, userId),
  ]);
  if (user === null || user.deletedAtMs !== undefined) return [];
  if (purchases.length > MOST_PURCHASES) throw tooMany(`more than ${MOST_PURCHASES} purchases`);
  refuseTooMany(grants);
  if (purchases.length === 0 && grants.length === 0) return [];
  return entitlementsOf({
    purchases: await withPlans(ctx, purchases),
    grants: grants.map(toGrant),
  });
}

/** The grants of a person, newest first. */
export async function readGrants(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
): Promise<Doc<"grants">[]> {
  const grants = await takeGrants(ctx, userId);
  refuseTooMany(grants);
  return grants;
}

async function takeGrants(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
): Promise<Doc<"grants">[]> {
  return await ctx.db
    .query("grants")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .order("desc")
    .take(MOST_GRANTS + 1);
}

function refuseTooMany(grants: readonly Doc<"grants">[]): void {
  if (grants.length > MOST_GRANTS) throw tooMany(`more than ${MOST_GRANTS} grants`);
}

async function takePurchases(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
): Promise<Doc<"purchases">[]> {
  return await ctx.db
    .query("purchases")
    .withIndex("by_userId_updatedAtMs", (q) => q.eq("userId", userId))
    .take(MOST_PURCHASES + 1);
}

async function withPlans(
  ctx: { db: DatabaseReader },
  rows: readonly Doc<"purchases">[],
): Promise<PlannedPurchase[]> {
  const purchases = rows.map((row) => ({ id: row._id, purchase: toPurchase(row) }));
  const refs = new Set(purchases.flatMap(({ purchase }) => productsOf(purchase)));
  const found = await Promise.all([...refs].map(async (ref) => await findPlanned(ctx, ref)));
  const planned = new Map(
    found.filter((plan) => plan !== null).map((plan) => [plan.product, plan]),
  );
  return purchases.map(({ id, purchase }) => {
    return { id, purchase, plans: productsOf(purchase).flatMap((ref) => planned.get(ref) ?? []) };
  });
}

/** What of a purchase decides about access. */
export function toPurchase({ kind, terms, productRefs, paidAtMs }: Doc<"purchases">) {
  return {
    kind,
    paidAtMs,
    products: productRefs.filter(isProductRef),
    terms: terms.map((term) => ({ ...term, products: term.products.filter(isProductRef) })),
  };
}

function productsOf({ products, terms }: PlannedPurchase["purchase"]): ProductRef[] {
  return [...new Set([...products, ...terms.flatMap((term) => term.products)])];
}

async function findPlanned(
  ctx: { db: DatabaseReader },
  ref: ProductRef,
): Promise<PlannedProduct | null> {
  const row = await ctx.db
    .query("planRefs")
    .withIndex("by_ref", (q) => q.eq("ref", ref))
    .unique();
  const plan = row === null ? null : await ctx.db.get("plans", row.planId);
  return plan === null ? null : toPlannedProduct(ref, plan);
}

/** A product as a plan sells it. */
export function toPlannedProduct(
  product: ProductRef,
  { tier, kind }: Doc<"plans">,
): PlannedProduct {
  const days = kind.kind === "fixed" ? kind.days : null;
  return { product, tier, kind: kind.kind, days };
}

function toGrant({ _id, tier, fromMs, untilMs, revokedAtMs }: Doc<"grants">): Grant {
  return { id: _id, tier, fromMs, untilMs, revokedAtMs };
}

function tooMany(what: string): ConvexError<{ code: string; message: string }> {
  return new ConvexError({ code: "too_many_holdings", message: `This person has ${what}.` });
}
