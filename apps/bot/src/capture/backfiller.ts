/**
 * Runs back-fills: one at a time per source, a few at once, each again until it
 * succeeds. They share Discord's limit with what is mirrored, so not all at once.
 */
import { retryDelayMs } from "@heliograph/domain";
import type { WatchedSource } from "../backend.ts";
import type { Clock } from "../clock.ts";
import { errorText, type Log } from "../log.ts";

const AT_ONCE = 3;

export interface BackfillerOptions {
  /** Rejects when it has to be done again. */
  readonly run: (source: WatchedSource) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

export class Backfiller {
  readonly #options: BackfillerOptions;
  readonly #waiting = new Map<string, WatchedSource>(); // by channel id, in order
  readonly #running = new Set<string>();
  readonly #retries = new Map<string, { attempt: number; cancel: () => void }>();

  constructor(options: BackfillerOptions) {
    this.#options = options;
  }

  /** Reads the source again, even if that is being done now: what it has read may be older than this request. */
  request(source: WatchedSource): void {
    this.#retries.get(source.channelId)?.cancel();
    this.#waiting.set(source.channelId, source);
    this.#startNext();
  }

  /** The source is none any more. */
  forget(channelId: string): void {
    this.#waiting.delete(channelId);
    this.#retries.get(channelId)?.cancel();
    this.#retries.delete(channelId);
  }

  stop(): void {
    for (const channelId of [...this.#waiting.keys(), ...this.#retries.keys()])
      this.forget(channelId);
  }

  #startNext(): void {
    for (const [channelId, source] of this.#waiting) {
      if (this.#running.size >= AT_ONCE) return;
      if (this.#running.has(channelId)) continue;
      this.#waiting.delete(channelId);
      this.#run(source).catch((error: unknown) =>
        this.#options.log("capture.backfill_failed", { channelId, error: errorText(error) }),
      );
    }
  }

  async #run(source: WatchedSource): Promise<void> {
    const { channelId } = source;
    const retry = this.#retries.get(channelId) ?? { attempt: 0, cancel: () => {} };
    this.#retries.set(channelId, retry);
    this.#running.add(channelId);
    try {
      await this.#options.run(source);
      if (this.#retries.get(channelId) === retry) this.#retries.delete(channelId);
    } catch (error) {
      if (this.#retries.get(channelId) === retry) this.#failed(source, retry, error);
    }
    this.#running.delete(channelId);
    this.#startNext();
  }

  #failed(
    source: WatchedSource,
    retry: { attempt: number; cancel: () => void },
    error: unknown,
  ): void {
    const { clock, log } = this.#options;
    retry.attempt += 1;
    const retryInMs = retryDelayMs(retry.attempt);
    const { channelId, name } = source;
    log("capture.backfill_failed", { channelId, source: name, error: errorText(error), retryInMs });
    retry.cancel = clock.after(retryInMs, () => this.request(source));
  }
}
