/**
 * The ingest rate: tallies, written blindly by every batch, summed up into one
 * row per minute. So ingest never meets a row that another batch is writing, and
 * what a batch tells of its sender (load, last use) costs the batch nothing.
 *
 * [RAT1] Every item is counted once, in the minute it was committed.
 */
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { addToCounts, type SourceTally } from "../capture/store.ts";
import { recordUse } from "../machines/store.ts";
import { addTallies, type Tally } from "./tally.ts";
import { addLoad } from "./throttle.ts";

type Counted = Pick<Doc<"ingestTallies">, "machineId" | "atMs" | keyof Tally>;

const MINUTE_MS = 60_000;
const TALLIES_PER_ROLL_UP = 500;
const FRESH_MS = 1_000; // left alone: a range that ends before now conflicts with no batch coming in
const MINUTES_SHOWN = 60;
const SWEPT_PER_ROLL_UP = 100;

/** Sums up what is there and deletes it; runs again at once if there may be more. */
export async function rollUpTallies(ctx: MutationCtx): Promise<void> {
  const nowMs = Date.now();
  const tallies = await ctx.db
    .query("ingestTallies")
    .withIndex("by_creation_time", (q) => q.lt("_creationTime", nowMs - FRESH_MS))
    .take(TALLIES_PER_ROLL_UP);
  for (const [minuteMs, tally] of sumBy(tallies, minuteOf)) await addToMinute(ctx, minuteMs, tally);
  for (const [machineId, mine] of groupBy(tallies, ({ machineId: id }) => id)) {
    await recordUse(ctx, machineId, Math.max(...mine.map(({ atMs }) => atMs)));
    for (const [minuteMs, tally] of sumBy(mine, minuteOf)) {
      await addLoad(ctx, { machineId, minuteMs, events: sizeOf(tally) }, nowMs);
    }
  }
  for (const [sourceId, tally] of sumBySource(tallies)) await addToCounts(ctx, sourceId, tally);
  for (const { _id } of tallies) await ctx.db.delete("ingestTallies", _id);
  await forgetOldMinutes(ctx, nowMs - (MINUTES_SHOWN + 1) * MINUTE_MS);
  if (tallies.length < TALLIES_PER_ROLL_UP) return;
  await ctx.scheduler.runAfter(0, internal.ingest.rollUp, {});
}

/** The minutes of the last hour in which anything came in, oldest first. */
export async function readMinutes(ctx: {
  db: DatabaseReader;
}): Promise<({ minuteMs: number } & Tally)[]> {
  const minutes = await ctx.db
    .query("ingestMinutes")
    .withIndex("by_minuteMs")
    .order("desc")
    .take(MINUTES_SHOWN);
  return minutes.reverse().map(({ _id, _creationTime, ...minute }) => minute);
}

async function addToMinute(ctx: MutationCtx, minuteMs: number, tally: Tally): Promise<void> {
  const row = await ctx.db
    .query("ingestMinutes")
    .withIndex("by_minuteMs", (q) => q.eq("minuteMs", minuteMs))
    .unique();
  if (row === null) await ctx.db.insert("ingestMinutes", { minuteMs, ...tally });
  else await ctx.db.patch("ingestMinutes", row._id, addTallies(row, tally));
}

/** Minutes leave by this deletion: a query has no clock to leave them out by. */
async function forgetOldMinutes(ctx: MutationCtx, beforeMs: number): Promise<void> {
  const minutes = await ctx.db
    .query("ingestMinutes")
    .withIndex("by_minuteMs", (q) => q.lt("minuteMs", beforeMs))
    .take(SWEPT_PER_ROLL_UP);
  for (const { _id } of minutes) await ctx.db.delete("ingestMinutes", _id);
  const loads = await ctx.db
    .query("ingestLoads")
    .withIndex("by_minuteMs", (q) => q.lt("minuteMs", beforeMs))
    .take(SWEPT_PER_ROLL_UP);
  for (const { _id } of loads) await ctx.db.delete("ingestLoads", _id);
}

function minuteOf({ atMs }: Counted): number {
  return Math.floor(atMs / MINUTE_MS) * MINUTE_MS;
}

function sizeOf({ accepted, duplicate, stale, rejected }: Tally): number {
  return accepted + duplicate + stale + rejected;
}

function sumBy<Key>(tallies: readonly Counted[], keyOf: (tally: Counted) => Key): Map<Key, Tally> {
  const sums = new Map<Key, Tally>();
  for (const [key, group] of groupBy(tallies, keyOf)) {
    const zero: Tally = { accepted: 0, duplicate: 0, stale: 0, rejected: 0 };
    sums.set(key, group.reduce<Tally>(addTallies, zero));
  }
  return sums;
}

function sumBySource(tallies: readonly Doc<"ingestTallies">[]): Map<Id<"sources">, SourceTally> {
  const sums = new Map<Id<"sources">, SourceTally>();
  for (const { atMs, bySource = [] } of tallies) {
    for (const { sourceId, accepted, duplicate, stale } of bySource) {
      const sum = sums.get(sourceId);
      const signalAtMs = Math.max(sum?.lastSignalAtMs ?? 0, accepted > 0 ? atMs : 0);
      sums.set(sourceId, {
        lastEventAtMs: Math.max(sum?.lastEventAtMs ?? 0, atMs),
        lastSignalAtMs: signalAtMs === 0 ? null : signalAtMs,
        accepted: (sum?.accepted ?? 0) + accepted,
        duplicate: (sum?.duplicate ?? 0) + duplicate,
        stale: (sum?.stale ?? 0) + stale,
      });
    }
  }
  return sums;
}

function groupBy<Key>(tallies: readonly Counted[], keyOf: (tally: Counted) => Key) {
  const groups = new Map<Key, Counted[]>();
  for (const tally of tallies) {
    const key = keyOf(tally);
    groups.set(key, [...(groups.get(key) ?? []), tally]);
  }
  return groups;
}
