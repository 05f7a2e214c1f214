/**
 * A viewer without a page: drives `feedWindow` exactly as the site does, over any
 * client that can subscribe, and tells of each signal when it is first shown.
 */
import {
  createFeedWindow,
  drawLullMs,
  type Feed,
  type FeedWindowCommand,
  type FeedWindowEvent,
  type FeedWindowState,
  parseFeedKey,
  reduceFeedWindow,
  viewFeedWindow,
} from "@heliograph/domain";

export interface ViewedSignal {
  readonly feed: Feed;
  readonly seq: number;
  readonly revision: number;
  readonly content: string;
  readonly stamps: { readonly committedAtMs: number };
}

type Rotated = { readonly state: "rotated" };
type SegmentAnswer =
  | Rotated
  | { readonly state: "current"; readonly signals: readonly ViewedSignal[] };
type PositionAnswer = Rotated | { readonly state: "current"; readonly nextSeq: number };
type Path = "feed:segment" | "feed:position";

export interface ViewerClient {
  /** Calls back with every value; returns the way to end it. */
  subscribe(
    path: Path,
    args: Record<string, unknown>,
    onValue: (value: unknown) => void,
  ): () => void;
}

export class Viewer {
  readonly #client: ViewerClient;
  readonly #onSignal: (signal: ViewedSignal) => void;
  readonly #seen = new Set<string>();
  readonly #ends = new Map<string, () => void>();
  #state: FeedWindowState<ViewedSignal> = createFeedWindow();

  /** `onSignal` hears of each signal once, at its first revision that arrives. */
  constructor(
    client: ViewerClient,
    keys: readonly string[],
    onSignal: (signal: ViewedSignal) => void,
  ) {
    this.#client = client;
    this.#onSignal = onSignal;
    for (const feedKey of keys) {
      const claims = parseFeedKey(feedKey);
      if (claims === null) throw new Error("a viewer was given a malformed feed key");
      this.#apply({ type: "keyReplaced", feed: claims.feed, feedKey });
    }
  }

  /** What a page would show now, and whether it is complete. */
  view() {
    return viewFeedWindow(this.#state);
  }

  #apply(event: FeedWindowEvent<ViewedSignal>): void {
    const step = reduceFeedWindow(this.#state, event);
    this.#state = step.state;
    for (const command of step.commands) this.#carryOut(command);
  }

  #carryOut(command: FeedWindowCommand): void {
    switch (command.type) {
      case "readPosition":
        this.#once("feed:position", { feedKey: command.feedKey }, (value) =>
          this.#tookPosition(command, value as PositionAnswer),
        );
        break;
      case "readOnce":
        this.#once("feed:segment", argsOf(command), (value) =>
          this.#tookSegment(command, value as SegmentAnswer),
        );
        break;
      case "subscribe": {
        const take = (value: unknown) => this.#tookSegment(command, value as SegmentAnswer);
        this.#ends.set(
          nameOf(command),
          this.#client.subscribe("feed:segment", argsOf(command), take),
        );
        break;
      }
      case "awaitLull": {
        const { feed, feedKey } = command;
        const move = () => this.#apply({ type: "lull", feed, feedKey });
        setTimeout(move, drawLullMs(Math.random())).unref();
        break;
      }
      case "unsubscribe":
        this.#ends.get(nameOf(command))?.();
        this.#ends.delete(nameOf(command));
        break;
      default:
        command satisfies never;
    }
  }

  #tookPosition({ feed, feedKey }: FeedWindowCommand, answer: PositionAnswer): void {
    if (answer.state === "rotated") this.#apply({ type: "segmentRotated", feed, feedKey });
    else this.#apply({ type: "positionRead", feed, feedKey, nextSeq: answer.nextSeq });
  }

  #tookSegment({ feed, feedKey, segment }: SegmentCommand, answer: SegmentAnswer): void {
    if (answer.state === "rotated") {
      this.#apply({ type: "segmentRotated", feed, feedKey });
      return;
    }
    for (const signal of answer.signals) {
      const name = `${signal.feed}#${signal.seq}`;
      if (this.#seen.has(name)) continue;
      this.#seen.add(name);
      this.#onSignal(signal);
    }
    this.#apply({ type: "segmentResult", feed, feedKey, segment, signals: answer.signals });
  }

  /** Reads one value and unsubscribes; the value may come before `subscribe` has returned. */
  #once(path: Path, args: Record<string, unknown>, onValue: (value: unknown) => void): void {
    let end: (() => void) | null = null;
    let isDone = false;
    end = this.#client.subscribe(path, args, (value) => {
      if (isDone) return;
      isDone = true;
      end?.();
      onValue(value);
    });
    if (isDone) end();
  }
}

type SegmentCommand = Extract<FeedWindowCommand, { segment: number }>;

function argsOf({ feedKey, segment }: SegmentCommand) {
  return { feedKey, segment };
}

function nameOf({ feedKey, segment }: SegmentCommand): string {
  return `${feedKey}/${segment}`;
}
