import { expect, test } from "vitest";
import type { Sample } from "./receipt-reporter.ts";
import { SightRecorder } from "./sight-recorder.ts";

function recorder() {
  const state = { nowMs: 10_000 as number | null };
  const paints: Array<() => void> = [];
  const delays: number[] = [];
  const samples: Sample[] = [];
  const sight = new SightRecorder({
    clock: { nowMs: () => state.nowMs },
    tally: { add: (ms) => void delays.push(ms) },
    reporter: { record: (sample) => void samples.push(sample) },
    afterPaint: (callback) => void paints.push(callback),
  });
  const paint = () => {
    for (const callback of paints.splice(0)) callback();
  };
  return { state, sight, delays, samples, paint };
}

const stamps = { sourceAtMs: 10_050, receivedAtMs: 10_100, committedAtMs: 10_110 };

test("the delay is taken when it is painted, not when it arrived", () => {
  const { state, sight, delays, samples, paint } = recorder();
  sight.connected();
  state.nowMs = 10_120;
  const measured: number[] = [];
  sight.appeared(stamps, (ms) => measured.push(ms));
  expect(delays).toEqual([]);
  state.nowMs = 10_140;
  paint();
  expect(delays).toEqual([40]);
  expect(measured).toEqual([40]);
  expect(samples).toEqual([{ sinceSourceMs: 90, sinceReceivedMs: 40, sinceCommittedMs: 30 }]);
});

test("what was committed before the connection stood is not measured", () => {
  const { state, sight, delays, paint } = recorder();
  sight.appeared(stamps);
  state.nowMs = 10_115;
  sight.connected();
  sight.appeared(stamps);
  sight.disconnected();
  sight.appeared({ ...stamps, committedAtMs: 10_120 });
  paint();
  expect(delays).toEqual([]);
});

test("without the server's clock nothing is measured", () => {
  const { state, sight, delays, paint } = recorder();
  state.nowMs = null;
  sight.connected();
  sight.appeared(stamps);
  paint();
  expect(delays).toEqual([]);
});
