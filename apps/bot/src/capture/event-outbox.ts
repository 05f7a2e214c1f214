/**
 * Hands captured events to the backend: one batch in flight, what arrives
 * meanwhile goes with the next. Live events never wait behind those that a
 * back-fill read; the order does not matter to what is stored in the end.
 *
 * Nothing is dropped: a batch that the backend did not take is offered again, cut
 * in half each time, so that one event it cannot take holds up no other. What a
 * crash loses, the back-fill reads again.
 */
import type { SourceEvent } from "@heliograph/domain";
import type { Backend, IngestResults } from "../backend.ts";
import { type Clock, pause } from "../clock.ts";
import { errorText, type Log } from "../log.ts";

/** Heard through the gateway right now, or read again later. */
export type Origin = "live" | "missed";

const BATCH_LIMITS: Record<Origin, number> = { live: 100, missed: 25 }; // ingest.events accepts 100
const FIRST_RETRY_MS = 250;
const MOST_RETRY_MS = 30_000;

interface Captured {
  readonly event: SourceEvent;
  readonly receivedAtMs: number;
}

export interface EventOutboxOptions {
  readonly backend: Pick<Backend, "ingest">;
  readonly clock: Clock;
  readonly log: Log;
}

export class EventOutbox {
  readonly #options: EventOutboxOptions;
  readonly #waiting: Record<Origin, Captured[]> = { live: [], missed: [] };
  readonly #closing = new AbortController();
  #sending: Promise<void> | null = null;
  #largest = BATCH_LIMITS.live;
  #retryInMs = FIRST_RETRY_MS;

  constructor(options: EventOutboxOptions) {
    this.#options = options;
  }

  /** `receivedAtMs`: server time at which the event reached this process. */
  add(event: SourceEvent, receivedAtMs: number, origin: Origin): void {
    if (this.#closing.signal.aborted) return;
    this.#waiting[origin].push({ event, receivedAtMs });
    this.#sending ??= this.#drain();
  }

  /** Resolves when everything added so far has been taken, or `close` was called. */
  async idle(): Promise<void> {
    await this.#sending;
  }

  /** Offers nothing more; returns how many events were not taken. */
  close(): number {
    this.#closing.abort();
    return this.#waiting.live.length + this.#waiting.missed.length;
  }

  async #drain(): Promise<void> {
    while (this.#next() !== null && !this.#closing.signal.aborted) await this.#offerNext();
    this.#sending = null;
  }

  #next(): Origin | null {
    if (this.#waiting.live.length > 0) return "live";
    return this.#waiting.missed.length > 0 ? "missed" : null;
  }

  async #offerNext(): Promise<void> {
    const origin = this.#next() ?? "live";
    const batch = this.#waiting[origin].slice(0, Math.min(BATCH_LIMITS[origin], this.#largest));
    const isTaken = await this.#offer(batch, origin);
    if (isTaken || batch.length === 1) this.#waiting[origin].splice(0, batch.length);
    if (isTaken) {
      this.#retryInMs = FIRST_RETRY_MS;
      this.#largest = Math.min(BATCH_LIMITS.live, this.#largest * 2);
      return;
    }
    if (batch.length === 1) this.#waiting.missed.push(...batch); // the others first
    this.#largest = Math.max(1, Math.floor(batch.length / 2));
    await pause(this.#options.clock, this.#retryInMs, this.#closing.signal);
    this.#retryInMs = Math.min(MOST_RETRY_MS, this.#retryInMs * 2);
  }

  async #offer(batch: readonly Captured[], origin: Origin): Promise<boolean> {
    const { backend, log } = this.#options;
    try {
      const receivedAtMs = Math.min(...batch.map((captured) => captured.receivedAtMs));
      const events = batch.map(({ event }) => event);
      const results = await backend.ingest(events, receivedAtMs);
      this.#readRefusals(results, batch, origin);
      return true;
    } catch (error) {
      const retryInMs = this.#retryInMs;
      log("capture.not_taken", { events: batch.length, error: errorText(error), retryInMs });
      return false;
    }
  }

  /** Says what was refused. What makes the text of a post unacceptable is left out, and the text offered again. */
  #readRefusals(results: IngestResults, batch: readonly Captured[], origin: Origin): void {
    for (const { status, index, code, message } of results) {
      const captured = batch[index];
      if (status !== "rejected" || captured === undefined) continue;
      const plain = withoutDecoration(captured.event);
      const { messageId, channelId } = captured.event;
      const offeredAgain = plain !== null;
      this.#options.log("capture.rejected", { messageId, channelId, code, message, offeredAgain });
      if (plain !== null) this.#waiting[origin].push({ ...captured, event: plain });
    }
  }
}

/** The event without embeds, files and picture; null if nothing but those was in it, or none. */
function withoutDecoration(event: SourceEvent): SourceEvent | null {
  if (event.type === "delete" || event.content === undefined) return null;
  const { embeds = [], attachments = [], author, ...text } = event;
  const isDecorated =
    embeds.length > 0 || attachments.length > 0 || author?.avatarUrl !== undefined;
  if (!isDecorated) return null;
  return { ...text, ...(author !== undefined && { author: { id: author.id, name: author.name } }) };
}
