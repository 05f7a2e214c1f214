/** Whether a rebuild runs, and what may not happen meanwhile. */
import type { Doc } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";

/** The rebuild that runs, or null. */
export async function findRunning(
  ctx: Pick<QueryCtx, "db">,
): Promise<Doc<"paymentRebuilds"> | null> {
  const newest = await ctx.db.query("paymentRebuilds").order("desc").first();
  return newest === null || newest.phase === "done" ? null : newest;
}

/** Whether facts are incomplete just now, so that no purchase may be folded from them. */
export async function holdsSettling(ctx: Pick<QueryCtx, "db">): Promise<boolean> {
  const running = await findRunning(ctx);
  return running?.phase === "clearing" || running?.phase === "reading";
}
