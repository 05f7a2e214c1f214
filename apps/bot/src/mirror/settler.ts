/**
 * Reports outcomes in batches: one settlement is in flight, what finishes
 * meanwhile goes with the next (the mutations of one socket run one at a time, so
 * a second in flight would only wait). A batch the backend failed to take is
 * offered again until it is taken, or the lease is gone.
 */
import type { SettleResult } from "../backend.ts";
import { type Clock, pause } from "../clock.ts";

const BATCH_LIMIT = 100; // what mirrors.settle and roles.settle accept
const FIRST_RETRY_MS = 250;
const MOST_RETRY_MS = 5_000;

export interface SettlerDoors<Result> {
  /** May reject when the backend refuses. */
  readonly send: (results: readonly Result[]) => Promise<"settled" | "leaseLost">;
  /** The backend has taken these. */
  readonly onSettled: (results: readonly Result[]) => void;
  readonly onLeaseLost: () => void;
  readonly onError: (error: unknown) => void;
  readonly clock: Clock;
  /** Aborted when the lease is gone: nothing is sent from then on. */
  readonly gone: AbortSignal;
}

export class Settler<Result = SettleResult> {
  readonly #doors: SettlerDoors<Result>;
  #waiting: Result[] = [];
  #sending: Promise<void> | null = null;

  constructor(doors: SettlerDoors<Result>) {
    this.#doors = doors;
  }

  add(result: Result): void {
    this.#waiting.push(result);
    this.#sending ??= this.#drain();
  }

  /** Resolves when everything added so far has been taken, or the lease is gone. */
  async idle(): Promise<void> {
    await this.#sending;
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // outcomes of the same turn share the first batch
    while (this.#waiting.length > 0 && !this.#doors.gone.aborted) {
      await this.#settle(this.#waiting.splice(0, BATCH_LIMIT));
    }
    this.#sending = null;
  }

  async #settle(batch: readonly Result[]): Promise<void> {
    const { clock, gone } = this.#doors;
    for (let retryInMs = FIRST_RETRY_MS; !gone.aborted; ) {
      if (await this.#offer(batch)) return;
      await pause(clock, retryInMs, gone);
      retryInMs = Math.min(MOST_RETRY_MS, retryInMs * 2);
    }
  }

  /** Whether the backend has taken the batch, or never will. */
  async #offer(batch: readonly Result[]): Promise<boolean> {
    try {
      const state = await this.#doors.send(batch);
      if (state === "settled") this.#doors.onSettled(batch);
      else this.#doors.onLeaseLost();
      return true;
    } catch (error) {
      this.#doors.onError(error);
      return false;
    }
  }
}
