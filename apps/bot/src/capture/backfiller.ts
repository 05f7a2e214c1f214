/**
 * Runs back-fills: one at a time per source, a few at once, each again until it
 * succeeds. They share Discord's limit with what is mirrored, so not all at once.
 * What was to be read and was not yet stays to be read.
 */
import { retryDelayMs } from "@heliograph/domain";
import type { Clock } from "../clock.ts";
import { errorText, type Log } from "../log.ts";
import type { Gap } from "./backfill.ts";

const AT_ONCE = 3;

export interface BackfillerOptions {
  /** Rejects when it has to be done again. */
  readonly run: (gap: Gap) => Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
}

interface Retry {
  readonly gap: Gap;
  readonly attempt: number;
  readonly cancel: () => void;
}

export class Backfiller {
  readonly #options: BackfillerOptions;
  readonly #waiting = new Map<string, Gap>(); // by channel id, in order
  readonly #running = new Set<string>();
  readonly #attempts = new Map<string, number>(); // failures in a row
  readonly #retries = new Map<string, Retry>();

  constructor(options: BackfillerOptions) {
    this.#options = options;
  }

  /** Reads the source again, even if that is being done now: what it has read may be older than this request. */
  request(gap: Gap): void {
    const { channelId } = gap.source;
    const retry = this.#retries.get(channelId);
    retry?.cancel();
    this.#retries.delete(channelId);
    this.#waiting.set(channelId, longest(gap, this.#waiting.get(channelId), retry?.gap));
    this.#startNext();
  }

  /** The source is none any more. */
  forget(channelId: string): void {
    this.#waiting.delete(channelId);
    this.#attempts.delete(channelId);
    this.#retries.get(channelId)?.cancel();
    this.#retries.delete(channelId);
  }

  stop(): void {
    for (const channelId of [...this.#waiting.keys(), ...this.#running, ...this.#retries.keys()])
      this.forget(channelId);
  }

  #startNext(): void {
    for (const [channelId, gap] of this.#waiting) {
      if (this.#running.size >= AT_ONCE) return;
      if (this.#running.has(channelId)) continue;
      this.#waiting.delete(channelId);
      this.#attempts.set(channelId, this.#attempts.get(channelId) ?? 0);
      this.#run(gap).catch((error: unknown) =>
        this.#options.log("capture.backfill_failed", { channelId, error: errorText(error) }),
      );
    }
  }

  async #run(gap: Gap): Promise<void> {
    const { channelId } = gap.source;
    this.#running.add(channelId);
    try {
      await this.#options.run(gap);
      this.#attempts.delete(channelId);
    } catch (error) {
      if (this.#attempts.has(channelId)) this.#failed(gap, error); // else it was forgotten
    }
    this.#running.delete(channelId);
    this.#startNext();
  }

  #failed(gap: Gap, error: unknown): void {
    const { clock, log } = this.#options;
    const { channelId, name } = gap.source;
    const attempt = (this.#attempts.get(channelId) ?? 0) + 1;
    this.#attempts.set(channelId, attempt);
    const next = this.#waiting.get(channelId);
    if (next !== undefined) {
      this.#waiting.set(channelId, longest(next, gap)); // it is tried again at once
      return;
    }
    const retryInMs = retryDelayMs(attempt);
    log("capture.backfill_failed", { channelId, source: name, error: errorText(error), retryInMs });
    const cancel = clock.after(retryInMs, () => this.request(gap));
    this.#retries.set(channelId, { gap, attempt, cancel });
  }
}

/** The newest request, from where the earliest begins. */
function longest(newest: Gap, ...others: (Gap | undefined)[]): Gap {
  const earliest = [newest, ...others].reduce<Gap>(
    (first, gap) => (gap !== undefined && gap.sinceMs < first.sinceMs ? gap : first),
    newest,
  );
  return { ...newest, sinceMs: earliest.sinceMs, cause: earliest.cause };
}
