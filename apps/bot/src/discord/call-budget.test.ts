import { expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.ts";
import { CallBudget, type CallKind } from "./call-budget.ts";

function stage(limit = { limit: 5, perMs: 1_000 }) {
  const clock = new ManualClock();
  const budget = new CallBudget(clock, limit);
  const started: { kind: CallKind; atMs: number }[] = [];
  const beganMs = clock.nowMs();
  const enter = (kind: CallKind, signal?: AbortSignal) =>
    budget.enter(kind, signal).then(
      () => void started.push({ kind, atMs: clock.nowMs() - beganMs }),
      () => undefined,
    );
  const times = (count: number, kind: CallKind) => {
    for (let i = 0; i < count; i += 1) void enter(kind);
  };
  return { clock, budget, started, enter, times };
}

test("[BUD1] no window has more starts than the limit, wherever it begins", async () => {
  const { clock, started, times } = stage();
  for (let i = 0; i < 40; i += 1) {
    times(i % 3, "mirror");
    await clock.advance(97);
  }
  await clock.advance(20_000);
  expect(started).toHaveLength(39);
  for (const { atMs } of started) {
    const within = started.filter((one) => one.atMs >= atMs && one.atMs < atMs + 1_000);
    expect(within.length).toBeLessThanOrEqual(5);
  }
});

test("[BUD1] within the limit nobody waits", async () => {
  const { clock, started, times } = stage();
  times(5, "mirror");
  await clock.advance(0);
  expect(started.map(({ atMs }) => atMs)).toEqual([0, 0, 0, 0, 0]);
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

test("[BUD3] what is aborted while it waits never starts", async () => {
  const { clock, budget, started, enter, times } = stage();
  times(5, "mirror");
  const controller = new AbortController();
  void enter("mirror", controller.signal);
  times(1, "roles");
  controller.abort(new Error("overtaken"));
  await clock.advance(1_000);
  expect(started.map(({ kind }) => kind)).toEqual([...Array(5).fill("mirror"), "roles"]);
  expect(budget.waiting).toBe(0);
  await expect(budget.enter("mirror", controller.signal)).rejects.toThrow("overtaken");
});
