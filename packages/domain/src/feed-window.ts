/**
 * The feed window: what a viewer of up to three feeds subscribes to, reads and
 * shows, so that every signal arrives in one small push and none is ever missed.
 * Used by the web app and by the bench; knows no client and no React.
 *
 * `reduceFeedWindow(state, event)` gives the next state and commands; whoever
 * drives it carries them out and feeds the answers back as events. The reading
 * for a page is in feed-window-view.ts, the choice of segments in feed-window-plan.ts.
 *
 *   keyReplaced -> readPosition -> positionRead -> subscribe n, n+1, n-1, ... n-4
 *   segmentResult in n+1 -> awaitLull -> lull -> subscribe n+2, unsubscribe n-4
 *
 * [WIN4] Whatever the order of answers, once all commands are answered nothing is missing.
 * [WIN5] A signal never goes back to an older revision, and never disappears.
 * [WIN6] A rotated key leaves what is shown; the same segments load under the new key.
 * [WIN7] If a result fills its segment at one go, the position is read again: there may be more.
 * [WIN8] A jump beyond `heldSegments` starts afresh at the new head instead of filling up.
 */
import { isSealed, openSegment, segmentOf, seqRange } from "./feed-segments.ts";
import {
  dropSubscriptions,
  type FeedWindowCommand,
  isNextUrgent,
  planFeed,
} from "./feed-window-plan.ts";
import {
  bottomOf,
  FEED_WINDOW_DEFAULTS,
  type FeedState,
  type FeedWindowSettings,
  type FeedWindowState,
  type HeldSegment,
  heldSegment,
  openOf,
  unknownFeed,
  type VisibleSeqs,
  type WindowSignal,
  withSegment,
} from "./feed-window-state.ts";
import { limitingFeed } from "./feed-window-view.ts";
import type { Feed } from "./tiers.ts";

/** What can happen to a window. Answers name the key they were asked under; those of an old key are ignored. */
export type FeedWindowEvent<S> =
  /** A feed's first key, or its next one. */
  | { readonly type: "keyReplaced"; readonly feed: Feed; readonly feedKey: string }
  /** The viewer may read the feed no longer: its signals go. */
  | { readonly type: "keyRemoved"; readonly feed: Feed }
  | ({ readonly type: "positionRead"; readonly nextSeq: number } & Asked)
  /** A subscription's result or the answer to a one-time read. */
  | ({
      readonly type: "segmentResult";
      readonly segment: number;
      readonly signals: readonly S[];
    } & Asked)
  /** The answer to `awaitLull`. */
  | ({ readonly type: "lull" } & Asked)
  /** Any answer `{state: "rotated"}`. Nothing more is asked until `keyReplaced`. */
  | ({ readonly type: "segmentRotated" } & Asked)
  /** A one-time read failed; `segment` null means the position. Tried again on the next of the three below. */
  | ({ readonly type: "readFailed"; readonly segment: number | null } & Asked)
  /** The connection is back. Subscriptions are the client's to renew; one-time reads are asked again. */
  | { readonly type: "reconnected" }
  /** What is on the screen, per feed; a feed left out has nothing on it. */
  | { readonly type: "visibleRange"; readonly ranges: { readonly [F in Feed]?: VisibleSeqs } }
  /** The end of the list came near: hold one more segment of the feed that ends it. */
  | { readonly type: "loadOlder" };

interface Asked {
  readonly feed: Feed;
  readonly feedKey: string;
}

/** The next state, and what to do outside. The same state object means nothing changed. */
export interface FeedWindowStep<S> {
  readonly state: FeedWindowState<S>;
  readonly commands: readonly FeedWindowCommand[];
}

/** A window without feeds. Give it a `keyReplaced` per feed. */
export function createFeedWindow<S extends WindowSignal>(
  settings: Partial<FeedWindowSettings> = {},
): FeedWindowState<S> {
  const merged = { ...FEED_WINDOW_DEFAULTS, ...settings };
  const liveSegments = Math.max(2, merged.liveSegments); // the open and the next one
  const heldSegments = Math.max(liveSegments, merged.heldSegments);
  return { settings: { ...merged, liveSegments, heldSegments }, feeds: new Map() };
}

/** Takes one event in. Pure. */
export function reduceFeedWindow<S extends WindowSignal>(
  state: FeedWindowState<S>,
  event: FeedWindowEvent<S>,
): FeedWindowStep<S> {
  switch (event.type) {
    case "keyReplaced":
      return replaceKey(state, event.feed, event.feedKey);
    case "keyRemoved":
      return removeFeed(state, event.feed);
    case "positionRead":
      return change(state, event, (feed) => locate(feed, event.nextSeq, state.settings));
    case "segmentResult":
      return change(
        state,
        event,
        (feed) => takeResult(feed, event, state.settings),
        (before, after) => isPlanned(before, after, event.segment),
      );
    case "lull":
      return change(state, event, (feed) => ({ ...feed, lull: "reached" }));
    case "segmentRotated":
      return change(state, event, (feed) => ({ ...withoutReads(feed), keyState: "rotated" }));
    case "readFailed":
      return change(state, event, (feed) => failRead(feed, event.segment));
    case "reconnected":
      return changeAll(state, withoutReads);
    case "visibleRange":
      return changeAll(state, (feed) => ({
        ...withoutFailures(feed),
        onScreen: event.ranges[feed.feed] ?? null,
      }));
    case "loadOlder":
      return loadOlder(state);
    default:
      return event satisfies never;
  }
}

function replaceKey<S>(state: FeedWindowState<S>, name: Feed, feedKey: string): FeedWindowStep<S> {
  const known = state.feeds.get(name);
  if (known?.feedKey === feedKey) return { state, commands: [] };
  if (known === undefined) return settle(state, [unknownFeed<S>(name, feedKey)]);
  const { feed, commands } = dropSubscriptions(withoutReads(known));
  const next = settle(state, [{ ...feed, feedKey, keyState: "valid", lull: "none" }]);
  return { state: next.state, commands: [...commands, ...next.commands] };
}

function removeFeed<S>(state: FeedWindowState<S>, name: Feed): FeedWindowStep<S> {
  const feed = state.feeds.get(name);
  if (feed === undefined) return { state, commands: [] };
  const feeds = new Map(state.feeds);
  feeds.delete(name);
  return { state: { ...state, feeds }, commands: dropSubscriptions(feed).commands };
}

function change<S>(
  state: FeedWindowState<S>,
  asked: Asked,
  act: (feed: FeedState<S>) => FeedState<S>,
  hasItsPlan: (before: FeedState<S>, after: FeedState<S>) => boolean = () => false,
): FeedWindowStep<S> {
  const feed = state.feeds.get(asked.feed);
  if (feed === undefined || feed.feedKey !== asked.feedKey) return { state, commands: [] };
  const changed = act(feed);
  if (!hasItsPlan(feed, changed)) return settle(state, [changed]);
  return { state: { ...state, feeds: new Map(state.feeds).set(feed.feed, changed) }, commands: [] };
}

/**
 * Whether a result left everything as it was that plans are made of. Most do, and every viewer
 * takes them in at the same moment: a new signal changes nothing but its own, open segment.
 */
function isPlanned<S>(before: FeedState<S>, after: FeedState<S>, segment: number): boolean {
  const was = heldSegment(before, segment);
  const is = heldSegment(after, segment);
  return (
    segment !== after.floor && // where the feed may turn out to go on below
    was.isAnswered === is.isAnswered &&
    was.isSettled === is.isSettled &&
    was.read === is.read &&
    before.position === after.position &&
    before.floor === after.floor &&
    before.wantedFloor === after.wantedFloor &&
    openOf(before) === openOf(after) &&
    isNextUrgent(before) === isNextUrgent(after)
  );
}

function changeAll<S>(
  state: FeedWindowState<S>,
  act: (feed: FeedState<S>) => FeedState<S>,
): FeedWindowStep<S> {
  return settle(state, [...state.feeds.values()].map(act));
}

/** Puts the changed feeds in and plans what each now needs. */
function settle<S>(state: FeedWindowState<S>, changed: readonly FeedState<S>[]): FeedWindowStep<S> {
  const feeds = new Map(state.feeds);
  const commands: FeedWindowCommand[] = [];
  for (const feed of changed) {
    const planned = planFeed(feed, state.settings);
    feeds.set(feed.feed, planned.feed);
    commands.push(...planned.commands);
  }
  return { state: { ...state, feeds }, commands };
}

function locate<S>(
  feed: FeedState<S>,
  nextSeq: number,
  settings: FeedWindowSettings,
): FeedState<S> {
  return advance({ ...feed, position: "known" }, nextSeq, settings);
}

/** Moves the head up to `nextSeq`, never down, and the floor after it as far as the bounds ask. */
function advance<S>(
  feed: FeedState<S>,
  nextSeq: number,
  settings: FeedWindowSettings,
): FeedState<S> {
  const before = openOf(feed);
  const open = openSegment(nextSeq);
  const freshFloor = open - Math.max(1, settings.liveSegments - 2); // one sealed at least: open may be empty
  if (before === null) return { ...feed, nextSeq, floor: open, wantedFloor: freshFloor };
  if (nextSeq <= (feed.nextSeq ?? nextSeq)) return feed;
  const moved = { ...feed, nextSeq };
  if (open - before > settings.heldSegments) {
    return raiseFloor({ ...moved, onScreen: null, wantedFloor: freshFloor }, open);
  }
  const lowestOnScreen = feed.onScreen === null ? open : segmentOf(feed.onScreen.lowestSeq);
  const keptFrom = Math.min(open - settings.heldSegments, lowestOnScreen);
  const floor = Math.max(feed.floor, keptFrom);
  return raiseFloor({ ...moved, wantedFloor: Math.max(feed.wantedFloor, keptFrom) }, floor);
}

/** Puts the floor there and drops what lies below it. */
function raiseFloor<S>(feed: FeedState<S>, floor: number): FeedState<S> {
  if (floor === feed.floor) return feed;
  const kept = [...feed.segments].filter(([segment]) => segment >= floor);
  return { ...feed, floor, segments: new Map(kept) };
}

function takeResult<S extends WindowSignal>(
  feed: FeedState<S>,
  result: { readonly segment: number; readonly signals: readonly S[] },
  settings: FeedWindowSettings,
): FeedState<S> {
  const open = openOf(feed);
  const { segment } = result;
  if (open === null || feed.nextSeq === null || segment < feed.floor) return feed;
  const held = heldSegment(feed, segment);
  const signals = newestRevisions(held, result);
  const isReadSealed = held.read === "inFlight" && isSealed(segment, feed.nextSeq);
  const isSettled = held.isSettled || isReadSealed || signals.has(seqRange(segment).lastSeq);
  const taken = withSegment(feed, segment, { signals, isAnswered: true, isSettled, read: "none" });
  const advanced = advance(taken, Math.max(feed.nextSeq, ...nextSeqs(result.signals)), settings);
  return hasOutrun(feed.nextSeq, segment, advanced)
    ? { ...advanced, position: "wanted" }
    : advanced;
}

/** Whether a result filled its segment with several new signals at once: then there may be far more above. */
function hasOutrun<S>(nextSeqBefore: number, segment: number, feed: FeedState<S>): boolean {
  const nextSeq = feed.nextSeq ?? nextSeqBefore;
  const isFilled = nextSeq > nextSeqBefore + 1 && isSealed(segment, nextSeq);
  return isFilled && feed.position === "known";
}

/** The segment's signals, each in its newest revision; at a tie the incoming one, whose links are fresher. */
function newestRevisions<S extends WindowSignal>(
  held: HeldSegment<S>,
  result: { readonly segment: number; readonly signals: readonly S[] },
): ReadonlyMap<number, S> {
  const signals = new Map(held.signals);
  for (const signal of result.signals) {
    const known = signals.get(signal.seq);
    const isOlder = known !== undefined && known.revision > signal.revision;
    if (segmentOf(signal.seq) === result.segment && !isOlder) signals.set(signal.seq, signal);
  }
  return signals;
}

function nextSeqs<S extends WindowSignal>(signals: readonly S[]): number[] {
  return signals.map(({ seq }) => seq + 1);
}

function failRead<S>(feed: FeedState<S>, segment: number | null): FeedState<S> {
  if (segment === null) {
    return feed.position === "inFlight" ? { ...feed, position: "failed" } : feed;
  }
  const isWaiting = heldSegment(feed, segment).read === "inFlight";
  return isWaiting ? withSegment(feed, segment, { read: "failed" }) : feed;
}

/** The feed with every unanswered or failed one-time read to be asked again. */
function withoutReads<S>(feed: FeedState<S>): FeedState<S> {
  return forgetReads(feed, ["inFlight", "failed"]);
}

function withoutFailures<S>(feed: FeedState<S>): FeedState<S> {
  return forgetReads(feed, ["failed"]);
}

function forgetReads<S>(
  feed: FeedState<S>,
  states: readonly ("inFlight" | "failed")[],
): FeedState<S> {
  const isForgotten = (state: string) => states.some((known) => known === state);
  const position = isForgotten(feed.position) ? "wanted" : feed.position;
  const segments = [...feed.segments].map(([segment, held]): [number, HeldSegment<S>] => [
    segment,
    isForgotten(held.read) ? { ...held, read: "none" } : held,
  ]);
  return { ...feed, position, segments: new Map(segments) };
}

function loadOlder<S extends WindowSignal>(state: FeedWindowState<S>): FeedWindowStep<S> {
  const ending = limitingFeed(state);
  return changeAll(state, (feed) => {
    const retried = withoutFailures(feed);
    const goesOn = feed.feed === ending && bottomOf(feed) === "further";
    return goesOn ? { ...retried, wantedFloor: feed.floor - 1 } : retried;
  });
}
