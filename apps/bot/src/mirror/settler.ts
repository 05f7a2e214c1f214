/**
 * Reports outcomes in batches: one settlement is in flight, what finishes
 * meanwhile goes with the next (the mutations of one socket run one at a time, so
 * a second in flight would only wait).
 */
import type { SettleResult } from "../backend.ts";

const BATCH_LIMIT = 100; // what mirrors.settle accepts

export interface SettlerDoors {
  /** Resolves with the backend's answer; may reject when the backend refuses. */
  readonly send: (results: readonly SettleResult[]) => Promise<"settled" | "leaseLost">;
  readonly onLeaseLost: () => void;
  readonly onError: (error: unknown) => void;
}

export class Settler {
  readonly #doors: SettlerDoors;
  #waiting: SettleResult[] = [];
  #sending: Promise<void> | null = null;

  constructor(doors: SettlerDoors) {
    this.#doors = doors;
  }

  add(result: SettleResult): void {
    this.#waiting.push(result);
    this.#sending ??= this.#drain();
  }

  /** Resolves when everything added so far has been answered. */
  async idle(): Promise<void> {
    await this.#sending;
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // outcomes of the same turn share the first batch
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, BATCH_LIMIT);
      this.#waiting = this.#waiting.slice(BATCH_LIMIT);
      await this.#settle(batch);
    }
    this.#sending = null;
  }

  async #settle(batch: readonly SettleResult[]): Promise<void> {
    try {
      if ((await this.#doors.send(batch)) === "leaseLost") this.#doors.onLeaseLost();
    } catch (error) {
      this.#doors.onError(error);
    }
  }
}
