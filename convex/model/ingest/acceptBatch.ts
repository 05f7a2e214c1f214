/**
 * From events to signals: fold, number, mirror, all in the caller's transaction.
 *
 *   item -> source by channel -> stored signal (or none) -> fold -> row, seq, wanted mirrors and media
 *
 * [ING1] Every order and repetition of a message's events ends in the same stored signal.
 * [ING2] An item that is wrong rejects only itself, and is reported by its index.
 * [ING3] A signal keeps the feed its source had when it arrived.
 */
import {
  classifyKind,
  foldEvent,
  postText,
  type SignalKind,
  type SignalState,
  type SourceEvent,
} from "@heliograph/domain";
import type { Infer } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { SeqTaker } from "../feeds/counter.ts";
import { mediaAtFirst, wantChangedMedia, wantNewMedia } from "../media/want.ts";
import { MirrorPlanner } from "../mirrors/want.ts";
import { columnsOf, stateOf } from "../signals/storedSignal.ts";
import { adoptReplies, findReplyTarget } from "./replies.ts";
import { SourceFinder } from "./sourceFinder.ts";
import { countBySource, tallyOf } from "./tally.ts";
import type { vItemResult, vReadItem } from "./validators.ts";

export type ReadItem = Infer<typeof vReadItem>;
export type ItemResult = Infer<typeof vItemResult>;

/** What a batch is, apart from its items. */
export interface BatchOrigin {
  readonly machine: Doc<"machineTokens">;
  readonly receivedAtMs: number;
}

interface Batch {
  readonly ctx: MutationCtx;
  readonly receivedAtMs: number;
  readonly nowMs: number;
  readonly sources: SourceFinder;
  readonly seqs: SeqTaker;
  readonly mirrors: MirrorPlanner;
  readonly classify: (text: string) => SignalKind;
}

/** Stores a batch. Safe to repeat: what is known is reported as duplicate or stale. */
export async function acceptBatch(
  ctx: MutationCtx,
  items: readonly ReadItem[],
  origin: BatchOrigin,
): Promise<ItemResult[]> {
  const nowMs = Date.now();
  const batch: Batch = {
    ctx,
    nowMs,
    receivedAtMs: plausibleReceiptMs(origin.receivedAtMs, nowMs),
    sources: new SourceFinder(ctx, origin.machine.sourceId),
    seqs: new SeqTaker(ctx),
    mirrors: new MirrorPlanner(ctx, nowMs),
    classify: classifierKnowing(items),
  };
  const taken: Taken[] = [];
  for (const item of items) taken.push(await acceptItem(batch, item));
  await batch.seqs.store();
  if (taken.length > 0) await recordTally(ctx, origin.machine, nowMs, taken);
  return taken.map(({ result }, index) => ({ index, ...result }));
}

/** Looks nothing up twice: most texts were classified when they were read. */
function classifierKnowing(items: readonly ReadItem[]): Batch["classify"] {
  const known = new Map<string, SignalKind>();
  for (const item of items) {
    if (!item.ok || item.event.type === "delete" || item.textKind === undefined) continue;
    known.set(postText(item.event), item.textKind);
  }
  return (text) => known.get(text) ?? classifyKind(text);
}

/** What became of an item, and whose it was; null when no source takes it. */
interface Taken {
  readonly sourceId: Id<"sources"> | null;
  readonly result: Omit<ItemResult, "index">;
}

async function acceptItem(batch: Batch, item: ReadItem): Promise<Taken> {
  const rejected = (code: string, message: string): Taken => {
    return { sourceId: null, result: { status: "rejected", code, message } };
  };
  if (!item.ok) return rejected(item.code, item.message);
  const found = await batch.sources.find(item.event.channelId);
  if (!found.ok) return rejected(found.code, found.message);
  const result = await storeEvent(batch, found.source, item.event);
  return { sourceId: found.source._id, result };
}

async function storeEvent(
  batch: Batch,
  source: Doc<"sources">,
  event: SourceEvent,
): Promise<Omit<ItemResult, "index">> {
  const stored = await batch.ctx.db
    .query("signals")
    .withIndex("by_source_message", (q) =>
      q.eq("sourceId", source._id).eq("messageId", event.messageId),
    )
    .unique();
  const before = stored === null ? null : stateOf(stored);
  const { outcome, state } = foldEvent(before, event);
  if (stored === null) {
    const seq = await createSignal(batch, source, event, state);
    return { status: "accepted", seq };
  }
  const isSeen = outcome !== "duplicate" && outcome !== "stale";
  if (state !== before) await changeSignal(batch, stored, { event, state, isSeen });
  return { status: isSeen ? "accepted" : outcome, seq: stored.seq };
}

async function createSignal(
  batch: Batch,
  source: Doc<"sources">,
  event: SourceEvent,
  state: SignalState,
): Promise<number> {
  const { ctx } = batch;
  const columns = columnsOf(state, batch.classify);
  const seq = await batch.seqs.take(source.minTier);
  const stamps = stampsOf(batch, event);
  const post = { ...columns, sourceId: source._id, messageId: event.messageId };
  const replyTo = await findReplyTarget(ctx, post);
  const signalId = await ctx.db.insert("signals", {
    ...post,
    ...mediaAtFirst(columns),
    threadId: event.threadId ?? null,
    feed: source.minTier,
    seq,
    replyTo,
    stamps,
    changeStamps: stamps,
  });
  const place = { signalId, feed: source.minTier, seq };
  await adoptReplies(ctx, source._id, event.messageId, place);
  await batch.mirrors.wantNew({ ...columns, _id: signalId, sourceId: source._id, replyTo });
  await wantNewMedia(ctx, { ...columns, _id: signalId }, batch.nowMs);
  return seq;
}

async function changeSignal(
  batch: Batch,
  stored: Doc<"signals">,
  change: { event: SourceEvent; state: SignalState; isSeen: boolean },
): Promise<void> {
  const { ctx } = batch;
  const columns = columnsOf(change.state, batch.classify);
  const post = { ...stored, ...columns };
  const sameReply = columns.replyToMessageId === stored.replyToMessageId;
  await ctx.db.patch("signals", stored._id, {
    ...columns,
    ...(await wantChangedMedia(ctx, stored, columns, batch.nowMs)),
    threadId: stored.threadId ?? change.event.threadId ?? null, // a delete may not have known it
    replyTo: sameReply ? stored.replyTo : await findReplyTarget(ctx, post),
    ...(change.isSeen && { changeStamps: stampsOf(batch, change.event) }),
  });
  if (change.isSeen) await batch.mirrors.wantChange({ ...columns, _id: stored._id });
}

function stampsOf(batch: Batch, event: SourceEvent): Doc<"signals">["stamps"] {
  return {
    sourceAtMs: event.occurredAt,
    receivedAtMs: batch.receivedAtMs,
    committedAtMs: batch.nowMs,
  };
}

const OLDEST_RECEIPT_MS = 60 * 60_000; // a batch may wait in a worker for a while, not for an hour

/** The receiver's time of receipt, or now if its clock cannot be right. */
function plausibleReceiptMs(receivedAtMs: number, nowMs: number): number {
  const isPlausible = receivedAtMs <= nowMs && receivedAtMs > nowMs - OLDEST_RECEIPT_MS;
  return isPlausible ? receivedAtMs : nowMs;
}

async function recordTally(
  ctx: MutationCtx,
  machine: Doc<"machineTokens">,
  atMs: number,
  taken: readonly Taken[],
): Promise<void> {
  const tally = tallyOf(taken.map(({ result }) => result));
  const bySource = countBySource(
    taken.flatMap(({ sourceId, result: { status } }) =>
      sourceId === null ? [] : [{ sourceId, status }],
    ),
  );
  await ctx.db.insert("ingestTallies", { machineId: machine._id, atMs, ...tally, bySource });
}
