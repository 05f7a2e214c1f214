/** The alerts of the last days: shown, and forgotten. */
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";

const MOST_LISTED = 20;
const KEPT_MS = 7 * 24 * 60 * 60_000;
const SWEPT_ROWS = 200;

/** The newest alerts of a source, newest first. */
export async function listAlerts(
  ctx: { db: DatabaseReader },
  sourceId: Id<"sources">,
): Promise<Doc<"alerts">[]> {
  return await ctx.db
    .query("alerts")
    .withIndex("by_source_received", (q) => q.eq("sourceId", sourceId))
    .order("desc")
    .take(MOST_LISTED);
}

/** Forgets alerts of former days; their signals still know them again. True if there may be more. */
export async function sweepAlerts(ctx: MutationCtx): Promise<boolean> {
  const old = await ctx.db
    .query("alerts")
    .withIndex("by_receivedAtMs", (q) => q.lt("receivedAtMs", Date.now() - KEPT_MS))
    .take(SWEPT_ROWS);
  for (const { _id } of old) await ctx.db.delete("alerts", _id);
  return old.length === SWEPT_ROWS;
}
