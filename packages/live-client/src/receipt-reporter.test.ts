import { expect, test } from "vitest";
import { MAX_SAMPLES, ReceiptReporter, type Sample } from "./receipt-reporter.ts";

/** A clock that stands until it is moved, and a record of what was sent when. */
function reporterAt(random: () => number = () => 0) {
  let nowMs = 0;
  let timers: Array<{ atMs: number; callback: () => void }> = [];
  const sent: Array<{ atMs: number; samples: Sample[] }> = [];
  const outcomes: { next: Promise<unknown> } = { next: Promise.resolve() };
  const leaving = new Set<() => void>();
  const reporter = new ReceiptReporter({
    random,
    onLeave: (callback) => {
      leaving.add(callback);
      return () => leaving.delete(callback);
    },
    send: (samples) => {
      sent.push({ atMs: nowMs, samples });
      return outcomes.next;
    },
    schedule: (delayMs, callback) => {
      const timer = { atMs: nowMs + delayMs, callback };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  });
  const moveTo = (ms: number) => {
    for (;;) {
      const due = timers.filter(({ atMs }) => atMs <= ms).toSorted((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      timers = timers.filter((other) => other !== due);
      nowMs = due.atMs;
      due.callback();
    }
    nowMs = ms;
  };
  const leave = () => {
    for (const callback of leaving) callback();
  };
  return { reporter, sent, moveTo, leave, outcomes, timers: () => timers.length };
}

const sample = (sinceReceivedMs: number): Sample => ({
  sinceSourceMs: sinceReceivedMs + 20,
  sinceReceivedMs,
  sinceCommittedMs: sinceReceivedMs - 2,
});

test("the first batch waits a random part of 30 s, and nothing is sent without a measurement", () => {
  const quiet = reporterAt();
  quiet.moveTo(600_000);
  expect(quiet.sent).toEqual([]);

  const spread = [0, 0.5, 0.999].map((chance) => {
    const { reporter, sent, moveTo } = reporterAt(() => chance);
    reporter.record(sample(60));
    moveTo(60_000);
    return sent.map(({ atMs }) => Math.round(atMs / 100) / 10);
  });
  expect(spread).toEqual([[6], [18], [30]]);
});

test("however much is measured, batches are at least 30 s apart and hold at most 50", () => {
  const { reporter, sent, moveTo } = reporterAt(() => 0.4);
  for (let ms = 0; ms < 180_000; ms += 100) {
    moveTo(ms);
    reporter.record(sample(ms));
  }
  const gaps = sent.slice(1).map(({ atMs }, index) => atMs - (sent[index]?.atMs ?? 0));
  expect(sent.length).toBeGreaterThan(3);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(30_000);
  expect(Math.max(...sent.map(({ samples }) => samples.length))).toBe(MAX_SAMPLES);
});

test("each measurement of a batch has the same chance to be in the sample", () => {
  let seed = 7;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
  const halves = { early: 0, late: 0 };
  for (let round = 0; round < 40; round += 1) {
    const { reporter, sent, moveTo } = reporterAt(random);
    for (let n = 0; n < 500; n += 1) reporter.record(sample(n));
    moveTo(30_000);
    for (const { sinceReceivedMs } of sent[0]?.samples ?? []) {
      halves[sinceReceivedMs < 250 ? "early" : "late"] += 1;
    }
  }
  expect(halves.early + halves.late).toBe(2000);
  expect(Math.abs(halves.early - halves.late)).toBeLessThan(200);
});

test("a batch that cannot be sent is dropped and the next one goes out", async () => {
  const { reporter, sent, moveTo, outcomes } = reporterAt();
  outcomes.next = Promise.reject(new Error("offline"));
  reporter.record(sample(1));
  moveTo(10_000);
  await outcomes.next.catch(() => undefined);
  outcomes.next = Promise.resolve();
  reporter.record(sample(2));
  moveTo(60_000);
  expect(sent.map(({ samples }) => samples)).toEqual([[sample(1)], [sample(2)]]);
});

test("who leaves before the first batch is due reports on leaving, once", () => {
  const { reporter, sent, moveTo, leave } = reporterAt(() => 0.5);
  leave();
  reporter.record(sample(1));
  reporter.record(sample(2));
  moveTo(2_000);
  leave();
  leave();
  moveTo(600_000);
  expect(sent).toEqual([{ atMs: 2_000, samples: [sample(1), sample(2)] }]);
});

test("hiding and showing the page again and again sends no more than a batch every 30 s", () => {
  const { reporter, sent, moveTo, leave } = reporterAt();
  for (let ms = 0; ms <= 120_000; ms += 500) {
    moveTo(ms);
    reporter.record(sample(ms));
    leave();
  }
  expect(sent.map(({ atMs }) => atMs)).toEqual([0, 30_000, 60_000, 90_000, 120_000]);
});

test("after close nothing is sent and no timer is left", () => {
  const { reporter, sent, moveTo, leave, timers } = reporterAt();
  reporter.record(sample(1));
  reporter.close();
  reporter.record(sample(2));
  leave();
  expect(timers()).toBe(0);
  moveTo(90_000);
  expect(sent).toEqual([]);
});
