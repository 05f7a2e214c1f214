/**
 * A stand-in for deployment, network and driver of a feed window: signals are
 * published and edited, keys rotate, the connection drops, and answers arrive in
 * any order except that one subscription's results keep theirs.
 */
import { openSegment, seqRange } from "../src/feed-segments.ts";
import { createFeedWindow, type FeedWindowEvent, reduceFeedWindow } from "../src/feed-window.ts";
import type { FeedWindowCommand } from "../src/feed-window-plan.ts";
import type { FeedWindowSettings, FeedWindowState } from "../src/feed-window-state.ts";
import type { Feed } from "../src/tiers.ts";

export interface WorldSignal {
  readonly feed: Feed;
  readonly seq: number;
  readonly revision: number;
  readonly stamps: { readonly committedAtMs: number };
}

interface Answer {
  readonly line: string; // answers of one line keep their order
  readonly event: FeedWindowEvent<WorldSignal>;
}

interface ServerFeed {
  readonly signals: Map<number, WorldSignal>;
  nextSeq: number;
  epoch: number;
}

export class FeedWorld {
  state: FeedWindowState<WorldSignal>;
  readonly commands: FeedWindowCommand[] = [];
  readonly #server = new Map<Feed, ServerFeed>();
  readonly #subscribed = new Map<string, FeedWindowCommand>();
  #answers: Answer[] = [];
  #isConnected = true;
  #nowMs = 1_000_000;

  constructor(settings: Partial<FeedWindowSettings> = {}) {
    this.state = createFeedWindow<WorldSignal>(settings);
  }

  /** Adds a feed with `history` imported and `live` published signals, and opens it in the window. */
  addFeed(feed: Feed, sizes: { history: number; live: number }): void {
    const server = { signals: new Map(), nextSeq: 1, epoch: 1 };
    this.#server.set(feed, server);
    for (let seq = 1 - sizes.history; seq <= 0; seq++) {
      server.signals.set(seq, this.#signal(feed, seq));
    }
    this.publish(feed, sizes.live);
    this.dispatch({ type: "keyReplaced", feed, feedKey: this.keyOf(feed) });
  }

  /** One mutation that appends `count` signals. */
  publish(feed: Feed, count: number): void {
    const server = this.#feed(feed);
    const before = server.nextSeq;
    for (; server.nextSeq < before + count; server.nextSeq++) {
      server.signals.set(server.nextSeq, this.#signal(feed, server.nextSeq));
    }
    this.#push(feed, before, server.nextSeq - 1);
  }

  /** One mutation that edits a signal, if there is one at that distance below the head. */
  edit(feed: Feed, distance: number): void {
    const server = this.#feed(feed);
    const signal = server.signals.get(server.nextSeq - 1 - distance);
    if (signal === undefined) return;
    server.signals.set(signal.seq, { ...signal, revision: signal.revision + 1 });
    this.#push(feed, signal.seq, signal.seq);
  }

  /** Ends the current key: its subscriptions answer `rotated`. */
  rotate(feed: Feed): void {
    this.#feed(feed).epoch += 1;
    for (const command of this.#subscribed.values()) {
      if (command.feed === feed) this.#answer(command);
    }
  }

  /** The application fetches the key that is valid now. */
  renewKey(feed: Feed): void {
    this.dispatch({ type: "keyReplaced", feed, feedKey: this.keyOf(feed) });
  }

  disconnect(): void {
    this.#isConnected = false;
    this.#answers = this.#answers.filter(({ event }) => event.type === "lull");
  }

  reconnect(): void {
    if (this.#isConnected) return;
    this.#isConnected = true;
    for (const command of this.#subscribed.values()) this.#answer(command);
    this.dispatch({ type: "reconnected" });
  }

  /** Lets one waiting answer arrive, or fail if it is a one-time read and `fails`. */
  deliver(pick: number, fails = false): void {
    const heads = this.#answers.filter(
      (answer, index) => this.#answers.findIndex(({ line }) => line === answer.line) === index,
    );
    const answer = heads[pick % Math.max(1, heads.length)];
    if (answer === undefined) return;
    this.#answers = this.#answers.filter((other) => other !== answer);
    const { event } = answer;
    if (fails && answer.line.startsWith("read") && "feedKey" in event && "segment" in event) {
      const { feed, feedKey, segment } = event;
      this.dispatch({ type: "readFailed", feed, feedKey, segment });
    } else {
      this.dispatch(event);
    }
  }

  /** Lets everything arrive but lulls, as if they were long. */
  deliverAnswers(): void {
    const isLull = ({ event }: Answer) => event.type === "lull";
    const lulls = this.#answers.filter(isLull);
    this.#answers = this.#answers.filter((answer) => !isLull(answer));
    for (; this.#answers.some((answer) => !isLull(answer)); ) this.deliver(0);
    this.#answers = [...lulls, ...this.#answers];
  }

  /** Starts over with a new connection and valid keys, and lets everything arrive. */
  comeToRest(): void {
    this.disconnect();
    this.reconnect();
    for (const feed of this.#server.keys()) this.renewKey(feed);
    this.deliverAll();
  }

  /** Lets everything arrive, and whatever that asks for. */
  deliverAll(): void {
    for (let left = 10_000; this.#answers.length > 0; left--) {
      if (left === 0) throw new Error("the window never comes to rest");
      this.deliver(0);
    }
  }

  dispatch(event: FeedWindowEvent<WorldSignal>): void {
    const step = reduceFeedWindow(this.state, event);
    this.state = step.state;
    for (const command of step.commands) this.#carryOut(command);
  }

  keyOf(feed: Feed): string {
    return `${feed} ${this.#feed(feed).epoch}`;
  }

  nextSeqOf(feed: Feed): number {
    return this.#feed(feed).nextSeq;
  }

  /** What the deployment holds of a segment now. */
  truth(feed: Feed, segment: number): WorldSignal[] {
    const { firstSeq, lastSeq } = seqRange(segment);
    const { signals } = this.#feed(feed);
    return [...signals.values()].filter(({ seq }) => seq >= firstSeq && seq <= lastSeq);
  }

  lowestSeqOf(feed: Feed): number {
    return Math.min(...this.#feed(feed).signals.keys());
  }

  /** The segments subscribed for a feed, as the network sees it. */
  subscribedTo(feed: Feed): number[] {
    const own = [...this.#subscribed.values()].filter((command) => command.feed === feed);
    return own
      .flatMap((command) => ("segment" in command ? [command.segment] : []))
      .sort((a, b) => a - b);
  }

  #carryOut(command: FeedWindowCommand): void {
    this.commands.push(command);
    const line = lineOf(command);
    if (command.type === "awaitLull") {
      this.#answers.push({ line, event: this.#eventFor(command) }); // a timer: connected or not
      return;
    }
    if (command.type === "unsubscribe") {
      if (!this.#subscribed.delete(line)) throw new Error(`not subscribed: ${line}`);
      this.#answers = this.#answers.filter((answer) => answer.line !== line);
      return;
    }
    if (command.type === "subscribe") {
      if (this.#subscribed.has(line)) throw new Error(`subscribed twice: ${line}`);
      this.#subscribed.set(line, command);
    }
    this.#answer(command);
  }

  #answer(command: FeedWindowCommand): void {
    if (!this.#isConnected) return;
    this.#answers.push({ line: lineOf(command), event: this.#eventFor(command) });
  }

  #eventFor(command: FeedWindowCommand): FeedWindowEvent<WorldSignal> {
    const { feed, feedKey } = command;
    if (command.type === "awaitLull") return { type: "lull", feed, feedKey };
    if (feedKey !== this.keyOf(feed)) return { type: "segmentRotated", feed, feedKey };
    if (command.type === "readPosition") {
      return { type: "positionRead", feed, feedKey, nextSeq: this.nextSeqOf(feed) };
    }
    const { segment } = command;
    return { type: "segmentResult", feed, feedKey, segment, signals: this.truth(feed, segment) };
  }

  #push(feed: Feed, fromSeq: number, toSeq: number): void {
    for (const command of this.#subscribed.values()) {
      if (!("segment" in command) || command.feed !== feed) continue;
      const { firstSeq, lastSeq } = seqRange(command.segment);
      if (firstSeq <= toSeq && lastSeq >= fromSeq) this.#answer(command);
    }
  }

  #signal(feed: Feed, seq: number): WorldSignal {
    this.#nowMs += 1;
    return { feed, seq, revision: 1, stamps: { committedAtMs: this.#nowMs } };
  }

  #feed(feed: Feed): ServerFeed {
    const server = this.#server.get(feed);
    if (server === undefined) throw new Error(`no feed ${feed}`);
    return server;
  }
}

function lineOf(command: FeedWindowCommand): string {
  const isOwn = command.type.startsWith("read") || command.type === "awaitLull";
  const kind = isOwn ? command.type : "live";
  return `${kind} ${command.feedKey} ${"segment" in command ? command.segment : ""}`;
}

/** The open segment of a feed. */
export function openIn(world: FeedWorld, feed: Feed): number {
  return openSegment(world.nextSeqOf(feed));
}
