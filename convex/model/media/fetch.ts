/** What the fetching action reads: its orders, the hosts it may ask, and whether bytes are known. */
import type { Infer } from "convex/values";
import type { Id } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import type { vFetchOrder } from "./validators.ts";
import { readWanted } from "./want.ts";

/** What is due of a signal at that time. */
export async function readOrders(
  ctx: { db: DatabaseReader },
  { signalId, nowMs }: { signalId: Id<"signals">; nowMs: number },
): Promise<{ orders: Infer<typeof vFetchOrder>[]; hosts: string[] }> {
  const signal = await ctx.db.get("signals", signalId);
  if (signal === null) return { orders: [], hosts: [] };
  const source = await ctx.db.get("sources", signal.sourceId);
  const rows = await readWanted(ctx, signalId);
  const due = rows.filter(({ state, dueAtMs }) => state === "due" && dueAtMs <= nowMs);
  return {
    orders: due.map(({ _id, link, attempt }) => ({ wantedId: _id, link, attempt })),
    hosts: source?.mediaHosts ?? [],
  };
}

/** Where bytes with that hash are stored, in whatever feed. */
export async function findFile(
  ctx: { db: DatabaseReader },
  hash: string,
): Promise<Id<"_storage"> | null> {
  const medium = await ctx.db
    .query("media")
    .withIndex("by_hash_feed", (q) => q.eq("hash", hash))
    .first();
  return medium?.storageId ?? null;
}
