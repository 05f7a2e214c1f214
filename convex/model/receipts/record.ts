/**
 * Receipts come in: samples are clamped and counted in one of 16 slots of the
 * current minute and surface, so that two reports seldom write the same row.
 *
 * [REC1] A sample is clamped to 0..60 s; what is not a number is not counted.
 * [REC2] A report carries at most 50 samples, a slot takes a bounded number a minute.
 */
import { addLatencies, decodeHistogram, encodeHistogram } from "@heliograph/domain";
import { ConvexError, type Infer } from "convex/values";
import type { MutationCtx } from "../../_generated/server.js";
import type { vSample, vSurface } from "./validators.ts";

export type Surface = Infer<typeof vSurface>;
export type Sample = Infer<typeof vSample>;

export const RECEIPT_SLOTS = 16;
export const MINUTE_MS = 60_000;
const MOST_SAMPLES = 50;
const MOST_LATENCY_MS = 60_000; // beyond a minute only "very late" matters
/** 20 reports a second of 50 samples, spread over the slots: whoever sends more drowns nobody out. */
const MOST_PER_SLOT = Math.ceil((20 * 60 * MOST_SAMPLES) / RECEIPT_SLOTS);

/** Counts the samples. Throws `too_many_samples`. */
export async function recordSamples(
  ctx: MutationCtx,
  surface: Surface,
  samples: readonly Sample[],
): Promise<void> {
  if (samples.length > MOST_SAMPLES) {
    const message = `Send at most ${MOST_SAMPLES} samples at once, not ${samples.length}.`;
    throw new ConvexError({ code: "too_many_samples", message });
  }
  const latencies = samples.map((sample) => clampLatency(sample.sinceReceivedMs));
  const known = latencies.filter((latency) => latency !== null);
  if (known.length > 0) await addToSlot(ctx, surface, known);
}

async function addToSlot(
  ctx: MutationCtx,
  surface: Surface,
  latenciesMs: readonly number[],
): Promise<void> {
  const minuteMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  const slot = Math.floor(Math.random() * RECEIPT_SLOTS);
  const row = await ctx.db
    .query("receiptSlots")
    .withIndex("by_surface_minute_slot", (q) =>
      q.eq("surface", surface).eq("minuteMs", minuteMs).eq("slot", slot),
    )
    .unique();
  const before = decodeHistogram(row?.counts ?? []);
  const room = Math.max(0, MOST_PER_SLOT - before.count);
  const counts = encodeHistogram(addLatencies(before, latenciesMs.slice(0, room)));
  if (row === null) await ctx.db.insert("receiptSlots", { surface, minuteMs, slot, counts });
  else await ctx.db.patch("receiptSlots", row._id, { counts });
}

function clampLatency(latencyMs: number): number | null {
  if (Number.isNaN(latencyMs)) return null;
  return Math.min(Math.max(latencyMs, 0), MOST_LATENCY_MS);
}
