/**
 * Receipts are summed up: slots into minutes while the minute runs, and a
 * finished minute once into its ten minutes.
 *
 *   slots (16 per minute and surface) --every 15 s--> minute --once, at its end--> ten minutes
 *                                                     kept 1 h                     kept 25 h
 *
 * Rows leave by deletion: a query has no clock to leave them out by.
 *
 * [REC3] Every sample counts once in its minute and once in its ten minutes.
 */
import { decodeHistogram, encodeHistogram, mergeHistograms } from "@heliograph/domain";
import type { Infer } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { MINUTE_MS, RECEIPT_SLOTS, type Surface } from "./record.ts";
import type { vHistogramSpan } from "./validators.ts";

type Span = Infer<typeof vHistogramSpan>;
type Slot = Doc<"receiptSlots">;

const TEN_MINUTES_MS = 10 * MINUTE_MS;
const KEPT_MS: Record<Span, number> = { minute: 60 * MINUTE_MS, tenMinutes: 25 * 60 * MINUTE_MS };
const SWEPT_PER_ROLL_UP = 100;
/** Late minutes after an outage: a mutation takes a few, the next run the rest. */
const SLOTS_PER_ROLL_UP = 4 * RECEIPT_SLOTS * 4;

/** Sums up what the slots hold. Runs again at once if there may be more. */
export async function rollUpReceipts(ctx: MutationCtx): Promise<void> {
  const nowMs = Date.now();
  const slots = await ctx.db.query("receiptSlots").withIndex("by_minuteMs").take(SLOTS_PER_ROLL_UP);
  const isPartial = slots.length === SLOTS_PER_ROLL_UP;
  const minutes = groupByMinute(isPartial ? withoutLastMinute(slots) : slots);
  for (const minute of minutes.values()) await rollUpMinute(ctx, minute, nowMs);
  await forgetOld(ctx, "minute", nowMs);
  await forgetOld(ctx, "tenMinutes", nowMs);
  if (isPartial) await ctx.scheduler.runAfter(0, internal.receipts.rollUp, {});
}

/** All slots of one minute and surface. The slots of a finished minute end here. */
async function rollUpMinute(ctx: MutationCtx, slots: readonly Slot[], nowMs: number) {
  const [first] = slots;
  if (first === undefined) return;
  const { surface, minuteMs } = first;
  const counts = mergeCounts(slots);
  await setHistogram(ctx, { surface, span: "minute", startMs: minuteMs, counts });
  if (minuteMs + MINUTE_MS > nowMs) return;
  await addToTenMinutes(ctx, surface, minuteMs, counts);
  for (const slot of slots) await ctx.db.delete("receiptSlots", slot._id);
}

async function addToTenMinutes(
  ctx: MutationCtx,
  surface: Surface,
  minuteMs: number,
  counts: number[],
): Promise<void> {
  const startMs = Math.floor(minuteMs / TEN_MINUTES_MS) * TEN_MINUTES_MS;
  const row = await findHistogram(ctx, { surface, span: "tenMinutes", startMs });
  const sum = row === null ? counts : mergeCounts([row, { counts }]);
  await setHistogram(ctx, { surface, span: "tenMinutes", startMs, counts: sum });
}

async function setHistogram(
  ctx: MutationCtx,
  histogram: Omit<Doc<"receiptHistograms">, "_id" | "_creationTime">,
): Promise<void> {
  const row = await findHistogram(ctx, histogram);
  if (row === null) await ctx.db.insert("receiptHistograms", histogram);
  else await ctx.db.patch("receiptHistograms", row._id, { counts: histogram.counts });
}

async function findHistogram(
  ctx: MutationCtx,
  { surface, span, startMs }: Pick<Doc<"receiptHistograms">, "surface" | "span" | "startMs">,
): Promise<Doc<"receiptHistograms"> | null> {
  return await ctx.db
    .query("receiptHistograms")
    .withIndex("by_span_surface_start", (q) =>
      q.eq("span", span).eq("surface", surface).eq("startMs", startMs),
    )
    .unique();
}

async function forgetOld(ctx: MutationCtx, span: Span, nowMs: number): Promise<void> {
  const old = await ctx.db
    .query("receiptHistograms")
    .withIndex("by_span_start", (q) => q.eq("span", span).lt("startMs", nowMs - KEPT_MS[span]))
    .take(SWEPT_PER_ROLL_UP);
  for (const { _id } of old) await ctx.db.delete("receiptHistograms", _id);
}

function mergeCounts(rows: readonly { counts: number[] }[]): number[] {
  return encodeHistogram(mergeHistograms(rows.map(({ counts }) => decodeHistogram(counts))));
}

function groupByMinute(slots: readonly Slot[]): Map<string, Slot[]> {
  const groups = new Map<string, Slot[]>();
  for (const slot of slots) {
    const key = `${slot.minuteMs} ${slot.surface}`;
    groups.set(key, [...(groups.get(key) ?? []), slot]);
  }
  return groups;
}

/** The last minute may have been cut in the middle: it is left to the next run. */
function withoutLastMinute(slots: readonly Slot[]): Slot[] {
  const lastMs = slots.at(-1)?.minuteMs;
  return slots.filter(({ minuteMs }) => minuteMs !== lastMs);
}
