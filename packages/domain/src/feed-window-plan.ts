/**
 * Says what to subscribe to and read so that a feed has what its window wants.
 * Called after every event; asks for nothing twice.
 *
 * [WIN1] The open segment is always live; the next, still empty one from the first lull on, and at
 *        the latest half a segment before it is needed, so that a boundary costs no wait.
 * [WIN2] At most `liveSegments` are live: those two, those on screen, the newest sealed ones.
 * [WIN3] Any other segment above the floor is read once, and not again once it was read sealed.
 */

import { openSegment, SEGMENT_SIZE, segmentOf, seqRange } from "./feed-segments.ts";
import {
  bottomOf,
  type FeedState,
  type FeedWindowSettings,
  heldSegment,
  openOf,
  withSegment,
} from "./feed-window-state.ts";
import type { Feed } from "./tiers.ts";

/** Seqs of the open segment that can be given out before the next one is subscribed. */
const SEQS_WITHOUT_NEXT = SEGMENT_SIZE / 2; // as many are left, more than arrive before the answer

/** What the driver is to do. Answers come back as events with the same feed and key. */
export type FeedWindowCommand = { readonly feed: Feed; readonly feedKey: string } & (
  | { readonly type: "subscribe" | "unsubscribe" | "readOnce"; readonly segment: number }
  | { readonly type: "readPosition" }
  /** Answer `lull` after a while, each driver after another one: about half a second at most. */
  | { readonly type: "awaitLull" }
);

const SHORTEST_LULL_MS = 40; // by then the signal has reached everybody
const LONGEST_LULL_MS = 400;

/** How long a driver waits before it answers `lull`, given a number from 0 to below 1 drawn at random. */
export function drawLullMs(random: number): number {
  return SHORTEST_LULL_MS + random * (LONGEST_LULL_MS - SHORTEST_LULL_MS);
}

/** A feed and what to do about it. */
export interface Planned<S> {
  readonly feed: FeedState<S>;
  readonly commands: readonly FeedWindowCommand[];
}

/** Plans until nothing is missing that was not asked for. */
export function planFeed<S>(feed: FeedState<S>, settings: FeedWindowSettings): Planned<S> {
  if (feed.keyState === "rotated") return dropSubscriptions(feed);
  const located = planPosition(feed);
  const lowered = withLoweredFloor(located.feed);
  const subscribed = planLive(lowered, settings);
  const waiting = planLull(subscribed.feed);
  const read = planReads(waiting.feed, settings);
  return {
    feed: read.feed,
    commands: [located, subscribed, waiting, read].flatMap(({ commands }) => commands),
  };
}

/** The feed without its subscriptions, and the commands that end them. */
export function dropSubscriptions<S>(feed: FeedState<S>): Planned<S> {
  if (feed.live.size === 0) return { feed, commands: [] };
  const commands = [...feed.live].map((segment) => command(feed, "unsubscribe", segment));
  return { feed: { ...feed, live: new Set() }, commands };
}

/**
 * When a segment fills, everybody who watches the feed wants the next one, while the signal that
 * filled it is still on its way to some. So the window moves on a little later.
 */
function planLull<S>(feed: FeedState<S>): Planned<S> {
  const open = openOf(feed);
  if (open === null || feed.lull === "awaited") return { feed, commands: [] };
  if (feed.live.has(open + 1)) return { feed: { ...feed, lull: "none" }, commands: [] };
  const { feed: name, feedKey } = feed;
  return {
    feed: { ...feed, lull: "awaited" },
    commands: [{ type: "awaitLull", feed: name, feedKey }],
  };
}

function planPosition<S>(feed: FeedState<S>): Planned<S> {
  if (feed.position !== "wanted") return { feed, commands: [] };
  const { feed: name, feedKey } = feed;
  return {
    feed: { ...feed, position: "inFlight" },
    commands: [{ type: "readPosition", feed: name, feedKey }],
  };
}

/**
 * Live seqs exist down to 1, so segments from 0 up are asked for at once;
 * imported history below 0 only after the segment above it proved to go on.
 */
function withLoweredFloor<S>(feed: FeedState<S>): FeedState<S> {
  if (feed.nextSeq === null) return feed;
  let lowered = feed;
  while (lowered.floor > lowered.wantedFloor) {
    if (lowered.floor <= 0 && bottomOf(lowered) !== "further") break;
    lowered = { ...lowered, floor: lowered.floor - 1 };
  }
  return lowered;
}

function planLive<S>(feed: FeedState<S>, settings: FeedWindowSettings): Planned<S> {
  const wanted = wantedLive(feed, settings);
  const begin = [...wanted].filter((segment) => !feed.live.has(segment));
  const end = [...feed.live].filter((segment) => !wanted.has(segment));
  if (begin.length === 0 && end.length === 0) return { feed, commands: [] };
  const commands = [
    ...begin.map((segment) => command(feed, "subscribe", segment)),
    ...end.map((segment) => command(feed, "unsubscribe", segment)),
  ];
  return { feed: { ...feed, live: wanted }, commands };
}

/** A feed just opened does not wait: nobody else opens it at the same moment. */
function isNextWanted<S>(feed: FeedState<S>, open: number): boolean {
  const isOpening = !feed.live.has(open);
  return isOpening || feed.live.has(open + 1) || feed.lull === "reached" || isNextUrgent(feed);
}

function wantedLive<S>(feed: FeedState<S>, settings: FeedWindowSettings): Set<number> {
  const open = openOf(feed);
  if (open === null) return new Set();
  const wanted = new Set([open]);
  if (isNextWanted(feed, open)) wanted.add(open + 1);
  const addDownwards = (from: number, to: number) => {
    for (let segment = Math.min(from, open - 1); segment >= Math.max(to, feed.floor); segment--) {
      if (wanted.size >= settings.liveSegments) return;
      wanted.add(segment);
    }
  };
  if (feed.onScreen !== null) {
    addDownwards(segmentOf(feed.onScreen.highestSeq), segmentOf(feed.onScreen.lowestSeq));
  }
  addDownwards(open - 1, feed.floor);
  return wanted;
}

/** Whether so much of the open segment is given out that there is no waiting for a lull. */
export function isNextUrgent<S>(feed: FeedState<S>): boolean {
  if (feed.nextSeq === null) return false;
  return feed.nextSeq - seqRange(openSegment(feed.nextSeq)).firstSeq >= SEQS_WITHOUT_NEXT;
}

function planReads<S>(feed: FeedState<S>, settings: FeedWindowSettings): Planned<S> {
  const waiting = [...feed.segments.values()].filter(({ read }) => read === "inFlight").length;
  const segments = unreadSegments(feed).slice(0, Math.max(0, settings.readsInFlight - waiting));
  let planned = feed;
  for (const segment of segments) planned = withSegment(planned, segment, { read: "inFlight" });
  return { feed: planned, commands: segments.map((n) => command(feed, "readOnce", n)) };
}

/** Sealed, not live, and neither read since it was sealed nor being read; newest first. */
function unreadSegments<S>(feed: FeedState<S>): number[] {
  const open = openOf(feed);
  if (open === null) return [];
  const unread: number[] = [];
  for (let segment = open - 1; segment >= feed.floor; segment--) {
    const { isSettled, read } = heldSegment(feed, segment);
    if (!isSettled && read === "none" && !feed.live.has(segment)) unread.push(segment);
  }
  return unread;
}

function command<S>(
  feed: FeedState<S>,
  type: "subscribe" | "unsubscribe" | "readOnce",
  segment: number,
): FeedWindowCommand {
  return { type, feed: feed.feed, feedKey: feed.feedKey, segment };
}
