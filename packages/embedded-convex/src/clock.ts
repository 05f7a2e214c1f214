/** The system's clock and timers: the only place of the engine that touches them. */
import { setTimeout } from "node:timers";
import type { Clock } from "./rooms.ts";

const MAX_TIMER_MS = 2 ** 31 - 1; // node fires at once when asked for more

/**
 * Timers keep the process alive only while something else does. `nowNs` follows the
 * wall clock and has the resolution of the monotonic one.
 */
export function systemClock(): Clock {
  const offsetNs = BigInt(Date.now()) * 1_000_000n - process.hrtime.bigint();
  return {
    nowMs: () => Date.now(),
    nowNs: () => wallNs(offsetNs),
    after: (ms, callback) => startTimer(ms, callback),
  };
}

/** The monotonic reading, unless the wall clock has been set since the start. */
function wallNs(offsetNs: bigint): bigint {
  const wall = BigInt(Date.now()) * 1_000_000n;
  const fine = process.hrtime.bigint() + offsetNs;
  const drift = fine - wall;
  return drift > -2_000_000n && drift < 2_000_000n ? fine : wall;
}

function startTimer(ms: number, callback: () => void): () => void {
  let remaining = Math.max(0, ms);
  let timer: NodeJS.Timeout;
  const arm = () => {
    const step = Math.min(remaining, MAX_TIMER_MS);
    remaining -= step;
    timer = setTimeout(() => (remaining > 0 ? arm() : callback()), step);
    timer.unref();
  };
  arm();
  return () => clearTimeout(timer);
}
