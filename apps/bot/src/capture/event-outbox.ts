/**
 * Hands captured events to the backend in order: one batch in flight, what
 * arrives meanwhile goes with the next. A batch that the backend did not take is
 * offered again until it is; what a crash loses, the back-fill reads again.
 */
import { retryDelayMs } from "@heliograph/domain";
import type { Backend, SourceEvents } from "../backend.ts";
import type { Clock } from "../clock.ts";
import { errorText, type Log } from "../log.ts";
import type { SourceEvent } from "./source-event.ts";

const BATCH_LIMIT = 100; // what ingest.events accepts

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
  #waiting: Captured[] = [];
  #sending: Promise<void> | null = null;
  #closed = false;

  constructor(options: EventOutboxOptions) {
    this.#options = options;
  }

  /** `receivedAtMs`: server time at which the event reached this process. */
  add(event: SourceEvent, receivedAtMs: number): void {
    this.#waiting.push({ event, receivedAtMs });
    this.#sending ??= this.#drain();
  }

  /** Resolves when everything added so far has been taken. */
  async idle(): Promise<void> {
    await this.#sending;
  }

  close(): void {
    this.#closed = true;
  }

  async #drain(): Promise<void> {
    let attempt = 0;
    while (this.#waiting.length > 0 && !this.#closed) {
      const batch = this.#waiting.slice(0, BATCH_LIMIT);
      if (await this.#offer(batch)) {
        this.#waiting = this.#waiting.slice(batch.length);
        attempt = 0;
      } else {
        attempt += 1;
        const delayMs = retryDelayMs(attempt);
        await new Promise<void>((resolve) => this.#options.clock.after(delayMs, resolve));
      }
    }
    this.#sending = null;
  }

  async #offer(batch: readonly Captured[]): Promise<boolean> {
    const { backend, log } = this.#options;
    const events: SourceEvents = batch.map(({ event }) => event);
    const receivedAtMs = Math.min(...batch.map((captured) => captured.receivedAtMs));
    try {
      const results = await backend.ingest(events, receivedAtMs);
      for (const result of results) {
        if (result.status !== "rejected") continue;
        const messageId = events[result.index]?.messageId;
        log("capture.rejected", { messageId, code: result.code, message: result.message });
      }
      return true;
    } catch (error) {
      log("capture.not_taken", { events: events.length, error: errorText(error) });
      return false;
    }
  }
}
