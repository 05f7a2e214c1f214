/**
 * Wanted mirrors: what each target channel should show of a signal.
 *
 * A route is one target. The caller's mutation plans a bounded number of rows
 * itself; what is beyond goes to scheduled batches, which read the signal as it
 * is by then, so it does not matter whether an edit or the batch comes first.
 *
 * [WANT1] A signal has at most one mirror per target channel.
 * [WANT2] An edit or a delete changes what is wanted; it never adds a mirror.
 * [WANT5] What a route's rules leave out is planned as nothing, and asks nothing of the worker.
 * [WANT6] A paused route gets no mirrors.
 * [WANT7] What bears on an open trade takes the post it answers along, where that still waits.
 * [WANT3] More targets than one mutation may plan are planned by scheduled batches.
 */
import { routePost } from "@heliograph/domain";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { KnownRows } from "../signals/knownRows.ts";

/** Rows per signal planned in the transaction that stored it, and per scheduled batch. */
export const MIRRORS_PER_BATCH = 50;
/** Rows one ingest mutation plans at most, over all its signals: well inside 1 s of CPU. */
const MIRRORS_PER_MUTATION = 500;

/** What a mirror follows. */
export type Wanted = Pick<
  Doc<"signals">,
  "_id" | "state" | "revision" | "kind" | "content" | "embeds" | "attachments" | "author"
>;
/** A signal that has no mirrors yet. */
export type NewSignal = Wanted & Pick<Doc<"signals">, "sourceId" | "replyTo">;

/** Who writes mirrors, with what was read before. */
interface Writer {
  readonly ctx: MutationCtx;
  readonly known: KnownRows;
  readonly nowMs: number;
}

/** Plans the mirrors of one mutation and remembers what it has read and spent. */
export class MirrorPlanner {
  readonly #ctx: MutationCtx;
  readonly #writer: Writer;
  readonly #routes = new Map<Id<"sources">, Doc<"routes">[]>();
  #left = MIRRORS_PER_MUTATION;

  constructor(ctx: MutationCtx, nowMs: number) {
    this.#ctx = ctx;
    this.#writer = { ctx, known: new KnownRows(ctx), nowMs };
  }

  /** Wants a new signal in every target of its source. A tombstone is wanted nowhere. */
  async wantNew(signal: NewSignal): Promise<void> {
    if (signal.state === "deleted") return;
    const routes = await this.#routesOf(signal.sourceId);
    const now = routes.slice(0, Math.min(MIRRORS_PER_BATCH, this.#left));
    this.#left -= now.length;
    for (const route of now) await insertMirror(this.#writer, signal, route);
    if (now.length === routes.length) return;
    const afterChannelId = now.at(-1)?.channelId ?? "";
    const args = { signalId: signal._id, afterChannelId };
    await this.#ctx.scheduler.runAfter(0, internal.mirrors.expand, args);
  }

  /** Wants a changed signal wherever it has a mirror. */
  async wantChange(signal: Wanted): Promise<void> {
    const most = Math.min(MIRRORS_PER_BATCH, this.#left);
    const mirrors = await mirrorsAfter(this.#ctx, signal._id, "", most);
    const now = mirrors.slice(0, most);
    this.#left -= now.length;
    for (const mirror of now) await wantRevision(this.#writer, mirror, signal);
    if (now.length === mirrors.length) return;
    const afterChannelId = now.at(-1)?.channelId ?? "";
    const args = { signalId: signal._id, afterChannelId };
    await this.#ctx.scheduler.runAfter(0, internal.mirrors.spread, args);
  }

  async #routesOf(sourceId: Id<"sources">): Promise<Doc<"routes">[]> {
    const known = this.#routes.get(sourceId);
    if (known !== undefined) return known;
    const routes = await routesAfter(this.#ctx, sourceId, "");
    this.#routes.set(sourceId, routes);
    return routes;
  }
}

/** Plans the next targets of a new signal. Safe to repeat: a target that has its mirror is left alone. */
export async function expandSignal(
  ctx: MutationCtx,
  signalId: Id<"signals">,
  afterChannelId: string,
): Promise<void> {
  const signal = await ctx.db.get("signals", signalId);
  if (signal === null || signal.state === "deleted") return;
  const routes = await routesAfter(ctx, signal.sourceId, afterChannelId);
  const now = routes.slice(0, MIRRORS_PER_BATCH);
  const writer = { ctx, known: new KnownRows(ctx), nowMs: Date.now() };
  for (const route of now) {
    const mirror = await findMirror(ctx, signalId, route.channelId);
    if (mirror === null) await insertMirror(writer, signal, route);
  }
  const last = now.at(-1);
  if (last === undefined || now.length === routes.length) return;
  const args = { signalId, afterChannelId: last.channelId };
  await ctx.scheduler.runAfter(0, internal.mirrors.expand, args);
}

/** Wants the signal as it is now in its next mirrors. Safe to repeat. */
export async function spreadSignal(
  ctx: MutationCtx,
  signalId: Id<"signals">,
  afterChannelId: string,
): Promise<void> {
  const signal = await ctx.db.get("signals", signalId);
  if (signal === null) return;
  const mirrors = await mirrorsAfter(ctx, signalId, afterChannelId, MIRRORS_PER_BATCH);
  const now = mirrors.slice(0, MIRRORS_PER_BATCH);
  const writer = { ctx, known: new KnownRows(ctx), nowMs: Date.now() };
  for (const mirror of now) await wantRevision(writer, mirror, signal);
  const last = now.at(-1);
  if (last === undefined || now.length === mirrors.length) return;
  const args = { signalId, afterChannelId: last.channelId };
  await ctx.scheduler.runAfter(0, internal.mirrors.spread, args);
}

/** The mirror of a signal in a channel, or null. */
export async function findMirror(
  ctx: Pick<MutationCtx, "db"> | { db: Pick<MutationCtx["db"], "query"> },
  signalId: Id<"signals">,
  channelId: string,
): Promise<Doc<"mirrors"> | null> {
  return await ctx.db
    .query("mirrors")
    .withIndex("by_signal_channel", (q) => q.eq("signalId", signalId).eq("channelId", channelId))
    .unique();
}

async function insertMirror(
  { ctx, known, nowMs }: Writer,
  signal: NewSignal,
  route: Doc<"routes">,
): Promise<void> {
  if (route.paused === true) return;
  const { guildId, channelId, shard, pingRoleId, rulesId } = route;
  const isShown = routePost(signal, await known.rules(rulesId)) !== null;
  await ctx.db.insert("mirrors", {
    signalId: signal._id,
    routeId: route._id,
    ...(rulesId !== undefined && { rulesId }),
    lane: laneOf(signal),
    shard,
    guildId,
    channelId,
    pingRoleId,
    targetName: route.name,
    wantedRevision: signal.revision,
    wantedDeleted: false,
    withdrawn: false,
    applied: isShown ? null : { revision: signal.revision, messageIds: [] },
    state: isShown ? "due" : "applied",
    dueAtMs: nowMs,
    attempt: 0,
    lookFirst: false,
    code: null,
    message: null,
  });
  await hurryParent(ctx, signal, channelId);
}

/** A close cannot overtake the post it answers: so that one goes first, too. */
async function hurryParent(ctx: MutationCtx, signal: NewSignal, channelId: string): Promise<void> {
  if (signal.replyTo === null || laneOf(signal) === "normal") return;
  const parent = await findMirror(ctx, signal.replyTo.signalId, channelId);
  if (parent === null || parent.applied !== null || parent.lane === "priority") return;
  await ctx.db.patch("mirrors", parent._id, { lane: "priority" });
}

async function wantRevision(
  { ctx, known, nowMs }: Writer,
  mirror: Doc<"mirrors">,
  signal: Wanted,
): Promise<void> {
  if (mirror.withdrawn || mirror.wantedRevision >= signal.revision) return;
  const { revision } = signal;
  const isDeleted = signal.state === "deleted";
  const wanted = {
    wantedRevision: revision,
    wantedDeleted: isDeleted,
    lane: laneOf(signal),
    attempt: 0, // what is wanted now was not tried yet
  };
  const { applied } = mirror;
  const isBlank = mirror.state === "applied" && applied?.messageIds.length === 0;
  if (isBlank && (isDeleted || routePost(signal, await known.rules(mirror.rulesId)) === null)) {
    const still = { ...applied, revision };
    await ctx.db.patch("mirrors", mirror._id, { ...wanted, applied: still });
    return;
  }
  // A mirror that is due keeps its turn; one that waits out a rate limit goes on waiting.
  const isIdle = mirror.state === "applied" || mirror.state === "failed";
  const again = { state: "due", dueAtMs: nowMs, code: null, message: null } as const;
  await ctx.db.patch("mirrors", mirror._id, isIdle ? { ...wanted, ...again } : wanted);
}

/** What bears on an open trade goes first. */
function laneOf({ kind }: Pick<Wanted, "kind">): Doc<"mirrors">["lane"] {
  return kind === "update" || kind === "close" ? "priority" : "normal";
}

/** One more than a batch, so that the caller sees whether there is more. */
async function routesAfter(
  ctx: MutationCtx,
  sourceId: Id<"sources">,
  afterChannelId: string,
): Promise<Doc<"routes">[]> {
  return await ctx.db
    .query("routes")
    .withIndex("by_source_channel", (q) =>
      q.eq("sourceId", sourceId).gt("channelId", afterChannelId),
    )
    .take(MIRRORS_PER_BATCH + 1);
}

/** One more than `most`, for the same reason. */
async function mirrorsAfter(
  ctx: MutationCtx,
  signalId: Id<"signals">,
  afterChannelId: string,
  most: number,
): Promise<Doc<"mirrors">[]> {
  return await ctx.db
    .query("mirrors")
    .withIndex("by_signal_channel", (q) =>
      q.eq("signalId", signalId).gt("channelId", afterChannelId),
    )
    .take(most + 1);
}
