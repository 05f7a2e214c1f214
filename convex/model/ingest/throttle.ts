/**
 * Throttles: a token that sent more than its share of a minute is refused until
 * the minute is over.
 *
 * The roll-up decides, from what ingest has tallied; ingest reads one cold row.
 * So a burst is noticed after seconds, not at once: the limit guards the
 * deployment against a source gone mad, it is no quota.
 *
 * [THR1] A token over its limit is refused with the time to wait, and accepted again after it.
 */
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { findEnvironment } from "../environment.ts";

const DEFAULT_EVENTS_PER_MINUTE = 60_000; // a thousand a second, far above any analyst
const MINUTE_MS = 60_000;

/** The token's throttle, or null. */
export async function findThrottle(
  ctx: { db: DatabaseReader },
  machineId: Id<"machineTokens">,
): Promise<Doc<"ingestThrottles"> | null> {
  return await ctx.db
    .query("ingestThrottles")
    .withIndex("by_machineId", (q) => q.eq("machineId", machineId))
    .unique();
}

/** Adds to what the token sent in that minute, and throttles it if that is too much. */
export async function addLoad(
  ctx: MutationCtx,
  load: { machineId: Id<"machineTokens">; minuteMs: number; events: number },
  nowMs: number,
): Promise<void> {
  const { machineId, minuteMs } = load;
  const row = await ctx.db
    .query("ingestLoads")
    .withIndex("by_machine_minute", (q) => q.eq("machineId", machineId).eq("minuteMs", minuteMs))
    .unique();
  const events = (row?.events ?? 0) + load.events;
  if (row === null) await ctx.db.insert("ingestLoads", { machineId, minuteMs, events });
  else await ctx.db.patch("ingestLoads", row._id, { events });
  if (events > eventsPerMinute()) await throttle(ctx, machineId, nowMs);
}

/** Ends a throttle. Safe to repeat. */
export async function endThrottle(
  ctx: MutationCtx,
  throttleId: Id<"ingestThrottles">,
): Promise<void> {
  if ((await ctx.db.get("ingestThrottles", throttleId)) === null) return;
  await ctx.db.delete("ingestThrottles", throttleId);
}

async function throttle(
  ctx: MutationCtx,
  machineId: Id<"machineTokens">,
  nowMs: number,
): Promise<void> {
  const known = await findThrottle(ctx, machineId);
  if (known !== null && known.untilMs > nowMs) return;
  if (known !== null) await endThrottle(ctx, known._id); // its function was missed
  const untilMs = nowMs + MINUTE_MS;
  const throttleId = await ctx.db.insert("ingestThrottles", { machineId, untilMs });
  await ctx.scheduler.runAt(untilMs, internal.ingest.unthrottle, { throttleId });
}

function eventsPerMinute(): number {
  const text = findEnvironment("HELIOGRAPH_INGEST_EVENTS_PER_MINUTE");
  const limit = Number(text);
  return text === undefined || !(limit > 0) ? DEFAULT_EVENTS_PER_MINUTE : limit;
}
