/** Time as a parameter, so that tests decide what time it is. */
export interface Clock {
  nowMs(): number;
  /** Runs the callback once; returns the way to cancel it. */
  after(ms: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (ms, callback) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};
