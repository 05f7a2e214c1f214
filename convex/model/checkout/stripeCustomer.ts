/** Which customer a person is at Stripe. */
import type { Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";

const MOST_IDENTITIES = 50; // of one person

/** The customer the person became last, or null. */
export async function findStripeCustomer(
  ctx: QueryCtx,
  userId: Id<"users">,
): Promise<string | null> {
  const identities = await ctx.db
    .query("identities")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .order("desc")
    .take(MOST_IDENTITIES);
  return identities.find(({ kind }) => kind === "stripeCustomer")?.value ?? null;
}
