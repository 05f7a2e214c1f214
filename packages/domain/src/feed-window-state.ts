/**
 * What a feed window knows: per feed its key, how far the feed goes, which
 * segments are held, which of them are live. Types and readings only; it is
 * changed by feed-window.ts and planned for by feed-window-plan.ts.
 *
 *   floor                         open   next
 *     |----|----|----|----|----|----|- - -|
 *      once   once  live  live  live  live
 *
 * Everything from the floor upwards is held or being fetched.
 */
import { openSegment, seqRange } from "./feed-segments.ts";
import type { Feed } from "./tiers.ts";

/** What the window needs of a signal. `FeedSignal` of the backend is one. */
export interface WindowSignal {
  readonly feed: Feed;
  readonly seq: number;
  readonly revision: number;
  readonly stamps: { readonly committedAtMs: number };
}

/** Bounds of a window; each is per feed. */
export interface FeedWindowSettings {
  /** Segments subscribed at a time, the open and the next one included. At least 2. */
  readonly liveSegments: number;
  /** Segments kept above the floor. A jump further than this starts afresh at the new head. */
  readonly heldSegments: number;
  /** One-time reads waiting for an answer at a time. */
  readonly readsInFlight: number;
}

export const FEED_WINDOW_DEFAULTS: FeedWindowSettings = {
  liveSegments: 6, // open, next and the newest 32 sealed seqs: more than a screen
  heldSegments: 250, // 2,000 signals: catches up after hours away, and bounds a tab open for weeks
  readsInFlight: 8,
};

/** One segment as far as it is known. `settled`: read when it was sealed, so no seq can be added. */
export interface HeldSegment<S> {
  readonly signals: ReadonlyMap<number, S>;
  readonly isAnswered: boolean;
  readonly isSettled: boolean;
  readonly read: "none" | "inFlight" | "failed";
}

/** Everything about one feed. `nextSeq` is null until the position was read. */
export interface FeedState<S> {
  readonly feed: Feed;
  readonly feedKey: string;
  readonly keyState: "valid" | "rotated";
  readonly position: "wanted" | "inFlight" | "failed" | "known";
  readonly nextSeq: number | null;
  readonly floor: number;
  readonly wantedFloor: number;
  readonly onScreen: VisibleSeqs | null;
  /** Whether the driver was asked for a lull, to subscribe the next segment in. */
  readonly lull: "none" | "awaited" | "reached";
  readonly live: ReadonlySet<number>;
  readonly segments: ReadonlyMap<number, HeldSegment<S>>;
}

/** The lowest and highest seq of a feed that are on the screen. */
export interface VisibleSeqs {
  readonly lowestSeq: number;
  readonly highestSeq: number;
}

/** The whole window. Immutable; plain enough to keep in any store. */
export interface FeedWindowState<S> {
  readonly settings: FeedWindowSettings;
  readonly feeds: ReadonlyMap<Feed, FeedState<S>>;
}

/** A feed of which only the key is known. */
export function unknownFeed<S>(feed: Feed, feedKey: string): FeedState<S> {
  return {
    feed,
    feedKey,
    keyState: "valid",
    position: "wanted",
    nextSeq: null,
    floor: 0,
    wantedFloor: 0,
    onScreen: null,
    lull: "none",
    live: new Set(),
    segments: new Map(),
  };
}

const UNKNOWN_SEGMENT: HeldSegment<never> = {
  signals: new Map<number, never>(),
  isAnswered: false,
  isSettled: false,
  read: "none",
};

/** The held segment, or one of which nothing is known. */
export function heldSegment<S>(feed: FeedState<S>, segment: number): HeldSegment<S> {
  return feed.segments.get(segment) ?? UNKNOWN_SEGMENT;
}

/** The feed with one of its segments changed. */
export function withSegment<S>(
  feed: FeedState<S>,
  segment: number,
  change: Partial<HeldSegment<S>>,
): FeedState<S> {
  const changed = { ...heldSegment(feed, segment), ...change };
  return { ...feed, segments: new Map(feed.segments).set(segment, changed) };
}

/**
 * Where the feed ends below, as far as the lowest held segment tells: seqs have
 * no holes, so a segment that lacks its first seq is the last one downwards.
 */
export function bottomOf<S>(feed: FeedState<S>): "reached" | "further" | "unknown" {
  if (feed.nextSeq === null) return "unknown";
  const lowest = heldSegment(feed, feed.floor);
  if (!lowest.isAnswered) return "unknown";
  return lowest.signals.has(seqRange(feed.floor).firstSeq) ? "further" : "reached";
}

/** The open segment, or null until the position is known. */
export function openOf<S>(feed: FeedState<S>): number | null {
  return feed.nextSeq === null ? null : openSegment(feed.nextSeq);
}
