import fc from "fast-check";
import { expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { CallBudget, type CallKind } from "./call-budget.ts";

interface Started {
  readonly kind: CallKind;
  readonly atMs: number;
}

/** `wayMs` answers how long the next call travels there, and as long back. */
function stage(limit = { limit: 5, perMs: 1_000 }, wayMs: () => number = () => 0) {
  const clock = new ManualClock();
  const budget = new CallBudget(clock, limit);
  const started: Started[] = [];
  const arrivedAtMs: number[] = [];
  const beganMs = clock.nowMs();
  const enter = (kind: CallKind, signal?: AbortSignal) =>
    budget.enter(kind, signal).then(
      (ended) => {
        started.push({ kind, atMs: clock.nowMs() - beganMs });
        const way = wayMs();
        if (way === 0) {
          arrivedAtMs.push(clock.nowMs());
          return ended("answered");
        }
        clock.after(way, () => arrivedAtMs.push(clock.nowMs()));
        clock.after(2 * way, () => ended("answered"));
      },
      () => undefined,
    );
  const times = (count: number, kind: CallKind) => {
    for (let i = 0; i < count; i += 1) void enter(kind);
  };
  return { clock, budget, started, arrivedAtMs, enter, times };
}

/** The most that Discord counts in one of its windows, which open with their first call. */
function mostCounted(arrivedAtMs: readonly number[], perMs: number): number {
  let [opened, counted, most] = [Number.NEGATIVE_INFINITY, 0, 0];
  for (const atMs of arrivedAtMs) {
    if (atMs >= opened + perMs) [opened, counted] = [atMs, 0];
    counted += 1;
    most = Math.max(most, counted);
  }
  return most;
}

test("[BUD1] of a backlog Discord counts no more than its limit, however long the calls travel", async () => {
  const calls = fc.integer({ min: 12, max: 60 });
  const ways = fc.infiniteStream(fc.oneof(fc.constant(20), fc.integer({ min: 20, max: 180 })));
  const property = fc.asyncProperty(calls, ways, fc.boolean(), async (count, way, isWarm) => {
    const run = stage({ limit: 5, perMs: 1_000 }, () => way.next().value ?? 20);
    if (isWarm) {
      run.times(100, "mirror");
      await run.clock.advance(60_000);
    }
    run.times(count, "mirror");
    await run.clock.advance(60_000);
    expect(run.budget.waiting).toBe(0);
    expect(mostCounted(run.arrivedAtMs, 1_000)).toBeLessThanOrEqual(5);
  });
  await fc.assert(property, { numRuns: 40 });
});

test("[BUD1] what comes each second within the limit never waits", async () => {
  const { clock, started, times } = stage({ limit: 50, perMs: 1_000 }, () => 40);
  for (let second = 0; second < 20; second += 1) {
    times(40, "mirror");
    await clock.advance(1_000);
  }
  expect(started).toHaveLength(800);
  expect(Math.max(...started.map(({ atMs }) => atMs % 1_000))).toBe(0);
});

test("[BUD1] a call without an answer holds the next window up for a while, not for good", async () => {
  const hanging = stage({ limit: 1, perMs: 1_000 }, () => 60_000);
  hanging.times(3, "mirror");
  await hanging.clock.advance(10_000);
  expect(hanging.started.map(({ atMs }) => atMs)).toEqual([0, 4_000, 8_000]);
});

test("[BUD2] an urgent call overtakes all that wait", async () => {
  const { clock, started, times } = stage();
  times(12, "mirror");
  times(1, "urgent");
  await clock.advance(1_000);
  expect(started[5]).toEqual({ kind: "urgent", atMs: 1_000 });
});

test("[BUD2] kinds that wait share by weight, and an idle one leaves its share", async () => {
  const { clock, started, times } = stage({ limit: 60, perMs: 1_000 });
  times(60, "mirror");
  times(200, "mirror");
  times(200, "roles");
  times(200, "upkeep");
  await clock.advance(1_000);
  const shares = (kind: CallKind) => started.slice(60).filter((one) => one.kind === kind).length;
  expect([shares("mirror"), shares("roles"), shares("upkeep")]).toEqual([30, 20, 10]);
});

test("[BUD2] who was away does not make up for it", async () => {
  const { clock, started, times } = stage({ limit: 10, perMs: 1_000 });
  times(100, "mirror");
  await clock.advance(3_000);
  times(100, "roles");
  await clock.advance(1_000);
  const last = started.slice(-10).map(({ kind }) => kind);
  expect(last.filter((kind) => kind === "mirror").length).toBeGreaterThanOrEqual(5);
});

test("[BUD4] a post that comes while a crowd of roles waits has its turn at once", async () => {
  const { clock, started, times } = stage({ limit: 10, perMs: 1_000 });
  times(100, "roles");
  times(20, "upkeep");
  await clock.advance(2_500);
  started.length = 0;
  times(5, "mirror");
  await clock.advance(0);
  expect(started).toEqual(Array(5).fill({ kind: "mirror", atMs: 2_500 }));
  await clock.advance(60_000);
  expect(started).toHaveLength(120 - 3 * 5 + 5);
});

test("[BUD3] what is aborted while it waits never starts", async () => {
  const { clock, budget, started, enter, times } = stage();
  times(5, "mirror");
  const controller = new AbortController();
  void enter("mirror", controller.signal);
  times(1, "roles");
  controller.abort(new Error("overtaken"));
  await clock.advance(1_100);
  expect(started.map(({ kind }) => kind)).toEqual([...Array(5).fill("mirror"), "roles"]);
  expect(budget.waiting).toBe(0);
  await expect(budget.enter("mirror", controller.signal)).rejects.toThrow("overtaken");
});
