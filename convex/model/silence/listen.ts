/**
 * Listening: once a minute a scheduled function asks of each source whether it was heard, and of each of its
 * routes whether the newest post has arrived. The only writer of `silenceWatches`. Ingest and settle know
 * nothing of it.
 *
 * [SIL1] A source that is quiet for longer than expected, or than ever before, is silent until it is heard.
 * [SIL2] A route is silent while the newest post that had time to arrive is not in its target. A paused one is not.
 * [SIL3] Each silence is told to the operators once, by mail, and shows in the console until it ends.
 * [SIL4] Where nothing is new, nothing is written and no target is looked at.
 */
import { judgeSource, learnSilenceMs, routeGraceMs, type SilenceState } from "@heliograph/domain";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { findMirror } from "../mirrors/want.ts";
import { tellOperators } from "./tell.ts";

const SOURCES_PER_RUN = 20;
const ROUTES_LOOKED_AT = 100;
const POSTS_LEARNED_FROM = 100;
const NEWEST_LOOKED_AT = 20;
const LEARN_EVERY_MS = 6 * 60 * 60_000;

type Watch = Doc<"silenceWatches">;
type Signal = Doc<"signals">;

interface Reader {
  readonly db: DatabaseReader;
}

/** Listens to the next sources, in the order of their names. */
export async function listen(ctx: MutationCtx, afterName: string): Promise<void> {
  const sources = await ctx.db
    .query("sources")
    .withIndex("by_name", (q) => q.gt("name", afterName))
    .take(SOURCES_PER_RUN);
  const fallen: Watch[] = [];
  for (const source of sources) fallen.push(...(await listenTo(ctx, source)));
  if (fallen.length > 0) await tellOperators(ctx, fallen);
  const last = sources.at(-1);
  if (sources.length < SOURCES_PER_RUN || last === undefined) return;
  await ctx.scheduler.runAfter(0, internal.silence.listen, { afterName: last.name });
}

/** Listens to one source and its routes now. Answers what has fallen silent. */
export async function listenTo(ctx: MutationCtx, source: Doc<"sources">): Promise<Watch[]> {
  const nowMs = Date.now();
  const [newest] = await newestSignals(ctx, source._id, 1);
  const known = await getWatch(ctx, { sourceId: source._id, routeId: null }, nowMs);
  const watch = await learn(ctx, known, newest, nowMs);
  const isNew = watch.seenId !== (newest?._id ?? null);
  const lastAtMs = newest?.stamps.receivedAtMs ?? null;
  const listening = { ...watch, lastAtMs, watchedSinceMs: watch._creationTime };
  const fallen = await setState(ctx, watch, judgeSource(listening, nowMs), { lastAtMs }, nowMs);
  if (!isNew && watch.isSettled) return fallen;
  const routes = await listenToRoutes(ctx, source._id, nowMs);
  const seenId = newest?._id ?? null;
  if (isNew || routes.isSettled !== watch.isSettled) {
    await ctx.db.patch("silenceWatches", watch._id, { seenId, isSettled: routes.isSettled });
  }
  return [...fallen, ...routes.fallen];
}

/** The watch of a subject; makes it if there is none. */
export async function getWatch(
  ctx: MutationCtx,
  { sourceId, routeId }: Pick<Watch, "sourceId" | "routeId">,
  nowMs: number,
): Promise<Watch> {
  const known = await ctx.db
    .query("silenceWatches")
    .withIndex("by_source_route", (q) => q.eq("sourceId", sourceId).eq("routeId", routeId))
    .unique();
  if (known !== null) return known;
  const watchId = await ctx.db.insert("silenceWatches", {
    sourceId,
    routeId,
    rule: { kind: "learned" },
    state: "learning",
    sinceMs: nowMs,
    lastAtMs: null,
    learnedMs: null,
    learnedAtMs: null,
    seenId: null,
    isSettled: false,
    toldAtMs: null,
  });
  const made = await ctx.db.get("silenceWatches", watchId);
  if (made === null) throw new Error(`${watchId} was made just now`);
  return made;
}

async function listenToRoutes(
  ctx: MutationCtx,
  sourceId: Id<"sources">,
  nowMs: number,
): Promise<{ isSettled: boolean; fallen: Watch[] }> {
  const newest = await newestSignals(ctx, sourceId, NEWEST_LOOKED_AT);
  const routes = await ctx.db
    .query("routes")
    .withIndex("by_source_channel", (q) => q.eq("sourceId", sourceId))
    .take(ROUTES_LOOKED_AT);
  await forgetWithoutRoute(ctx, sourceId, new Set(routes.map(({ _id }) => _id)));
  const fallen: Watch[] = [];
  let isSettled = true;
  for (const route of routes) {
    const watch = await getWatch(ctx, { sourceId, routeId: route._id }, nowMs);
    const heard = await judgeRoute(ctx, { route, rule: watch.rule, newest }, nowMs);
    const state = heard.state ?? stateWithoutPosts(watch, heard);
    const lastAtMs = heard.lastAtMs ?? watch.lastAtMs;
    fallen.push(...(await setState(ctx, watch, state, { lastAtMs }, nowMs)));
    isSettled &&= heard.isSettled && state !== "silent";
  }
  return { isSettled, fallen };
}

/** What was missing may be deleted by now: then nothing is missing any more. */
function stateWithoutPosts({ state }: Watch, { isSettled }: Heard): SilenceState {
  const isOver = state === "off" || (state === "silent" && isSettled);
  return isOver ? "learning" : state;
}

interface Heard {
  /** Null: no post that says anything. */
  readonly state: SilenceState | null;
  readonly lastAtMs: number | null;
  /** The newest post of all has been looked for. */
  readonly isSettled: boolean;
}

/** Whether the newest post that was meant for the route, and had time to arrive, stands in the target. */
async function judgeRoute(
  ctx: Reader,
  { route, rule, newest }: { route: Doc<"routes">; rule: Watch["rule"]; newest: readonly Signal[] },
  nowMs: number,
): Promise<Heard> {
  if (rule.kind === "off" || route.paused === true) {
    return { state: "off", lastAtMs: null, isSettled: true };
  }
  const dueMs = nowMs - routeGraceMs(rule);
  const due = newest.filter(
    (signal) =>
      signal.state === "live" &&
      signal.stamps.committedAtMs <= dueMs &&
      signal._creationTime > route._creationTime,
  );
  const isSettled = newest.every(({ stamps }) => stamps.committedAtMs <= dueMs);
  for (const { _id, stamps } of due) {
    const mirror = await findMirror(ctx, _id, route.channelId);
    if (mirror === null) continue; // it was not meant for this route when it came
    const isMissing = mirror.applied === null && !mirror.wantedDeleted;
    if (isMissing) return { state: "silent", lastAtMs: null, isSettled };
    return { state: "heard", lastAtMs: stamps.receivedAtMs, isSettled };
  }
  return { state: null, lastAtMs: null, isSettled };
}

/** Writes only what changed. Answers the watch if it has fallen silent just now. */
async function setState(
  ctx: MutationCtx,
  watch: Watch,
  state: SilenceState,
  { lastAtMs }: Pick<Watch, "lastAtMs">,
  nowMs: number,
): Promise<Watch[]> {
  if (watch.state === state) {
    if (watch.lastAtMs !== lastAtMs) await ctx.db.patch("silenceWatches", watch._id, { lastAtMs });
    return [];
  }
  const changed = { state, sinceMs: nowMs, lastAtMs, toldAtMs: null };
  await ctx.db.patch("silenceWatches", watch._id, changed);
  return state === "silent" ? [{ ...watch, ...changed }] : [];
}

/** Learns from the newest posts what is ordinary, some times a day and only if there are new ones. */
async function learn(
  ctx: MutationCtx,
  watch: Watch,
  newest: Signal | undefined,
  nowMs: number,
): Promise<Watch> {
  if (newest === undefined || watch.seenId === newest._id) return watch;
  const isFresh = watch.learnedAtMs !== null && nowMs - watch.learnedAtMs < LEARN_EVERY_MS;
  if (isFresh && watch.learnedMs !== null) return watch;
  const posts = await newestSignals(ctx, watch.sourceId, POSTS_LEARNED_FROM);
  const learnedMs = learnSilenceMs(posts.map(({ postedAtMs }) => postedAtMs));
  const learned = { learnedMs, learnedAtMs: nowMs };
  await ctx.db.patch("silenceWatches", watch._id, learned);
  return { ...watch, ...learned };
}

async function newestSignals(
  ctx: Reader,
  sourceId: Id<"sources">,
  most: number,
): Promise<Signal[]> {
  return await ctx.db
    .query("signals")
    .withIndex("by_source", (q) => q.eq("sourceId", sourceId))
    .order("desc")
    .take(most);
}

async function forgetWithoutRoute(
  ctx: MutationCtx,
  sourceId: Id<"sources">,
  routeIds: ReadonlySet<Id<"routes">>,
): Promise<void> {
  const watches = await ctx.db
    .query("silenceWatches")
    .withIndex("by_source_route", (q) => q.eq("sourceId", sourceId))
    .take(2 * ROUTES_LOOKED_AT);
  for (const { _id, routeId } of watches) {
    if (routeId !== null && !routeIds.has(routeId)) await ctx.db.delete("silenceWatches", _id);
  }
}
