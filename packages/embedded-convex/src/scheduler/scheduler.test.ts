import { afterEach, beforeEach, expect, test } from "vitest";
import { NOBODY, SchedulerBed } from "../../test/scheduler-bed.ts";
import { ConflictError, OverloadedError } from "../errors.ts";
import { INTERRUPTED } from "./run-work.ts";

const DAY_MS = 24 * 3600 * 1000;
let bed: SchedulerBed;

beforeEach(async () => {
  bed = await new SchedulerBed().open();
});
afterEach(() => bed.remove());

const mark = (name: string) =>
  bed.mutations.set(`m:${name}`, (tx) => void tx.insert("marks", { name }));
const marks = () =>
  bed.read((tx) => {
    const rows = tx.openQuery({
      source: { type: "FullTableScan", tableName: "marks", order: null },
      operators: [],
    });
    const names: string[] = [];
    for (let row = rows.next(); row !== null; row = rows.next()) names.push(JSON.parse(row).name);
    return names;
  });
const conflict = () =>
  new ConflictError({ table: "marks", documentId: null, source: null, committedAt: 1n });

test("[SCHED1] a job exists exactly when its transaction commits", async () => {
  const aborted = bed.database.begin();
  const never = bed.scheduleIn(aborted, "m:a", 0);
  aborted.close();
  const id = await bed.schedule("m:a", 1_000, { x: 1 });
  expect(bed.job(never)).toBeNull();
  expect(bed.job(id)).toEqual({
    _id: id,
    _creationTime: expect.any(Number),
    name: "m.js:a",
    args: [{ x: 1 }],
    scheduledTime: bed.clock.nowMs() + 1_000,
    state: { kind: "pending" },
  });
});

test.each([
  ["future", 1],
  ["past", -1],
])("[SCHED2] more than five years in the %s is refused", async (direction, sign) => {
  const away = sign * (5 * 365 * DAY_MS + 1_000);
  await expect(bed.schedule("m:a", away)).rejects.toThrow(
    `is more than 5 years in the ${direction}`,
  );
  await bed.schedule("m:a", away - sign * 2_000);
});

test("[SCHED3] a canceled job never runs", async () => {
  mark("a");
  await bed.start();
  const canceled = await bed.schedule("m:a", 1_000);
  const other = await bed.schedule("m:a", 2_000);
  await bed.cancel(canceled);
  bed.clock.advance(2_000);
  await bed.ended(other);
  expect(bed.job(canceled)?.state).toEqual({ kind: "canceled" });
  expect(marks()).toEqual(["a"]);
});

test("[SCHED3] a running action is marked canceled and what it schedules then is born canceled", async () => {
  const started = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  let child = "";
  bed.actions.set("a:slow", async ({ request }) => {
    started.resolve();
    await goOn.promise;
    child = await bed.commit((tx) => bed.scheduleIn(tx, "m:a", 0, { request }));
  });
  await bed.start();
  const id = await bed.schedule("a:slow");
  await started.promise;
  await bed.cancel(id);
  goOn.resolve();
  await bed.until(() => bed.internalJob(id)?.state === "done");
  expect(bed.job(id)?.state).toEqual({ kind: "canceled" });
  expect(bed.job(child)?.state).toEqual({ kind: "canceled" });
});

test("[SCHED3] a job that ended stays as it is", async () => {
  mark("a");
  await bed.start();
  const id = await bed.schedule("m:a");
  await bed.ended(id);
  await bed.cancel(id);
  expect(bed.job(id)?.state).toEqual({ kind: "success" });
});

test("[SCHED4] a mutation cannot cancel itself", async () => {
  bed.mutations.set("m:self", (tx, { request }) => {
    bed.scheduler.cancel(tx, String(request.scheduledFunctionId), request);
  });
  await bed.start();
  const id = await bed.schedule("m:self");
  await bed.ended(id);
  expect(bed.job(id)?.state).toEqual({
    kind: "failed",
    error: "DeveloperError: A mutation cannot cancel itself",
  });
});

test.each(["nonsense", "kc2ensa6a7rze5k3zbm7mmt4jd8jpt4z".replace("kc2", "j57")])(
  "[SCHED4] %s is not the id of a scheduled function",
  async (id) => {
    await expect(bed.cancel(id)).rejects.toThrow("Invalid scheduled function ID.");
  },
);

test("[SCHED5] the job is inProgress to its own mutation and succeeds with its writes", async () => {
  let seen: unknown;
  bed.mutations.set("m:look", (tx, { request }) => {
    seen = JSON.parse(
      tx.get(String(request.scheduledFunctionId), { system: true }) ?? "null",
    ).state;
    tx.insert("marks", { name: "look" });
  });
  await bed.start();
  const id = await bed.schedule("m:look");
  await bed.ended(id);
  expect(seen).toEqual({ kind: "inProgress" });
  expect(bed.job(id)).toMatchObject({
    state: { kind: "success" },
    completedTime: bed.clock.nowMs(),
  });
  expect(marks()).toEqual(["look"]);
});

test("[SCHED5] a mutation that was canceled while it ran has no effect", async () => {
  bed.mutations.set("m:late", (tx, { request }) => {
    tx.insert("marks", { name: "late" });
    const other = bed.database.begin();
    bed.scheduler.cancel(other, String(request.scheduledFunctionId), NOBODY);
    bed.database.commit(other, { source: null });
  });
  await bed.start();
  const id = await bed.schedule("m:late");
  await bed.until(() => bed.clock.waiting.some((atMs) => atMs === bed.clock.nowMs() + 100));
  bed.clock.advance(100);
  await bed.ended(id);
  expect([bed.job(id)?.state.kind, marks()]).toEqual(["canceled", []]);
});

test("[SCHED6] an action is durably inProgress before it starts, and ends with its result", async () => {
  let seen: unknown;
  bed.actions.set("a:look", async ({ request }) => {
    const tx = bed.database.begin({ durable: true });
    seen = tx.system.get("_scheduled_functions", String(request.scheduledFunctionId))?.state;
    tx.close();
  });
  bed.actions.set("a:bad", async () => {
    throw new Error("bad");
  });
  await bed.start();
  const good = await bed.schedule("a:look");
  const bad = await bed.schedule("a:bad");
  await bed.ended(good);
  await bed.ended(bad);
  expect(seen).toEqual({ kind: "inProgress" });
  expect(bed.job(good)?.state).toEqual({ kind: "success" });
  expect(bed.job(bad)?.state).toEqual({ kind: "failed", error: "Error: bad" });
});

test("[SCHED6] an action found in progress after a crash failed and never runs again", async () => {
  let runs = 0;
  const started = Promise.withResolvers<void>();
  bed.actions.set("a:cut", async (_call, signal) => {
    runs += 1;
    started.resolve();
    await new Promise((_, reject) => signal?.addEventListener("abort", reject));
  });
  await bed.start();
  const id = await bed.schedule("a:cut");
  await started.promise;
  // The process dies: nothing records the end. What is on disk is what counts.
  const crashed = bed.internalJob(id);
  await bed.scheduler.close();
  await bed.commit((tx) => {
    tx.system.patch("_scheduled_internal", String(crashed?._id), { state: "running" });
    tx.system.replace("_scheduled_functions", id, {
      name: "a.js:cut",
      args: [{}],
      scheduledTime: 0,
      state: { kind: "inProgress" },
    });
  });
  await bed.reopen();
  await bed.start();
  expect(bed.job(id)?.state).toEqual({ kind: "failed", error: INTERRUPTED });
  expect(runs).toBe(1);
});

test("[SCHED7] a conflict is retried with a growing pause until it commits", async () => {
  let attempts = 0;
  bed.mutations.set("m:hot", (tx) => {
    attempts += 1;
    if (attempts < 4) throw conflict();
    tx.insert("marks", { name: "hot" });
  });
  await bed.start();
  const id = await bed.schedule("m:hot");
  for (const pauseMs of [100, 200, 400]) {
    await expect.poll(() => bed.clock.waiting[0]).toBe(bed.clock.nowMs() + pauseMs);
    bed.clock.advance(pauseMs);
  }
  await bed.ended(id);
  expect([attempts, marks()]).toEqual([4, ["hot"]]);
});

test("[SCHED7] a failure of the function is recorded and not retried", async () => {
  let attempts = 0;
  bed.mutations.set("m:bad", (tx) => {
    attempts += 1;
    tx.insert("marks", { name: "bad" });
    throw new Error("bad");
  });
  await bed.start();
  const id = await bed.schedule("m:bad");
  await bed.ended(id);
  expect(bed.job(id)?.state).toEqual({ kind: "failed", error: "Error: bad" });
  bed.clock.advance(DAY_MS);
  expect([attempts, marks()]).toEqual([1, []]);
});

test("[SCHED7] an error of the system is retried later, an action that was refused too", async () => {
  let refusals = 2;
  const refuse = () => {
    if (refusals-- > 0) throw new OverloadedError("TooManyConcurrentRequests", "busy");
  };
  bed.actions.set("a:busy", async () => refuse());
  await bed.start();
  const id = await bed.schedule("a:busy");
  for (const pauseMs of [500, 1_000]) {
    await bed.until(() => bed.internalJob(id)?.scheduledTime === bed.clock.nowMs() + pauseMs);
    expect(bed.job(id)?.state).toEqual({ kind: "pending" });
    bed.clock.advance(pauseMs);
  }
  await bed.ended(id);
  expect(bed.job(id)?.state).toEqual({ kind: "success" });
});

test("[SCHED8] what became due while the process was down runs at the start, the longest due first", async () => {
  const order: string[] = [];
  for (const name of ["a", "b", "c"]) bed.mutations.set(`m:${name}`, () => void order.push(name));
  await bed.schedule("m:a", 3_000);
  await bed.schedule("m:b", 1_000);
  const last = await bed.schedule("m:c", 5_000);
  await bed.reopen();
  bed.clock.advance(4_000);
  await bed.start();
  bed.clock.advance(1_000);
  await bed.ended(last);
  expect(order).toEqual(["b", "a", "c"]);
});

test("[SCHED9] at most eight run at a time and the ninth follows when one ends", async () => {
  const starts: string[] = [];
  const gates = new Map<string, () => void>();
  bed.actions.set("a:wait", ({ request }) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    starts.push(String(request.scheduledFunctionId));
    gates.set(String(request.scheduledFunctionId), resolve);
    return promise;
  });
  const ids = await bed.commit((tx) =>
    Array.from({ length: 9 }, (_, i) => bed.scheduleIn(tx, "a:wait", i - 10)),
  );
  await bed.start();
  await expect.poll(() => starts.length).toBe(8);
  expect(new Set(starts)).toEqual(new Set(ids.slice(0, 8)));
  gates.get(String(ids[3]))?.();
  await expect.poll(() => starts[8]).toBe(ids[8]);
  for (const open of gates.values()) open();
  await bed.until(() => ids.every((id) => bed.job(id)?.completedTime !== undefined));
});

test("[SCHED10] a job that ended stays for seven days", async () => {
  mark("a");
  await bed.start();
  const id = await bed.schedule("m:a");
  const pending = await bed.schedule("m:a", 30 * DAY_MS);
  await bed.ended(id);
  bed.clock.advance(7 * DAY_MS - 1);
  expect(bed.job(id)).not.toBeNull();
  bed.clock.advance(1);
  await bed.until(() => bed.job(id) === null);
  expect([bed.internalJob(id), bed.job(pending)?.state.kind]).toEqual([null, "pending"]);
});

test("[SCHED11] without work there is no timer but for what is due next and for retention", async () => {
  const nowMs = bed.clock.nowMs();
  await bed.start();
  await expect.poll(() => bed.clock.waiting).toEqual([nowMs + 7 * DAY_MS]);
  await bed.schedule("m:a", 20_000);
  await bed.schedule("m:a", 10_000);
  await bed.until(() => bed.clock.waiting.length === 2);
  expect(bed.clock.waiting).toEqual([nowMs + 10_000, nowMs + 7 * DAY_MS]);
});
