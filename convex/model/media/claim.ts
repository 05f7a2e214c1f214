/**
 * Claiming what is to be fetched. Actions share the deployment's few places for scheduled work with
 * everything else, the end of somebody's access included: so only a few fetch at a time, and each goes on
 * with the next files until none is due. A host that hangs holds up other files, and nothing else.
 *
 * [CLAIM1] Three actions at most fetch at a time, of eight that may run, and each file is fetched by one.
 * [CLAIM2] What an action that died has left is tried again.
 */
import type { Infer } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { tryLater } from "./settle.ts";
import type { vFetchOrder } from "./validators.ts";
import { scheduleFetch } from "./want.ts";

const FILES_PER_CLAIM = 4; // an action holds them in memory, 25 MiB each at most
const MOST_ACTIONS = 3;
const LOST_AFTER_MS = 2 * 60_000; // no download takes that long
const OVERDUE_MS = 60_000;
const SWEEP_ROWS = 50;

/** The next files to fetch, the longest due first; none while enough are being fetched. */
export async function claimOrders(ctx: MutationCtx): Promise<Infer<typeof vFetchOrder>[]> {
  const nowMs = Date.now();
  const running = await ctx.db
    .query("wantedMedia")
    .withIndex("by_state_due", (q) => q.eq("state", "fetching"))
    .take(MOST_ACTIONS * FILES_PER_CLAIM);
  const claimTimes = new Set(running.map(({ dueAtMs }) => dueAtMs)); // one for each action
  if (claimTimes.size >= MOST_ACTIONS) return [];
  const claimed = await readDue(ctx, nowMs, FILES_PER_CLAIM);
  const dueAtMs = Math.max(nowMs, ...[...claimTimes].map((atMs) => atMs + 1));
  for (const { _id } of claimed) {
    await ctx.db.patch("wantedMedia", _id, { state: "fetching", dueAtMs });
  }
  return await Promise.all(claimed.map((wanted) => toOrder(ctx, wanted)));
}

/** Tries again what an action that died has left, and sees to it that somebody fetches what is due. */
export async function retryLost(ctx: MutationCtx): Promise<void> {
  const nowMs = Date.now();
  const lost = await ctx.db
    .query("wantedMedia")
    .withIndex("by_state_due", (q) =>
      q.eq("state", "fetching").lt("dueAtMs", nowMs - LOST_AFTER_MS),
    )
    .take(SWEEP_ROWS);
  for (const wanted of lost) await tryLater(ctx, wanted, "interrupted");
  const [overdue] = await readDue(ctx, nowMs - OVERDUE_MS, 1);
  if (overdue !== undefined) await scheduleFetch(ctx, nowMs);
}

async function readDue(
  ctx: { db: DatabaseReader },
  atMs: number,
  most: number,
): Promise<Doc<"wantedMedia">[]> {
  return await ctx.db
    .query("wantedMedia")
    .withIndex("by_state_due", (q) => q.eq("state", "due").lte("dueAtMs", atMs))
    .take(most);
}

async function toOrder(
  ctx: { db: DatabaseReader },
  { _id: wantedId, signalId, link, attempt }: Doc<"wantedMedia">,
): Promise<Infer<typeof vFetchOrder>> {
  const signal = await ctx.db.get("signals", signalId);
  const source = signal === null ? null : await ctx.db.get("sources", signal.sourceId);
  return { wantedId, link, attempt, hosts: source?.mediaHosts ?? [] };
}
