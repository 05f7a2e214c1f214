/**
 * The work list: the gaps of a shard that can be closed now, oldest first.
 *
 * Reads no clock: a row that waits for a retry becomes due by a scheduled
 * function, a reply is held back until the post it answers is in its channel.
 *
 * [WRK1] At most 50 rows, at most 5 of one target, and a second of one only after the first of every other:
 *        slow channels hold up no other.
 * [WRK2] A reply is shown only when the post it answers is posted in that channel, or never will be.
 *        Posts that answer each other wait for nobody, and what is held back holds up nothing else.
 * [WRK3] A row that an earlier holder may have posted says to look first.
 */
import { routePost } from "@heliograph/domain";
import type { Infer } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { findLease } from "../leases/store.ts";
import { KnownRows } from "../signals/knownRows.ts";
import type { vLane, vMirrorWork } from "./validators.ts";
import { findMirror } from "./want.ts";

type MirrorWork = Infer<typeof vMirrorWork>;
type Mirror = Doc<"mirrors">;

const MOST_ROWS = 50;
const MOST_LOOKED_THROUGH = 100; // what is read at each commit while so much is due
const MOST_PER_TARGET = 5;
const MOST_PICKS = 4; // so many replies to one post that is late, times five, are passed over
const NONCE_LENGTH = 25; // what Discord takes

interface Reader {
  readonly db: DatabaseReader;
}

interface Lane {
  readonly shard: number;
  readonly lane: Infer<typeof vLane>;
}

/** What a worker of the shard can do now. */
export async function readWork(ctx: Reader, lane: Lane): Promise<MirrorWork[]> {
  const lease = await findLease(ctx, lane.shard);
  const known = new KnownRows(ctx);
  const held: Mirror[] = [];
  for (let pick = 1; ; pick += 1) {
    const rows = await readDueRows(ctx, lane, held);
    const found = await Promise.all(
      rows.map(async (row) => ({ row, work: await toWork(ctx, known, row, lease) })),
    );
    const work = found.flatMap((item) => item.work ?? []);
    if (work.length === rows.length || pick === MOST_PICKS) return work;
    held.push(...found.flatMap((item) => (item.work === null ? [item.row] : [])));
  }
}

/**
 * The oldest rows but the held ones. Only if there are more than can be looked through, more
 * targets: so that those with a long queue do not crowd the others out.
 */
async function readDueRows(
  ctx: Reader,
  { shard, lane }: Lane,
  held: readonly Mirror[],
): Promise<Mirror[]> {
  const oldest = await ctx.db
    .query("mirrors")
    .withIndex("by_shard_lane_state_due", (q) =>
      q.eq("shard", shard).eq("lane", lane).eq("state", "due"),
    )
    .take(MOST_LOOKED_THROUGH);
  const picked = new WorkPick(held);
  picked.add(oldest);
  if (oldest.length === MOST_LOOKED_THROUGH) {
    await addOtherTargets(ctx, { shard, lane }, picked);
  }
  return picked.rows();
}

/** Steps from target to target along the index: two reads for each, however long its queue is. */
async function addOtherTargets(ctx: Reader, lane: Lane, picked: WorkPick): Promise<void> {
  let channelId: string | null = "";
  while (picked.targets < MOST_ROWS) {
    channelId = await nextTarget(ctx, lane, channelId);
    if (channelId === null) return;
    picked.add(await oldestOfTarget(ctx, lane, channelId, picked.heldOf(channelId)));
  }
}

async function nextTarget(ctx: Reader, lane: Lane, after: string): Promise<string | null> {
  const row = await ctx.db
    .query("mirrors")
    .withIndex("by_shard_lane_state_channel_due", (q) =>
      q.eq("shard", lane.shard).eq("lane", lane.lane).eq("state", "due").gt("channelId", after),
    )
    .first();
  return row?.channelId ?? null;
}

async function oldestOfTarget(
  ctx: Reader,
  lane: Lane,
  channelId: string,
  heldCount: number,
): Promise<Mirror[]> {
  return await ctx.db
    .query("mirrors")
    .withIndex("by_shard_lane_state_channel_due", (q) =>
      q.eq("shard", lane.shard).eq("lane", lane.lane).eq("state", "due").eq("channelId", channelId),
    )
    .take(MOST_PER_TARGET + heldCount);
}

/** Rows by target, at most so many of each, without repeats and without the held ones. */
class WorkPick {
  readonly #held: readonly Mirror[];
  readonly #seen: Set<string>;
  readonly #byTarget = new Map<string, Mirror[]>();

  constructor(held: readonly Mirror[]) {
    this.#held = held;
    this.#seen = new Set(held.map(({ _id }) => _id));
  }

  get targets(): number {
    return this.#byTarget.size;
  }

  /** How many rows of the target are passed over. */
  heldOf(channelId: string): number {
    return this.#held.filter((row) => row.channelId === channelId).length;
  }

  /** Rows of one target come oldest first. */
  add(rows: readonly Mirror[]): void {
    for (const row of rows) {
      const ofTarget = this.#byTarget.get(row.channelId) ?? [];
      if (ofTarget.length === MOST_PER_TARGET || this.#seen.has(row._id)) continue;
      this.#seen.add(row._id);
      this.#byTarget.set(row.channelId, [...ofTarget, row]);
    }
  }

  /** The first of every target, then the second ones, and so on; the oldest first among equals. */
  rows(): Mirror[] {
    const ranked = [...this.#byTarget.values()].flatMap((rows) =>
      rows.map((row, rank) => ({ row, rank })),
    );
    return ranked
      .sort((a, b) => a.rank - b.rank || a.row.dueAtMs - b.row.dueAtMs)
      .slice(0, MOST_ROWS)
      .map(({ row }) => row);
  }
}

/** What the row asks for, or null while it is held back. */
export async function toWork(
  ctx: Reader,
  known: KnownRows,
  mirror: Mirror,
  lease: Doc<"leases"> | null,
): Promise<MirrorWork | null> {
  const signal = await known.signal(mirror.signalId);
  if (signal === null) return null;
  const message = mirror.wantedDeleted ? null : await readMessage(known, mirror, signal);
  const reply = message === null ? NO_REPLY : await readReply(ctx, known, mirror, signal);
  if (reply.held) return null;
  const { mode, place } = await known.rules(mirror.rulesId);
  return {
    mirrorId: mirror._id,
    signalId: signal._id,
    feed: signal.feed,
    seq: signal.seq,
    kind: signal.kind,
    target: { guildId: mirror.guildId, channelId: mirror.channelId },
    wanted: { revision: mirror.wantedRevision, deleted: message === null },
    applied: mirror.applied,
    nonce: mirror._id.slice(0, NONCE_LENGTH),
    lookFirst: mirror.applied === null && (mirror.lookFirst || isOlderThanLease(mirror, lease)),
    attempt: mirror.attempt,
    losses: mirror.losses ?? 0,
    urged: mirror.urged ?? false,
    plannedAtMs: mirror._creationTime,
    mode,
    place,
    message,
    replyTo: reply.to,
    stamps: signal.changeStamps,
  };
}

/** An earlier holder saw this row too, and may have posted it without being able to say so. */
function isOlderThanLease(mirror: Mirror, lease: Doc<"leases"> | null): boolean {
  return lease?.tookOver === true && mirror._creationTime <= lease.heldSinceMs;
}

interface Reply {
  /** The answered post is still to be posted there. */
  readonly held: boolean;
  readonly to: MirrorWork["replyTo"];
}

const NO_REPLY: Reply = { held: false, to: null };

/** Where the answered post stands in this channel. */
async function readReply(
  ctx: Reader,
  known: KnownRows,
  mirror: Mirror,
  signal: Doc<"signals">,
): Promise<Reply> {
  if (signal.replyTo === null) return NO_REPLY;
  const parent = await findMirror(ctx, signal.replyTo.signalId, mirror.channelId);
  if (parent === null || parent.wantedDeleted) return NO_REPLY;
  const messageId = parent.applied?.messageIds[0];
  const threadId = parent.applied?.threadId ?? null;
  const isStillToCome = parent.applied === null && parent.state !== "failed";
  const held = mirror.applied === null && isStillToCome && (await mayWait(known, signal));
  return { held, to: messageId === undefined ? null : { messageId, threadId } };
}

/** Somebody in a ring of posts that answer each other comes before the post it answers: that one goes. */
async function mayWait(known: KnownRows, { feed, seq, replyTo }: Doc<"signals">): Promise<boolean> {
  if (replyTo === null) return false;
  if (replyTo.feed === feed && replyTo.seq < seq) return true;
  const answered = await known.signal(replyTo.signalId);
  return answered !== null && answered.replyTo === null;
}

/** What the channel is to show: null when the route's rules leave the post out. */
async function readMessage(
  known: KnownRows,
  mirror: Mirror,
  signal: Doc<"signals">,
): Promise<MirrorWork["message"]> {
  const routed = routePost(signal, await known.rules(mirror.rulesId));
  if (routed === null) return null;
  const { content, embeds, attachments, author } = routed;
  return {
    content,
    embeds,
    attachments,
    media: (signal.media ?? []).flatMap(({ address, mediaId, contentType }) =>
      mediaId === null || contentType === undefined ? [] : [{ address, mediaId, contentType }],
    ),
    authorName: author?.name ?? null,
    authorAvatarUrl: author?.avatarUrl ?? null,
    sourceName: await known.sourceName(signal.sourceId),
    pingRoleId: mirror.pingRoleId,
  };
}
