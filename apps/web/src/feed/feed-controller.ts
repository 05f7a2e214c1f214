/**
 * Drives the domain's feed window: carries out its commands through a port, feeds the answers
 * back, and tells the page what to show.
 *
 * Owns what this page has seen: which signals were shown live (a deletion of one of them stays
 * visible), which arrived while the page was open, and how long each of those took. What to
 * subscribe to, what is missing and in which order signals stand is the window's business.
 */
import {
  createFeedWindow,
  drawLullMs,
  type Feed,
  type FeedWindowCommand,
  type FeedWindowEvent,
  type FeedWindowState,
  type FeedWindowView,
  reduceFeedWindow,
  type VisibleSeqs,
  viewFeedWindow,
} from "@heliograph/domain";
import type { SightRecorder } from "@heliograph/live-client";
import type { FeedSignal } from "../backend.ts";
import type { FeedPort } from "./feed-port.ts";

export type FeedSnapshot = {
  view: FeedWindowView<FeedSignal>;
  /** Arrived while the page was open, oldest first. */
  arrivals: readonly FeedSignal[];
  /** Milliseconds from received to painted, of arrivals that were measured. */
  delaysMs: ReadonlyMap<string, number>;
  /** Shown while they were live, by signal id. */
  seenLive: ReadonlySet<string>;
  /** The backend's last refusal of a subscription, until an answer comes. */
  error: string | null;
};

type Seen = Omit<FeedSnapshot, "view">;

const ARRIVALS_KEPT = 500; // for the count of new ones and the announcements; weeks of one tab

export class FeedController {
  readonly #port: FeedPort;
  readonly #sight: Pick<SightRecorder, "appeared">;
  readonly #listeners = new Set<() => void>();
  readonly #watches = new Map<string, () => void>();
  readonly #lulls = new Set<ReturnType<typeof setTimeout>>();
  /** The next seq when the feed was first located: what is at or above it arrived later. */
  readonly #openedAtSeq = new Map<Feed, number>();
  readonly #known = new Set<string>();
  #window: FeedWindowState<FeedSignal> = createFeedWindow<FeedSignal>();
  #view = viewFeedWindow(this.#window);
  #seen: Seen = { arrivals: [], delaysMs: new Map(), seenLive: new Set(), error: null };
  #snapshot: FeedSnapshot = { ...this.#seen, view: this.#view };

  constructor(port: FeedPort, sight: Pick<SightRecorder, "appeared">) {
    this.#port = port;
    this.#sight = sight;
  }

  /** The same object until something changed. */
  readonly snapshot = (): FeedSnapshot => this.#snapshot;

  /** Calls back after each change; returns the way to stop. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** The keys the viewer holds now. Feeds without one disappear; the rest keep what they show. */
  holdKeys(keys: ReadonlyMap<Feed, string>): void {
    for (const [feed, feedKey] of keys) this.#dispatch({ type: "keyReplaced", feed, feedKey });
    for (const feed of this.#window.feeds.keys()) {
      if (!keys.has(feed)) this.#dispatch({ type: "keyRemoved", feed });
    }
  }

  /** The connection is back, or a person asks to try again. */
  reconnected(): void {
    this.#dispatch({ type: "reconnected" });
  }

  /** What is on the screen now. */
  showRanges(ranges: { readonly [F in Feed]?: VisibleSeqs }): void {
    this.#dispatch({ type: "visibleRange", ranges });
  }

  /** The reader comes near the end of the list. */
  loadOlder(): void {
    this.#dispatch({ type: "loadOlder" });
  }

  /** Ends all subscriptions. */
  close(): void {
    for (const stop of this.#watches.values()) stop();
    this.#watches.clear();
    for (const timer of this.#lulls) clearTimeout(timer);
    this.#lulls.clear();
    this.#listeners.clear();
  }

  #dispatch(event: FeedWindowEvent<FeedSignal>): void {
    const step = reduceFeedWindow(this.#window, event);
    if (step.state === this.#window && step.commands.length === 0) return;
    this.#window = step.state;
    this.#view = viewFeedWindow(step.state);
    for (const command of step.commands) this.#carryOut(command);
    this.#publish({});
  }

  #publish(change: Partial<Seen>): void {
    this.#seen = { ...this.#seen, ...change };
    this.#snapshot = { ...this.#seen, view: this.#view };
    for (const listener of this.#listeners) listener();
  }

  #carryOut(command: FeedWindowCommand): void {
    switch (command.type) {
      case "readPosition":
        void this.#readPosition(command);
        break;
      case "readOnce":
        void this.#readSegment(command);
        break;
      case "subscribe":
        this.#watchSegment(command);
        break;
      case "awaitLull":
        this.#awaitLull(command);
        break;
      case "unsubscribe":
        this.#stopWatching(command);
        break;
      default:
        command satisfies never;
    }
  }

  #awaitLull({ feed, feedKey }: Asked): void {
    const timer = setTimeout(() => {
      this.#lulls.delete(timer);
      this.#dispatch({ type: "lull", feed, feedKey });
    }, drawLullMs(Math.random()));
    this.#lulls.add(timer);
  }

  async #readPosition({ feed, feedKey }: Asked): Promise<void> {
    const answer = await this.#port.readPosition(feedKey).catch(() => null);
    if (answer === null) {
      this.#dispatch({ type: "readFailed", feed, feedKey, segment: null });
    } else if (answer.state === "rotated") {
      this.#dispatch({ type: "segmentRotated", feed, feedKey });
    } else {
      if (!this.#openedAtSeq.has(feed)) this.#openedAtSeq.set(feed, answer.nextSeq);
      this.#dispatch({ type: "positionRead", feed, feedKey, nextSeq: answer.nextSeq });
    }
  }

  async #readSegment(asked: Asked & { segment: number }): Promise<void> {
    const { feedKey, segment } = asked;
    const answer = await this.#port.readSegment(feedKey, segment).catch(() => null);
    if (answer === null) this.#dispatch({ type: "readFailed", ...askedOf(asked), segment });
    else this.#takeSegment(asked, answer);
  }

  #watchSegment(asked: Asked & { segment: number }): void {
    const stop = this.#port.watchSegment(
      asked.feedKey,
      asked.segment,
      // Not at once: a known answer would come back before this command has been carried out.
      (answer) => queueMicrotask(() => this.#takeSegment(asked, answer)),
      (error) => this.#publish({ error: error instanceof Error ? error.message : String(error) }),
    );
    this.#watches.set(watchKey(asked), stop);
  }

  #stopWatching(asked: Asked & { segment: number }): void {
    this.#watches.get(watchKey(asked))?.();
    this.#watches.delete(watchKey(asked));
  }

  #takeSegment(
    asked: Asked & { segment: number },
    answer: { state: "rotated" } | { state: "current"; signals: readonly FeedSignal[] },
  ): void {
    if (answer.state === "rotated") {
      this.#dispatch({ type: "segmentRotated", ...askedOf(asked) });
      return;
    }
    const { signals } = answer;
    this.#note(asked.feed, signals);
    this.#dispatch({ type: "segmentResult", ...askedOf(asked), segment: asked.segment, signals });
  }

  /** Takes down what is new among signals about to be shown. */
  #note(feed: Feed, signals: readonly FeedSignal[]): void {
    const fresh = signals.filter(({ signalId }) => !this.#known.has(signalId));
    for (const { signalId } of fresh) this.#known.add(signalId);
    const live = signals.filter(({ state }) => state === "live");
    const openedAt = this.#openedAtSeq.get(feed) ?? Number.POSITIVE_INFINITY;
    const arrived = fresh.filter(({ seq, state }) => seq >= openedAt && state === "live");
    for (const signal of arrived) {
      this.#sight.appeared(signal.stamps, (delayMs) => this.#noteDelay(signal.signalId, delayMs));
    }
    const { arrivals, seenLive } = this.#seen;
    this.#seen = {
      ...this.#seen,
      error: null,
      ...(arrived.length > 0 && { arrivals: [...arrivals, ...arrived].slice(-ARRIVALS_KEPT) }),
      ...(live.some(({ signalId }) => !seenLive.has(signalId)) && {
        seenLive: new Set([...seenLive, ...live.map(({ signalId }) => signalId)]),
      }),
    };
  }

  #noteDelay(signalId: string, delayMs: number): void {
    this.#publish({ delaysMs: new Map(this.#seen.delaysMs).set(signalId, delayMs) });
  }
}

type Asked = { feed: Feed; feedKey: string };

function askedOf({ feed, feedKey }: Asked): Asked {
  return { feed, feedKey };
}

function watchKey({ feedKey, segment }: Asked & { segment: number }): string {
  return `${feedKey} ${segment}`;
}
