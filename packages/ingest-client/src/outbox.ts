/**
 * The outbox: events that are to be sent and not yet known to have arrived, in
 * the order they were put in. The client sends from its front; what the server
 * answered for is settled and gone.
 *
 * [OUT1] Entries come back in the order they were appended, until they are settled.
 * [OUT2] An entry is pending only once its append has resolved.
 */

import { untilAborted } from "./clock.ts";
import type { SourceEvent } from "./events.ts";

/** One event in the outbox. `bytes` is the length of its JSON in UTF-8. */
export interface OutboxEntry {
  readonly id: number;
  readonly event: SourceEvent;
  readonly bytes: number;
}

/** Where events wait. The client is its only user. */
export interface Outbox {
  /** Keeps the events; resolves with their ids when they are as safe as this outbox makes them. */
  append(events: readonly SourceEvent[]): Promise<number[]>;
  /** The oldest entries, at most `most`. */
  pending(most: number): readonly OutboxEntry[];
  /** Forgets entries. Ids that are not there are fine. */
  settle(ids: readonly number[]): Promise<void>;
  /** Resolves when something is pending. Rejects with the signal's reason. */
  untilPending(signal: AbortSignal): Promise<void>;
  /** Entries appended and not settled. */
  readonly size: number;
}

/** An outbox that lives as long as the process: for tests, and sources that can read their posts again. */
export function createMemoryOutbox(): Outbox {
  const entries = new OutboxEntries();
  return {
    append: async (events) => {
      const added = entries.add(events);
      entries.offer(added);
      return added.map(({ id }) => id);
    },
    pending: (most) => entries.pending(most),
    settle: async (ids) => entries.remove(ids),
    untilPending: (signal) => entries.untilPending(signal),
    get size() {
      return entries.size;
    },
  };
}

/** The entries of an outbox in memory; shared by its implementations. */
export class OutboxEntries {
  readonly #entries = new Map<number, OutboxEntry>();
  readonly #offered = new Set<number>();
  #waiting: (() => void)[] = [];
  #nextId = 1;
  #bytes = 0;

  get size(): number {
    return this.#entries.size;
  }

  /** Bytes of all events kept. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Numbers the events and keeps them, not yet pending. */
  add(events: readonly SourceEvent[]): OutboxEntry[] {
    return events.map((event) => this.restore({ id: this.#nextId, event }));
  }

  /** Keeps an event under an id it already has. */
  restore({ id, event }: { id: number; event: SourceEvent }): OutboxEntry {
    const bytes = new TextEncoder().encode(JSON.stringify(event)).length;
    const entry = { id, event, bytes };
    this.#entries.set(id, entry);
    this.#bytes += bytes;
    this.#nextId = Math.max(this.#nextId, id + 1);
    return entry;
  }

  /** Makes entries pending and wakes whoever waits for some. */
  offer(entries: readonly OutboxEntry[]): void {
    for (const { id } of entries) this.#offered.add(id);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  pending(most: number): OutboxEntry[] {
    const found: OutboxEntry[] = [];
    for (const entry of this.#entries.values()) {
      if (found.length >= most || !this.#offered.has(entry.id)) break;
      found.push(entry);
    }
    return found;
  }

  remove(ids: readonly number[]): void {
    for (const id of ids) {
      this.#bytes -= this.#entries.get(id)?.bytes ?? 0;
      this.#entries.delete(id);
      this.#offered.delete(id);
    }
  }

  get(id: number): OutboxEntry | undefined {
    return this.#entries.get(id);
  }

  async untilPending(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.pending(1).length > 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push(resolve);
    try {
      await untilAborted(promise, signal);
    } finally {
      this.#waiting = this.#waiting.filter((wake) => wake !== resolve);
    }
  }
}
