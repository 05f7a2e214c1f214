import { expect, test } from "vitest";
import { ManualClock } from "../test/manual-clock.ts";
import { ServerClock } from "./server-clock.ts";

test("it knows the server's time in whole ms, although nobody's clock is right", async () => {
  const clock = new ManualClock(1_000);
  const askServerMs = async () => clock.nowMs() + 3_600_000.5;
  const server = new ServerClock({ clock, askServerMs, onError: () => {} });
  await server.start();
  expect(Math.abs(server.nowMs() - 3_601_000)).toBeLessThanOrEqual(1);
  expect(Number.isInteger(server.nowMs())).toBe(true);
  server.stop();
});

test("a server that is away at the start is waited for; later an estimate that fails leaves the last", async () => {
  const clock = new ManualClock(0);
  const errors: unknown[] = [];
  let isAway = true;
  const askServerMs = async () => {
    if (isAway) throw new Error("away");
    return clock.nowMs() + 500;
  };
  const server = new ServerClock({ clock, askServerMs, onError: (error) => errors.push(error) });
  let isStarted = false;
  const started = server.start().then(() => {
    isStarted = true;
  });
  await clock.advance(12_000);
  expect([isStarted, errors.length]).toEqual([false, 3]);
  isAway = false;
  await clock.advance(3_000);
  await started;
  isAway = true;
  await clock.advance(10 * 60_000);
  expect(errors).toHaveLength(4);
  expect(server.nowMs()).toBe(clock.nowMs() + 500);
  server.stop();
});
