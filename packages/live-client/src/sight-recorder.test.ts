import { expect, test } from "vitest";
import type { Sample } from "./receipt-reporter.ts";
import { SightRecorder } from "./sight-recorder.ts";

/** A page whose clock is 1,000 ms behind the server's, and a clock that may be measured late. */
function recorder(offsetMs: number | null = 1000) {
  const state = { localMs: 9_000, offsetMs };
  const paints: Array<() => void> = [];
  const delays: number[] = [];
  const samples: Sample[] = [];
  const known = Promise.withResolvers<void>();
  if (offsetMs !== null) known.resolve();
  const sight = new SightRecorder({
    clock: {
      localNowMs: () => state.localMs,
      serverMsAt: (localMs) => (state.offsetMs === null ? null : localMs + state.offsetMs),
      measure: () => known.promise,
    },
    tally: { add: (ms) => void delays.push(ms) },
    reporter: { record: (sample) => void samples.push(sample) },
    afterPaint: (callback) => void paints.push(callback),
  });
  const paint = async () => {
    for (const callback of paints.splice(0)) callback();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { state, sight, delays, samples, paint, known };
}

const stamps = { sourceAtMs: 10_050, receivedAtMs: 10_100, committedAtMs: 10_110 };

test("the delay is taken when it is painted, not when it arrived", async () => {
  const { state, sight, delays, samples, paint } = recorder();
  sight.connected();
  state.localMs = 9_120;
  const measured: number[] = [];
  sight.appeared(stamps, (ms) => measured.push(ms));
  expect(delays).toEqual([]);
  state.localMs = 9_140;
  await paint();
  expect(delays).toEqual([40]);
  expect(measured).toEqual([40]);
  expect(samples).toEqual([{ sinceSourceMs: 90, sinceReceivedMs: 40, sinceCommittedMs: 30 }]);
});

test("what was committed before the connection stood is not measured", async () => {
  const { state, sight, delays, paint } = recorder();
  sight.appeared(stamps);
  state.localMs = 9_115;
  sight.connected();
  sight.appeared(stamps);
  sight.disconnected();
  sight.appeared({ ...stamps, committedAtMs: 10_120 });
  await paint();
  expect(delays).toEqual([]);
});

test("a signal painted before the server's clock is known is measured once it is", async () => {
  const { state, sight, delays, paint, known } = recorder(null);
  sight.connected();
  state.localMs = 9_140;
  sight.appeared(stamps);
  await paint();
  state.localMs = 9_900;
  state.offsetMs = 1000;
  known.resolve();
  await paint();
  expect(delays).toEqual([40]);
});

test("if the server's clock cannot be had nothing is measured", async () => {
  const { sight, delays, paint, known } = recorder(null);
  sight.connected();
  sight.appeared(stamps);
  known.resolve();
  await paint();
  expect(delays).toEqual([]);
});
