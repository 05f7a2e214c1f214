/**
 * One viewer of the bench: drives `feedWindow` exactly as a page does, over any
 * client that can subscribe and read once, and reports each signal it learns of.
 */
import {
  createFeedWindow,
  type Feed,
  type FeedWindowCommand,
  type FeedWindowEvent,
  type FeedWindowState,
  parseFeedKey,
  reduceFeedWindow,
} from "@heliograph/domain";
import { monotonicMs, type Seen, signalOf } from "./messages.ts";

interface BenchSignal {
  readonly feed: Feed;
  readonly seq: number;
  readonly revision: number;
  readonly content: string;
  readonly stamps: { readonly committedAtMs: number };
}

type SegmentAnswer =
  | { readonly state: "rotated" }
  | { readonly state: "current"; readonly signals: readonly BenchSignal[] };
type PositionAnswer =
  | { readonly state: "rotated" }
  | { readonly state: "current"; readonly nextSeq: number };

export interface ViewerClient {
  /** Calls back with every value; returns the way to end it. */
  subscribe(
    path: "feed:segment" | "feed:position",
    args: Record<string, unknown>,
    onValue: (value: unknown) => void,
  ): () => void;
}

/** Follows the feeds of `keys` until the process ends. `onSeen` hears of each marked signal once. */
export function followFeeds(
  client: ViewerClient,
  keys: readonly string[],
  onSeen: (seen: Seen) => void,
): void {
  const seen = new Set<number>();
  const ends = new Map<string, () => void>();
  let state: FeedWindowState<BenchSignal> = createFeedWindow();

  const apply = (event: FeedWindowEvent<BenchSignal>) => {
    const step = reduceFeedWindow(state, event);
    state = step.state;
    for (const command of step.commands) carryOut(command);
  };
  const carryOut = (command: FeedWindowCommand) => {
    const { feed, feedKey } = command;
    if (command.type === "readPosition") {
      once(client, "feed:position", { feedKey }, (value) => {
        const answer = value as PositionAnswer;
        if (answer.state === "rotated") apply({ type: "segmentRotated", feed, feedKey });
        else apply({ type: "positionRead", feed, feedKey, nextSeq: answer.nextSeq });
      });
      return;
    }
    const { segment } = command;
    const name = `${feedKey}/${segment}`;
    const take = (value: unknown) => {
      const answer = value as SegmentAnswer;
      if (answer.state === "rotated") return apply({ type: "segmentRotated", feed, feedKey });
      const atMs = monotonicMs();
      for (const { content } of answer.signals) {
        const signal = signalOf(content);
        if (signal === undefined || seen.has(signal)) continue;
        seen.add(signal);
        onSeen({ signal, atMs });
      }
      apply({ type: "segmentResult", feed, feedKey, segment, signals: answer.signals });
    };
    if (command.type === "unsubscribe") {
      ends.get(name)?.();
      ends.delete(name);
    } else if (command.type === "subscribe") {
      ends.set(name, client.subscribe("feed:segment", { feedKey, segment }, take));
    } else once(client, "feed:segment", { feedKey, segment }, take);
  };

  for (const feedKey of keys) {
    const claims = parseFeedKey(feedKey);
    if (claims === null) throw new Error("the bench was given a malformed feed key");
    apply({ type: "keyReplaced", feed: claims.feed, feedKey });
  }
}

/** Reads one value and unsubscribes; the value may come before `subscribe` returns. */
function once(
  client: ViewerClient,
  path: "feed:segment" | "feed:position",
  args: Record<string, unknown>,
  onValue: (value: unknown) => void,
): void {
  let end: (() => void) | null = null;
  let done = false;
  end = client.subscribe(path, args, (value) => {
    if (done) return;
    done = true;
    end?.();
    onValue(value);
  });
  if (done) end();
}
