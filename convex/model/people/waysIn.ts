/** Ways to sign in that come to an end, with the codes and the counted tries that belong to them. */
import type { Doc } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";

const MOST_ROWS = 500; // of one way

/** Nobody signs in this way any more; sessions that it began go on. */
export async function deleteWayIn(
  ctx: MutationCtx,
  { _id, providerAccountId }: Doc<"authAccounts">,
): Promise<void> {
  const codes = await ctx.db
    .query("authVerificationCodes")
    .withIndex("accountId", (q) => q.eq("accountId", _id))
    .take(MOST_ROWS);
  for (const code of codes) await ctx.db.delete("authVerificationCodes", code._id);
  for (const identifier of [_id, providerAccountId]) await forgetTries(ctx, identifier);
  await ctx.db.delete("authAccounts", _id);
}

async function forgetTries(ctx: MutationCtx, identifier: string): Promise<void> {
  const rows = await ctx.db
    .query("authRateLimits")
    .withIndex("identifier", (q) => q.eq("identifier", identifier))
    .take(MOST_ROWS);
  for (const { _id } of rows) await ctx.db.delete("authRateLimits", _id);
}
