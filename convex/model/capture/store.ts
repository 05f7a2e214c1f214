/**
 * The health of capturing: what came in, what the bot says, what TradingView sends.
 *
 * [HEA1] Every event that ingest took is counted once, for its source.
 * [HEA2] A gap is counted once, however often it is reported.
 */
import { type Infer, v } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { findUse } from "../machines/store.ts";
import { findByChannel, listSources } from "../sources/store.ts";
import { type vCaptureReport, vCaptureState, vGap } from "./validators.ts";

type Reader = { readonly db: DatabaseReader };

const MOST_ENDPOINTS = 20; // of one source
const MOST_SOURCES = 100; // shown at once

/** What ingest took of one source in a while. */
export interface SourceTally {
  readonly lastEventAtMs: number;
  readonly lastSignalAtMs: number | null;
  readonly accepted: number;
  readonly duplicate: number;
  readonly stale: number;
}

/** Adds to what came of a source. */
export async function addToCounts(
  ctx: MutationCtx,
  sourceId: Id<"sources">,
  tally: SourceTally,
): Promise<void> {
  const row = await ctx.db
    .query("captureCounts")
    .withIndex("by_sourceId", (q) => q.eq("sourceId", sourceId))
    .unique();
  if (row === null) {
    await ctx.db.insert("captureCounts", { sourceId, sinceMs: tally.lastEventAtMs, ...tally });
    return;
  }
  const lastSignalAtMs = Math.max(row.lastSignalAtMs ?? 0, tally.lastSignalAtMs ?? 0);
  await ctx.db.patch("captureCounts", row._id, {
    lastEventAtMs: Math.max(row.lastEventAtMs, tally.lastEventAtMs),
    lastSignalAtMs: lastSignalAtMs === 0 ? null : lastSignalAtMs,
    accepted: row.accepted + tally.accepted,
    duplicate: row.duplicate + tally.duplicate,
    stale: row.stale + tally.stale,
  });
}

/** Keeps what a bot says about a source. Safe to repeat. A channel that is no source any more is left out. */
export async function recordReport(
  ctx: MutationCtx,
  { channelId, gap, ...report }: Infer<typeof vCaptureReport>,
): Promise<void> {
  const source = await findByChannel(ctx, channelId);
  if (source === null) return;
  const row = await findReport(ctx, source._id);
  const isNewGap = gap !== null && gap.fromMs !== row?.lastGap?.fromMs;
  const fields = {
    ...report,
    reportedAtMs: Date.now(),
    lastGap: gap ?? row?.lastGap ?? null,
    gaps: (row?.gaps ?? 0) + (isNewGap ? 1 : 0),
  };
  if (row === null) await ctx.db.insert("captureReports", { sourceId: source._id, ...fields });
  else await ctx.db.patch("captureReports", row._id, fields);
}

export const vSourceHealth = v.object({
  sourceId: v.id("sources"),
  name: v.string(),
  channelId: v.string(),
  counts: v.union(
    v.null(), // nothing came yet
    v.object({
      sinceMs: v.number(),
      lastEventAtMs: v.number(),
      lastSignalAtMs: v.union(v.number(), v.null()),
      accepted: v.number(),
      duplicate: v.number(),
      stale: v.number(),
    }),
  ),
  bot: v.union(
    v.null(), // no bot has watched it
    v.object({
      state: vCaptureState,
      code: v.union(v.string(), v.null()),
      message: v.union(v.string(), v.null()),
      reportedAtMs: v.number(),
      lastGap: v.union(vGap, v.null()),
      gaps: v.number(),
    }),
  ),
  endpoints: v.array(
    v.object({
      machineId: v.id("machineTokens"),
      name: v.string(),
      lastUsedAtMs: v.union(v.number(), v.null()),
    }),
  ),
});

/** The health of every source, by name. */
export async function readHealth(ctx: Reader): Promise<Infer<typeof vSourceHealth>[]> {
  const sources = (await listSources(ctx)).slice(0, MOST_SOURCES);
  return await Promise.all(sources.map((source) => healthOf(ctx, source)));
}

async function healthOf(
  ctx: Reader,
  { _id: sourceId, name, channelId }: Doc<"sources">,
): Promise<Infer<typeof vSourceHealth>> {
  const counts = await ctx.db
    .query("captureCounts")
    .withIndex("by_sourceId", (q) => q.eq("sourceId", sourceId))
    .unique();
  const report = await findReport(ctx, sourceId);
  const endpoints = await listEndpoints(ctx, sourceId);
  return {
    sourceId,
    name,
    channelId,
    counts: counts === null ? null : fieldsOf(counts),
    bot: report === null ? null : fieldsOf(report),
    endpoints,
  };
}

async function listEndpoints(ctx: Reader, sourceId: Id<"sources">) {
  const machines = await ctx.db
    .query("machineTokens")
    .withIndex("by_source_kind_state", (q) =>
      q.eq("sourceId", sourceId).eq("kind", "tradingview").eq("state", "active"),
    )
    .take(MOST_ENDPOINTS);
  return await Promise.all(
    machines.map(async ({ _id: machineId, name }) => {
      const use = await findUse(ctx, machineId);
      return { machineId, name, lastUsedAtMs: use?.usedAtMs ?? null };
    }),
  );
}

async function findReport(
  ctx: Reader,
  sourceId: Id<"sources">,
): Promise<Doc<"captureReports"> | null> {
  return await ctx.db
    .query("captureReports")
    .withIndex("by_sourceId", (q) => q.eq("sourceId", sourceId))
    .unique();
}

function fieldsOf<Row extends Doc<"captureCounts"> | Doc<"captureReports">>({
  _id,
  _creationTime,
  sourceId,
  ...fields
}: Row) {
  return fields;
}
