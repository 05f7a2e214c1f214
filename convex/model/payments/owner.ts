/**
 * Whose a purchase is. Never a guess: only what was proven counts, and the first of these that leads to
 * somebody decides.
 *
 *   1. an operator's word for this purchase
 *   2. our user id, which our own checkout sent along
 *   3. the provider's customer, known from an earlier purchase (not at Sell.app) or linked by staff
 *   4. the e-mail, if it is the verified one of somebody here; who it led to keeps the purchase when they
 *      change their e-mail later. What nobody has paid is nobody's by this
 *
 * [OWN1] A deleted account is nobody; one that was merged is the account it was merged into.
 * [OWN2] An e-mail that nobody here has verified leads to nobody, in whatever case it is written.
 */
import { type Buyer, normalizeEmail, type Provider } from "@heliograph/domain";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import { findIdentity } from "../identities/attach.ts";
import { CUSTOMER_KINDS } from "../identities/validators.ts";

type Reading = Pick<QueryCtx, "db">;

const MOST_WORDS = 20; // about one purchase
const MOST_MERGES = 10; // of one person's accounts, one after the other

/** Whose a purchase is, and what was learned on the way there. */
export interface Ownership {
  readonly userId: Id<"users"> | null; // null while nobody is known to have bought it
  readonly isByEmail: boolean; // an e-mail alone led there
  readonly carried: Id<"users"> | null; // the living account that our checkout sent along
  readonly customerOf: Id<"users"> | null; // whose the provider's customer is, be they living or gone
}

/** Whose the purchase of these refs is. */
export async function findOwner(
  ctx: Reading,
  provider: Provider,
  refs: readonly string[],
  buyer: Buyer,
): Promise<Ownership> {
  const [named, carried, customer] = await Promise.all([
    readNamed(ctx, provider, refs),
    findCarriedUser(ctx, buyer.userIdCarried),
    findCustomer(ctx, provider, buyer.customerRef),
  ]);
  const userId =
    (await findNamed(ctx, named, "operator")) ??
    carried ??
    customer.living ??
    (await findNamed(ctx, named, "email"));
  const known = { carried, customerOf: customer.userId };
  if (userId !== null) return { userId, isByEmail: false, ...known };
  const found = await findByEmail(ctx, buyer.email);
  return { userId: found, isByEmail: found !== null, ...known };
}

/** The living account behind a user id that a checkout carried; null for anything else. */
async function findCarriedUser(ctx: Reading, carried: string | null): Promise<Id<"users"> | null> {
  return carried === null ? null : await findLiving(ctx, ctx.db.normalizeId("users", carried));
}

async function readNamed(
  ctx: Reading,
  provider: Provider,
  refs: readonly string[],
): Promise<Doc<"purchaseOwners">[]> {
  const rows = await Promise.all(
    refs.map(
      async (ref) =>
        await ctx.db
          .query("purchaseOwners")
          .withIndex("by_provider_ref", (q) => q.eq("provider", provider).eq("ref", ref))
          .order("desc")
          .take(MOST_WORDS),
    ),
  );
  return rows.flat().sort((a, b) => b._creationTime - a._creationTime);
}

/** The newest word counts. */
async function findNamed(
  ctx: Reading,
  named: readonly Doc<"purchaseOwners">[],
  by: Doc<"purchaseOwners">["by"],
): Promise<Id<"users"> | null> {
  return await findLiving(ctx, named.find((row) => row.by === by)?.userId ?? null);
}

/** Whose the provider's customer is, and the living account behind that one. */
async function findCustomer(ctx: Reading, provider: Provider, customer: string | null) {
  const kind = CUSTOMER_KINDS[provider];
  const identity = customer === null ? null : await findIdentity(ctx, kind, customer);
  const userId = identity?.userId ?? null;
  return { userId, living: await findLiving(ctx, userId) };
}

async function findByEmail(ctx: Reading, email: string | null) {
  const value = email === null ? null : normalizeEmail(email);
  const identity = value === null ? null : await findIdentity(ctx, "email", value);
  return await findLiving(ctx, identity?.userId ?? null);
}

async function findLiving(ctx: Reading, start: Id<"users"> | null): Promise<Id<"users"> | null> {
  let userId = start;
  for (let step = 0; userId !== null && step < MOST_MERGES; step += 1) {
    const id: Id<"users"> = userId;
    const user = await ctx.db.get("users", id);
    if (user === null) return null;
    if (user.deletedAtMs === undefined) return id;
    const merge = await ctx.db
      .query("merges")
      .withIndex("by_fromUserId", (q) => q.eq("fromUserId", id))
      .first();
    userId = merge?.intoUserId ?? null;
  }
  return null;
}
