import { expect, test } from "vitest";
import { TIMED_OUT, TimeBudget } from "./time-budget.ts";

/** A machine whose thread gets only a share of the time. */
function machine() {
  const now = { wall: 0, cpu: 0, asked: 0 };
  const budget = new TimeBudget({
    wallMs: () => now.wall,
    cpuMs: () => {
      now.asked++;
      return now.cpu;
    },
  });
  /** Looks after every 10 ms, as ticks do. */
  const pass = (wallMs: number, share: number) => {
    for (let ms = 0; ms < wallMs && budget.exceeded() === null; ms += 10) {
      now.wall += 10;
      now.cpu += 10 * share;
    }
  };
  return { budget, now, pass };
}

test("[FN26] code that has the processor a third of the time gets to use more than its second", () => {
  const { budget, now, pass } = machine();
  budget.user(() => pass(1_400, 1 / 3));
  expect(budget.exceeded()).toBeNull();
  expect(now.wall).toBe(1_400);
});

test("[FN26] a second of the processor is the end, in one stretch or in many", () => {
  for (const stretchMs of [5_000, 60]) {
    const { budget, now, pass } = machine();
    while (budget.exceeded() === null) {
      budget.user(() => pass(stretchMs, 0.8));
      budget.syscall(() => now.wall++);
    }
    expect(budget.exceeded()).toBe(TIMED_OUT);
    expect(now.cpu).toBeGreaterThan(950);
    expect(now.cpu).toBeLessThan(1_050);
  }
});

test("[FN26] nobody waits longer than two seconds for it", () => {
  const { budget, now, pass } = machine();
  budget.user(() => pass(10_000, 0.1));
  expect(budget.exceeded()).toBe(TIMED_OUT);
  expect(now.wall).toBeLessThan(2_100);
});

test("[FN26] short executions are not asked for their CPU time", () => {
  const { budget, now, pass } = machine();
  for (let n = 0; n < 4; n++) budget.user(() => pass(10, 1));
  expect(now.asked).toBe(0);
});
