import { expect, test } from "vitest";
import { askedDelayMs, jitteredDelayMs, MAX_ATTEMPTS, retryDelayMs } from "./backoff.ts";

test("[BACK1] the wait doubles from 5 s to 15 minutes at most", () => {
  const waits = Array.from({ length: 9 }, (_, index) => retryDelayMs(index + 1) / 1000);
  expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 900]);
  expect(retryDelayMs(2000)).toBe(900_000);
  expect(retryDelayMs(0)).toBe(5_000);
});

test("[BACK3] the attempts outlast an outage of three hours and end within five", () => {
  const waits = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => retryDelayMs(index + 1));
  const hours = waits.reduce((sum, waitMs) => sum + waitMs, 0) / 3_600_000;
  expect(hours).toBeGreaterThan(3);
  expect(hours).toBeLessThan(5);
});

test("[BACK2] an asked wait is kept within its bounds", () => {
  expect([0, 250.4, 1000, 1e9].map(askedDelayMs)).toEqual([250, 251, 1000, 900_000]);
});

test("[BACK4] a wait gets longer by up to a quarter, never shorter", () => {
  expect([0, 0.5, 0.999].map((random) => jitteredDelayMs(1_000, random))).toEqual([
    1_000, 1_125, 1_250,
  ]);
});
