import { expect, test } from "vitest";
import { REMEASURE_AFTER_MS, ServerClock } from "./server-clock.ts";

/** A client whose clock is `skewMs` off, and a server `tripMs` away each way. */
function clockWith(skewMs: number, tripsMs: readonly number[]) {
  let trueMs = 1_000_000;
  let asked = 0;
  let sleptMs = 0;
  const clock = new ServerClock({
    localNowMs: () => trueMs - sleptMs + skewMs,
    wallNowMs: () => trueMs + skewMs,
    askServerMs: async () => {
      const tripMs = tripsMs[asked % tripsMs.length] ?? 0;
      asked += 1;
      if (tripMs < 0) throw new Error("no network");
      trueMs += tripMs;
      const serverMs = trueMs;
      trueMs += tripMs;
      return serverMs;
    },
  });
  const pass = (ms: number) => (trueMs += ms);
  const sleep = (ms: number) => {
    trueMs += ms;
    sleptMs += ms;
  };
  const wallNowMs = () => trueMs + skewMs;
  return { clock, pass, sleep, wallNowMs, trueMs: () => trueMs, asked: () => asked };
}

const serverNowMs = (clock: ServerClock) => clock.serverMsAt(clock.localNowMs());

test("a clock an hour off reads the server's time", async () => {
  for (const skewMs of [0, 3_600_000, -3_600_000]) {
    const { clock, trueMs, pass } = clockWith(skewMs, [40, 5, 90, 12, 30]);
    expect(serverNowMs(clock)).toBeNull();
    await clock.measure();
    pass(123);
    expect(serverNowMs(clock)).toBeCloseTo(trueMs(), 6);
    expect(clock.errorMs()).toBe(5);
  }
});

test("one failed exchange among five does no harm; five leave the old estimate", async () => {
  const { clock, trueMs } = clockWith(500, [10, -1, 10, 10, 10]);
  await clock.measure();
  expect(serverNowMs(clock)).toBeCloseTo(trueMs(), 6);

  const dead = clockWith(500, [-1]);
  await dead.clock.measure();
  expect(serverNowMs(dead.clock)).toBeNull();
});

test("it asks five times, and not again within ten minutes", async () => {
  const { clock, asked, pass } = clockWith(0, [5]);
  await Promise.all([clock.measure(), clock.measure()]);
  await clock.measure();
  expect(asked()).toBe(5);
  pass(REMEASURE_AFTER_MS);
  await clock.measure();
  expect(asked()).toBe(10);
});

test("after a sleep in which the local clock stood, it asks again", async () => {
  const { clock, asked, sleep, trueMs } = clockWith(0, [5]);
  await clock.measure();
  sleep(3 * 3_600_000);
  await clock.measure();
  expect(asked()).toBe(10);
  expect(serverNowMs(clock)).toBeCloseTo(trueMs(), 6);
});

test("the machine's clock can be put right, also after a sleep", async () => {
  const { clock, sleep, wallNowMs, trueMs } = clockWith(3_600_000, [5]);
  expect(clock.wallOffsetMs()).toBeNull();
  await clock.measure();
  expect(wallNowMs() + (clock.wallOffsetMs() ?? Number.NaN)).toBeCloseTo(trueMs(), 6);
  sleep(60_000);
  expect(wallNowMs() + (clock.wallOffsetMs() ?? Number.NaN)).toBeCloseTo(trueMs(), 6);
});
