/**
 * How late the main thread is: a timer that notes how much after its time it runs. What
 * holds the thread for that long holds every delivery as long.
 */
import { Histogram } from "../histogram.ts";
import type { Clock } from "../rooms.ts";

const EVERY_MS = 20; // fifty wake-ups a second cost nothing; a stall shorter than this may be missed
const BOUNDS_SECONDS = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5];

export interface LoopDelay {
  readonly seconds: Histogram;
  stop(): void;
}

export function watchLoopDelay(clock: Pick<Clock, "nowNs" | "after">): LoopDelay {
  const seconds = new Histogram(BOUNDS_SECONDS);
  let stopTimer = () => {};
  const arm = () => {
    const dueNs = clock.nowNs() + BigInt(EVERY_MS) * 1_000_000n;
    stopTimer = clock.after(EVERY_MS, () => {
      seconds.observe(Math.max(0, Number(clock.nowNs() - dueNs) / 1e9));
      arm();
    });
  };
  arm();
  return { seconds, stop: () => stopTimer() };
}
