/** Time as the client uses it: a parameter, so that tests need not wait. */

export interface Clock {
  nowMs(): number;
  /** Resolves after `delayMs`; rejects with the signal's reason if it aborts first. */
  wait(delayMs: number, signal: AbortSignal): Promise<void>;
}

/** The machine's own clock. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  wait: async (delayMs, signal) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, delayMs);
    try {
      await untilAborted(promise, signal);
    } finally {
      clearTimeout(timer);
    }
  },
};

/** What the promise gives, or the signal's reason if it aborts first. The promise's own failure is never left unhandled. */
export async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  promise.catch(() => {}); // it may fail after the signal won
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const stop = () => reject(signal.reason);
  signal.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
