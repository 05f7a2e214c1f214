/** What waits for each target channel, and why, as the console shows it. */
import { type Infer, v } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";

const MOST_PER_STATE = 200;

const vReason = v.object({ code: v.string(), message: v.string(), count: v.number() });

export const vTargetQueue = v.object({
  channelId: v.string(),
  guildId: v.string(),
  targetName: v.string(),
  due: v.number(),
  waiting: v.number(),
  failed: v.number(),
  oldestAtMs: v.number(), // since when the oldest of them is wanted
  nextAtMs: v.union(v.number(), v.null()), // when the first that waits is tried again
  reasons: v.array(vReason), // the most frequent first
});

type TargetQueue = Infer<typeof vTargetQueue>;
type Mirror = Doc<"mirrors">;

/** The targets with something open, those with failures first. */
export async function readQueues(ctx: {
  db: DatabaseReader;
}): Promise<{ targets: TargetQueue[]; isMore: boolean }> {
  const [failed, waiting, due] = await Promise.all([
    newestOf(ctx, "failed"),
    newestOf(ctx, "waiting"),
    newestOf(ctx, "due"),
  ]);
  const isMore = [failed, waiting, due].some(({ length }) => length === MOST_PER_STATE);
  return { targets: byTarget([...failed, ...waiting, ...due]), isMore };
}

async function newestOf(
  ctx: { db: DatabaseReader },
  state: "failed" | "waiting" | "due",
): Promise<Mirror[]> {
  return await ctx.db
    .query("mirrors")
    .withIndex("by_state_due", (q) => q.eq("state", state))
    .order("desc")
    .take(MOST_PER_STATE);
}

function byTarget(mirrors: readonly Mirror[]): TargetQueue[] {
  const targets = Map.groupBy(mirrors, ({ channelId }) => channelId);
  return [...targets.values()]
    .flatMap((rows) => toQueue(rows) ?? [])
    .sort((a, b) => b.failed - a.failed || b.waiting - a.waiting || a.oldestAtMs - b.oldestAtMs);
}

function toQueue(rows: readonly Mirror[]): TargetQueue | null {
  const [first] = rows;
  if (first === undefined) return null;
  const { channelId, guildId, targetName } = first;
  const count = (state: Mirror["state"]) => rows.filter((row) => row.state === state).length;
  const next = rows.flatMap((row) => (row.state === "waiting" ? [row.dueAtMs] : []));
  return {
    channelId,
    guildId,
    targetName,
    due: count("due"),
    waiting: count("waiting"),
    failed: count("failed"),
    oldestAtMs: Math.min(...rows.map(({ _creationTime }) => _creationTime)),
    nextAtMs: next.length === 0 ? null : Math.min(...next),
    reasons: reasonsOf(rows),
  };
}

function reasonsOf(rows: readonly Mirror[]): TargetQueue["reasons"] {
  const reasons = new Map<string, TargetQueue["reasons"][number]>();
  for (const { code, message } of rows) {
    if (code === null) continue;
    const known = reasons.get(code) ?? { code, message: message ?? "", count: 0 };
    reasons.set(code, { ...known, count: known.count + 1 });
  }
  return [...reasons.values()].sort((a, b) => b.count - a.count);
}
