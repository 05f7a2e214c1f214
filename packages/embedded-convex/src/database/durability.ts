/** Who waits for which timestamp to be on disk. */
import type { Timestamp } from "../rooms.ts";

interface Waiter {
  readonly ts: Timestamp;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class DurabilityWaiters {
  #waiters: Waiter[] = [];
  #failure: Error | null = null;

  /** Resolves at `reached(ts)` or later. */
  wait(ts: Timestamp): Promise<void> {
    if (this.#failure !== null) return rejected(this.#failure);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    promise.catch(() => undefined); // a caller that does not wait is no unhandled rejection
    this.#waiters.push({ ts, resolve, reject });
    return promise;
  }

  reached(durableTs: Timestamp): void {
    const still: Waiter[] = [];
    for (const waiter of this.#waiters) {
      if (waiter.ts <= durableTs) waiter.resolve();
      else still.push(waiter);
    }
    this.#waiters = still;
  }

  fail(error: Error): void {
    this.#failure = error;
    for (const waiter of this.#waiters) waiter.reject(error);
    this.#waiters = [];
  }
}

function rejected(error: Error): Promise<void> {
  const promise = Promise.reject(error);
  promise.catch(() => undefined);
  return promise;
}
