/** Feeds for the stand-in deployment: posting, editing, deleting, rotating keys. */
import { type Feed, SEGMENT_SIZE } from "@heliograph/domain";

export type FakeSignal = {
  signalId: string;
  feed: Feed;
  seq: number;
  state: "live" | "deleted";
  revision: number;
  kind: "entry" | "update" | "close" | "other";
  source: { name: string };
  author: { name: string; avatarUrl?: string } | null;
  content: string;
  embeds: Array<Record<string, unknown>>;
  attachments: Array<Record<string, unknown>>;
  replyTo: { feed: Feed; seq: number } | null;
  postedAtMs: number;
  editedAtMs: number | null;
  deletedAtMs: number | null;
  stamps: { sourceAtMs: number; receivedAtMs: number; committedAtMs: number };
};

/** A key that looks right; the stand-in checks only that its epoch is the present one. */
export function fakeKey(feed: Feed, epoch = 1): string {
  return `v1.${feed}.0.${epoch}.${"A".repeat(43)}`;
}

export class FakeFeeds {
  readonly #signals = new Map<Feed, FakeSignal[]>([
    ["basic", []],
    ["advanced", []],
    ["pro", []],
  ]);
  #epoch = 1;

  /** The answer of feed:position. */
  readonly position = ({ feedKey }: Record<string, unknown>) => {
    const feed = this.#feedOf(feedKey);
    if (feed === null) return { state: "rotated" };
    return { state: "current", feed, nextSeq: this.of(feed).length + 1 };
  };

  /** The answer of feed:segment. */
  readonly segment = ({ feedKey, segment }: Record<string, unknown>) => {
    const feed = this.#feedOf(feedKey);
    if (feed === null) return { state: "rotated" };
    const signals = this.of(feed).filter(({ seq }) => Math.floor(seq / SEGMENT_SIZE) === segment);
    return { state: "current", feed, segment, signals };
  };

  /** A feed's signals, oldest first; seq 1 is the first. */
  of(feed: Feed): FakeSignal[] {
    const signals = this.#signals.get(feed);
    if (signals === undefined) throw new Error(`no feed ${feed}`);
    return signals;
  }

  /** Adds a signal with the next seq. */
  post(
    feed: Feed,
    given: Partial<FakeSignal> & { agoMs?: number; serverSkewMs?: number },
  ): FakeSignal {
    const { agoMs = 0, serverSkewMs = 0, ...fields } = given;
    const atMs = Date.now() + serverSkewMs - agoMs;
    const seq = this.of(feed).length + 1;
    const signal: FakeSignal = {
      ...blankSignal(feed, seq, atMs),
      ...fields,
    };
    this.of(feed).push(signal);
    return signal;
  }

  edit(signal: FakeSignal, content: string, atMs = Date.now()): void {
    Object.assign(signal, { content, editedAtMs: atMs, revision: signal.revision + 1 });
  }

  remove(signal: FakeSignal, atMs = Date.now()): void {
    const gone = { state: "deleted", content: "", embeds: [], attachments: [], author: null };
    Object.assign(signal, gone, { deletedAtMs: atMs, revision: signal.revision + 1 });
  }

  /** Makes keys of the epochs before stale. */
  rotate(): void {
    this.#epoch += 1;
  }

  #feedOf(feedKey: unknown): Feed | null {
    const [, feed, , epoch] = String(feedKey).split(".");
    const known = [...this.#signals.keys()].find((name) => name === feed);
    return known !== undefined && Number(epoch) === this.#epoch ? known : null;
  }
}

function blankSignal(feed: Feed, seq: number, atMs: number): FakeSignal {
  return {
    signalId: `${feed}-signal-${seq}`,
    feed,
    seq,
    state: "live",
    revision: 1,
    kind: "other",
    source: { name: "Desk" },
    author: { name: "Ada" },
    content: "",
    embeds: [],
    attachments: [],
    replyTo: null,
    postedAtMs: atMs,
    editedAtMs: null,
    deletedAtMs: null,
    stamps: { sourceAtMs: atMs - 30, receivedAtMs: atMs, committedAtMs: atMs + 2 },
  };
}
