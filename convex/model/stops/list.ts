/** Stops as the console shows them. */
import { type Infer, v } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import { vStopFields } from "./validators.ts";

const MOST_SHOWN = 50; // of one state, or of one person
export const MOST_COUNTED = 100;

export const vToldStop = v.object({ stopId: v.id("stops"), ...vStopFields });

type ToldStop = Infer<typeof vToldStop>;

/** What failed, then what is under way: the oldest first. */
export async function readOpenStops(ctx: QueryCtx): Promise<ToldStop[]> {
  const rows = await Promise.all([
    readState(ctx, "failed", MOST_SHOWN),
    readState(ctx, "due", MOST_SHOWN),
  ]);
  return rows.flat().map(tell);
}

/** Everything that was to be stopped for a person, the newest first. */
export async function readStopsOf(ctx: QueryCtx, userId: Id<"users">): Promise<ToldStop[]> {
  const rows = await ctx.db
    .query("stops")
    .withIndex("by_userId_wantedAtMs", (q) => q.eq("userId", userId))
    .order("desc")
    .take(MOST_SHOWN);
  return rows.map(tell);
}

/** When those that failed were given up; at most one more than `MOST_COUNTED`. */
export async function readFailures(ctx: QueryCtx): Promise<number[]> {
  const rows = await readState(ctx, "failed", MOST_COUNTED + 1);
  return rows.map(({ settledAtMs, wantedAtMs }) => settledAtMs ?? wantedAtMs);
}

async function readState(
  ctx: QueryCtx,
  state: Doc<"stops">["state"],
  most: number,
): Promise<Doc<"stops">[]> {
  return await ctx.db
    .query("stops")
    .withIndex("by_state_dueAtMs", (q) => q.eq("state", state))
    .take(most);
}

function tell({ _id: stopId, _creationTime, ...fields }: Doc<"stops">): ToldStop {
  return { stopId, ...fields };
}
