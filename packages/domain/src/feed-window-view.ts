/**
 * What a page shows of a feed window, and the proof that it is complete.
 *
 * Feeds are merged newest first by commit time, each in the order of its seqs.
 * The list ends where the first feed ends that goes on below: showing older
 * signals of the others would leave room for some to appear in between.
 *
 *   basic     90 89 88 87 86 ... (goes on)        shown: down to basic 86
 *   pro       12    11          10 9 (bottom)     held back: pro 10, 9
 *
 * [WIN9] Loading older signals only ever adds at the end of the list.
 * [WIN10] Every seq between the lowest shown and the head is shown or named as missing.
 */
import { seqRange } from "./feed-segments.ts";
import {
  bottomOf,
  type FeedState,
  type FeedWindowState,
  heldSegment,
  type WindowSignal,
} from "./feed-window-state.ts";
import { FEEDS, type Feed } from "./tiers.ts";

/** How complete one feed is. Seqs are null while nothing of the feed is shown. */
export interface FeedProof {
  readonly feed: Feed;
  /** `locating`: not known yet how far the feed goes. `rotated`: a new key is needed. */
  readonly status: "locating" | "failed" | "current" | "rotated";
  readonly fromSeq: number | null;
  readonly toSeq: number | null;
  /** Seqs inside the range that are not shown: still loading, or lost by the server. */
  readonly missingSeqs: readonly number[];
  readonly liveSegments: readonly number[];
  readonly isLoading: boolean;
  readonly hasFailed: boolean;
}

/** The merged list, newest first, and the proof of each feed. */
export interface FeedWindowView<S> {
  readonly signals: readonly S[];
  readonly feeds: readonly FeedProof[];
  /** Whether `loadOlder` can bring more. */
  readonly hasOlder: boolean;
  /** Whether every feed is located and nothing shown has a gap. */
  readonly isComplete: boolean;
}

/** Reads the window for a page. Costs one pass over what is held. */
export function viewFeedWindow<S extends WindowSignal>(
  state: FeedWindowState<S>,
): FeedWindowView<S> {
  const { signals, endedBy } = merge(state);
  const feeds = FEEDS.flatMap((name) => {
    const feed = state.feeds.get(name);
    return feed === undefined ? [] : [proofOf(feed, signals)];
  });
  const isComplete = feeds.every(
    ({ status, isLoading, missingSeqs }) =>
      (status === "current" || status === "rotated") && !isLoading && missingSeqs.length === 0,
  );
  return { signals, feeds, hasOlder: endedBy !== null, isComplete };
}

/** The feed whose unloaded older signals end the list, or null if all is loaded. */
export function limitingFeed<S extends WindowSignal>(state: FeedWindowState<S>): Feed | null {
  return merge(state).endedBy;
}

interface Run<S> {
  readonly feed: FeedState<S>;
  readonly newestFirst: readonly S[];
  taken: number;
}

function merge<S extends WindowSignal>(
  state: FeedWindowState<S>,
): { signals: S[]; endedBy: Feed | null } {
  const runs = FEEDS.flatMap((name) => runOf(state.feeds.get(name)));
  const signals: S[] = [];
  for (;;) {
    const ended = runs.find((run) => isUsedUp(run) && bottomOf(run.feed) !== "reached");
    if (ended !== undefined) return { signals, endedBy: ended.feed.feed };
    const newest = newestRun(runs);
    const signal = newest?.newestFirst[newest.taken];
    if (newest === undefined || signal === undefined) return { signals, endedBy: null };
    newest.taken += 1;
    signals.push(signal);
  }
}

/** Takes part once something of the feed is known, so that one slow feed does not hide the others. */
function runOf<S extends WindowSignal>(feed: FeedState<S> | undefined): Run<S>[] {
  if (feed === undefined) return [];
  const newestFirst = [...feed.segments.values()]
    .flatMap(({ signals }) => [...signals.values()])
    .sort((a, b) => b.seq - a.seq);
  return newestFirst.length === 0 ? [] : [{ feed, newestFirst, taken: 0 }];
}

function isUsedUp<S>(run: Run<S>): boolean {
  return run.taken >= run.newestFirst.length;
}

function newestRun<S extends WindowSignal>(runs: readonly Run<S>[]): Run<S> | undefined {
  const timeOf = (run: Run<S>) => run.newestFirst[run.taken]?.stamps.committedAtMs ?? -Infinity;
  return runs
    .filter((run) => !isUsedUp(run))
    .reduce<Run<S> | undefined>(
      (best, run) => (best === undefined || timeOf(run) > timeOf(best) ? run : best),
      undefined,
    );
}

function proofOf<S extends WindowSignal>(feed: FeedState<S>, shown: readonly S[]): FeedProof {
  const seqs = new Set(shown.filter((signal) => signal.feed === feed.feed).map(({ seq }) => seq));
  return {
    feed: feed.feed,
    status: statusOf(feed),
    ...shownRange(feed, seqs),
    missingSeqs: missingSeqs(feed, seqs),
    liveSegments: [...feed.live].sort((a, b) => a - b),
    isLoading: isLoading(feed),
    hasFailed: hasFailed(feed),
  };
}

function statusOf<S>(feed: FeedState<S>): FeedProof["status"] {
  if (feed.keyState === "rotated") return "rotated";
  if (feed.nextSeq !== null) return "current";
  return feed.position === "failed" ? "failed" : "locating";
}

function shownRange<S>(
  feed: FeedState<S>,
  shown: ReadonlySet<number>,
): { fromSeq: number | null; toSeq: number | null } {
  if (shown.size === 0 || feed.nextSeq === null) return { fromSeq: null, toSeq: null };
  return { fromSeq: Math.min(...shown), toSeq: feed.nextSeq - 1 };
}

function missingSeqs<S>(feed: FeedState<S>, shown: ReadonlySet<number>): number[] {
  if (feed.nextSeq === null) return [];
  const held = [...feed.segments.values()].flatMap(({ signals }) => [...signals.keys()]);
  if (held.length === 0) return [];
  const lowest = shown.size > 0 ? Math.min(...shown) : Math.max(...held) + 1;
  const range = Array.from({ length: feed.nextSeq - lowest }, (_, index) => lowest + index);
  return range.filter((seq) => !shown.has(seq));
}

/** The next segment does not count: it is empty, and asked for again at every boundary. */
function isLoading<S>(feed: FeedState<S>): boolean {
  const { nextSeq } = feed;
  if (nextSeq === null) return true;
  const isAwaited = (segment: number) =>
    seqRange(segment).firstSeq <= nextSeq && !heldSegment(feed, segment).isAnswered;
  const isReading = [...feed.segments.values()].some(({ read }) => read === "inFlight");
  return isReading || [...feed.live].some(isAwaited);
}

function hasFailed<S>(feed: FeedState<S>): boolean {
  const reads = [...feed.segments.values()];
  return feed.position === "failed" || reads.some(({ read }) => read === "failed");
}
