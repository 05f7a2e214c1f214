/** Which customers a person is at Stripe. */
import type { Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";

const MOST_IDENTITIES = 50; // of one person
const MOST_CUSTOMERS = 5; // asked for one after the other when the newest ones are gone

/** The customer the person became last, or null. */
export async function findStripeCustomer(
  ctx: QueryCtx,
  userId: Id<"users">,
): Promise<string | null> {
  const [newest] = await readStripeCustomers(ctx, userId);
  return newest ?? null;
}

/** The newest first. */
export async function readStripeCustomers(ctx: QueryCtx, userId: Id<"users">): Promise<string[]> {
  const identities = await ctx.db
    .query("identities")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .order("desc")
    .take(MOST_IDENTITIES);
  return identities
    .filter(({ kind }) => kind === "stripeCustomer")
    .map(({ value }) => value)
    .slice(0, MOST_CUSTOMERS);
}
