/**
 * One gateway session: what a bot was told, in numbers, so that it can be told
 * again after its connection broke.
 *
 *   identify -> live --(socket breaks)--> waiting --(resume)--> live
 *                |                           |
 *                +--(closed with 1000/1001, invalidated, waited too long)--> gone
 *
 * Owns the sequence and the replay buffer; knows no socket beyond `send`.
 */
import type { Dispatch } from "./audience.ts";
import { ThreadSync } from "./thread-sync.ts";

export type Send = (text: string) => void;

export type SessionFacts = {
  id: string;
  token: string;
  userId: string;
  intents: number;
  shard: readonly [id: number, count: number];
};

type Told = { s: number; text: string };

/** More than this missed, and the session cannot be resumed. */
const MAX_BUFFERED = 5_000;

export class Session {
  readonly facts: SessionFacts;
  readonly threads = new ThreadSync();
  #seq = 0;
  #told: Told[] = [];
  #send: Send | null;
  #idleSinceMs = 0;

  constructor(facts: SessionFacts, send: Send) {
    this.facts = facts;
    this.#send = send;
  }

  get seq(): number {
    return this.#seq;
  }

  get connected(): boolean {
    return this.#send !== null;
  }

  /** Numbers the event, keeps it, and sends it when someone listens. */
  dispatch({ t, d }: Dispatch): void {
    this.#seq += 1;
    const text = JSON.stringify({ op: 0, s: this.#seq, t, d });
    this.#told.push({ s: this.#seq, text });
    if (this.#told.length > MAX_BUFFERED) this.#told.splice(0, this.#told.length - MAX_BUFFERED);
    this.#send?.(text);
  }

  /** What the client has seen need not be kept. */
  acknowledge(seq: number): void {
    const kept = this.#told.findIndex(({ s }) => s > seq);
    this.#told = kept === -1 ? [] : this.#told.slice(kept);
  }

  disconnect(nowMs: number): void {
    this.#send = null;
    this.#idleSinceMs = nowMs;
  }

  /** How long nobody has listened; zero while someone does. */
  idleMs(nowMs: number): number {
    return this.connected ? 0 : nowMs - this.#idleSinceMs;
  }

  /** Replays all after `seq`; false when that is no longer possible. */
  resume(seq: number, send: Send): boolean {
    const oldest = this.#told[0]?.s ?? this.#seq + 1;
    if (seq > this.#seq || seq + 1 < oldest) return false;
    this.#send = send;
    for (const told of this.#told) if (told.s > seq) send(told.text);
    return true;
  }
}
