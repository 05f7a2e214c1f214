/**
 * Whose turn it is to capture: of several bots, the one that holds the lease on the
 * source's shard hands events on. The others hear the same and keep the last half a
 * minute, so that the one that takes over has what the other one died with.
 *
 *   standby   hears, keeps 30 s
 *      | held                        handed on at once: ingest folds what was stored already
 *   holding   hears, hands on
 *
 * What lies further back is read again by a back-fill.
 */
import type { SourceEvent } from "@heliograph/domain";
import type { EventOutbox, Origin } from "./event-outbox.ts";

const KEPT_MS = 30_000; // a takeover takes 9 s, and some for the bot to notice
const MOST_KEPT = 2_000;

interface Kept {
  readonly event: SourceEvent;
  readonly receivedAtMs: number;
  readonly origin: Origin;
}

export interface CaptureTurnsOptions {
  readonly outbox: Pick<EventOutbox, "add">;
  /** The shard of the source that watches this channel; undefined when none does. */
  readonly shardOf: (channelId: string) => number | undefined;
}

export class CaptureTurns implements Pick<EventOutbox, "add"> {
  readonly #options: CaptureTurnsOptions;
  readonly #held = new Set<number>();
  #kept: Kept[] = [];

  constructor(options: CaptureTurnsOptions) {
    this.#options = options;
  }

  isHeld(shard: number): boolean {
    return this.#held.has(shard);
  }

  held(shard: number): void {
    this.#held.add(shard);
    const kept = this.#kept;
    this.#kept = [];
    for (const { event, receivedAtMs, origin } of kept) this.add(event, receivedAtMs, origin);
  }

  lost(shard: number): void {
    this.#held.delete(shard);
  }

  add(event: SourceEvent, receivedAtMs: number, origin: Origin): void {
    const shard = this.#options.shardOf(event.channelId);
    if (shard === undefined) return;
    if (this.#held.has(shard)) this.#options.outbox.add(event, receivedAtMs, origin);
    else this.#keep({ event, receivedAtMs, origin });
  }

  #keep(kept: Kept): void {
    this.#kept.push(kept);
    const oldest = this.#kept[0];
    const isFull = this.#kept.length > MOST_KEPT;
    if (oldest !== undefined && (isFull || oldest.receivedAtMs <= kept.receivedAtMs - KEPT_MS)) {
      this.#kept = this.#kept
        .filter(({ receivedAtMs }) => receivedAtMs > kept.receivedAtMs - KEPT_MS)
        .slice(-MOST_KEPT);
    }
  }
}
