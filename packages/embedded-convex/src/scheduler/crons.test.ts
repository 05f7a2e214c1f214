import { afterEach, beforeEach, expect, test } from "vitest";
import { SchedulerBed } from "../../test/scheduler-bed.ts";
import { OverloadedError } from "../errors.ts";
import { applyCrons, type CronRow, type CronSpec } from "./cron-rows.ts";
import type { CronSchedule } from "./cron-schedule.ts";
import { INTERRUPTED } from "./run-work.ts";

const HOUR_MS = 3_600_000;
const HOURLY: CronSchedule = { type: "interval", seconds: 3600 };
let bed: SchedulerBed;

beforeEach(async () => {
  bed = await new SchedulerBed().open();
});
afterEach(() => bed.remove());

const spec = (name: string, more: Partial<CronSpec> = {}): CronSpec => ({
  name,
  path: "m:tick",
  args: [{}],
  schedule: HOURLY,
  ...more,
});
const push = (...specs: CronSpec[]) =>
  bed.commit((tx) => applyCrons(tx, "", specs, bed.clock.nowMs()));
const crons = () => bed.read((tx) => tx.system.query("_crons", "by_name") as unknown as CronRow[]);
const cron = (name: string) => crons().find((row) => row.name === name);

test("[CRON6] an unchanged schedule keeps its next run, also when function or arguments change", async () => {
  await push(spec("a"));
  const { nextRunMs } = cron("a") ?? {};
  bed.clock.advance(1_000);
  expect(await push(spec("a"))).toEqual({ added: [], updated: [], deleted: [] });
  const moved = spec("a", { path: "m:other", args: [{ x: 1 }] });
  expect(await push(moved)).toEqual({ added: [], updated: ["a"], deleted: [] });
  expect(cron("a")).toMatchObject({ path: "m:other", args: [{ x: 1 }], nextRunMs });
});

test("[CRON6] a changed schedule moves the next run and a name that is gone is removed", async () => {
  await push(spec("a"), spec("b"));
  bed.clock.advance(5_000);
  const changed = spec("a", { schedule: { type: "interval", seconds: 60 } });
  expect(await push(changed, spec("c"))).toEqual({
    added: ["c"],
    updated: ["a"],
    deleted: ["b"],
  });
  expect(crons().map(({ name }) => name)).toEqual(["a", "c"]);
  expect(cron("a")?.nextRunMs).toBe(bed.clock.nowMs());
});

test("[CRON7] a mutation's run and the next run's time are one commit", async () => {
  const seen: (number | undefined)[] = [];
  bed.mutations.set("m:tick", (tx) => {
    seen.push(cron("a")?.nextRunMs);
    tx.insert("ticks", {});
  });
  await bed.start();
  const startMs = bed.clock.nowMs();
  await push(spec("a"));
  await bed.until(() => cron("a")?.nextRunMs === startMs + HOUR_MS);
  bed.clock.advance(HOUR_MS);
  await bed.until(() => cron("a")?.nextRunMs === startMs + 2 * HOUR_MS);
  expect(seen).toEqual([startMs, startMs + HOUR_MS]);
  expect(bed.read((tx) => tx.count("ticks"))).toBe(2);
});

test("[CRON7] a run that takes longer than the interval is not joined by another, and is made up for once", async () => {
  let runs = 0;
  let finish = () => {};
  bed.actions.set("a:slow", async () => {
    runs += 1;
    const { promise, resolve } = Promise.withResolvers<void>();
    finish = resolve;
    await promise;
  });
  await bed.start();
  const startMs = bed.clock.nowMs();
  await push(spec("slow", { path: "a:slow" }));
  await bed.until(() => cron("slow")?.running === true);
  bed.clock.advance(2.5 * HOUR_MS);
  await push(spec("slow", { path: "a:slow" }), spec("other", { path: "m:other" }));
  expect(runs).toBe(1);
  finish();
  await bed.until(() => cron("slow")?.running === false);
  expect(cron("slow")?.nextRunMs).toBe(startMs + 3 * HOUR_MS);
  expect(bed.logged).toContain("cron.skipped");
});

test("[CRON8] a function runs without identity, and a failed run does not stop the cron", async () => {
  const identities: string[] = [];
  bed.mutations.set("m:tick", (_tx, { request }) => {
    identities.push(request.identity.kind);
    throw new Error("bad tick");
  });
  await bed.start();
  const startMs = bed.clock.nowMs();
  await push(spec("a"));
  await bed.until(() => cron("a")?.nextRunMs === startMs + HOUR_MS);
  expect(cron("a")?.lastRun).toEqual({ atMs: startMs, error: "Error: bad tick" });
  bed.clock.advance(HOUR_MS);
  await bed.until(() => cron("a")?.nextRunMs === startMs + 2 * HOUR_MS);
  expect(identities).toEqual(["none", "none"]);
});

test("[CRON8] an action that was running at a crash counts as failed and the cron goes on", async () => {
  await push(spec("a"));
  await bed.commit((tx) => tx.system.patch("_crons", String(cron("a")?._id), { running: true }));
  const startMs = bed.clock.nowMs();
  await bed.reopen();
  await bed.start();
  expect(cron("a")).toMatchObject({
    running: false,
    nextRunMs: startMs + HOUR_MS,
    lastRun: { atMs: startMs, error: INTERRUPTED },
  });
});

test("[CRON5] a cron that was due while the process was down runs once at the start", async () => {
  let runs = 0;
  bed.mutations.set("m:tick", () => {
    runs += 1;
  });
  const startMs = bed.clock.nowMs();
  await push(spec("a"));
  await bed.reopen();
  bed.clock.advance(3.5 * HOUR_MS);
  await bed.start();
  await bed.until(() => cron("a")?.nextRunMs === startMs + 4 * HOUR_MS);
  expect(runs).toBe(1);
});

test("[CRON6] a cron removed while its action runs is simply gone", async () => {
  let finish = () => {};
  bed.actions.set("a:slow", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    finish = resolve;
    await promise;
  });
  await bed.start();
  await push(spec("slow", { path: "a:slow" }));
  await bed.until(() => cron("slow")?.running === true);
  await push();
  finish();
  await bed.scheduler.close();
  expect(crons()).toEqual([]);
});

test("[CRON8] a run that the system refused is tried again later and keeps its place", async () => {
  let refusals = 1;
  bed.actions.set("a:busy", async () => {
    if (refusals-- > 0) throw new OverloadedError("TooManyConcurrentRequests", "busy");
  });
  await bed.start();
  const startMs = bed.clock.nowMs();
  await push(spec("busy", { path: "a:busy" }));
  await expect.poll(() => bed.clock.waiting[0]).toBe(startMs + 500);
  expect(cron("busy")).toMatchObject({ running: false, nextRunMs: startMs });
  bed.clock.advance(500);
  await bed.until(() => cron("busy")?.nextRunMs === startMs + HOUR_MS);
  expect(cron("busy")?.lastRun).toEqual({ atMs: startMs, error: null });
});
