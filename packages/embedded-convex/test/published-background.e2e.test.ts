/** Published components that work in the background, unmodified, each used for what it is for. */
import type { ConvexClient } from "convex/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { mutation, query, type RunningServer, startServer } from "./running-server.ts";
import { watched } from "./watched.ts";

const PATIENCE = { timeout: 20_000 };
let server: RunningServer;
let client: ConvexClient;

beforeAll(async () => {
  server = await startServer("published");
  client = server.connect();
});
afterAll(() => server?.stop());

const ask = (path: string, args = {}) => client.query(query(path), args);
const tell = (path: string, args = {}) => client.mutation(mutation(path), args);
const watch = (path: string, args = {}) => watched(client, path, args);
const journal = (topic: string) => watch("journal:read", { topic });

describe.concurrent("each in its own time", () => {
  test("[PKG6] a pool runs as many at a time as it may, and tells the end of each", async ({
    expect,
  }) => {
    const ends = journal("crowd");
    await tell("pools:occupyAll", { name: "crowd", count: 6 });
    await expect
      .poll(() => ((ends() ?? []) as string[]).toSorted(), PATIENCE)
      .toEqual([0, 1, 2, 3, 4, 5].map((index) => `success ${index}`));
    expect(await ask("pools:gauge", { name: "crowd" })).toEqual({ running: 0, peak: 2 });
  });

  test("[PKG6] a pool of one runs mutations one after the other", async ({ expect }) => {
    const texts = Array.from({ length: 8 }, (_, i) => `step ${i}`);
    const steps = journal("serial");
    await tell("pools:stepAll", { topic: "serial", texts });
    await expect.poll(steps, PATIENCE).toEqual(texts);
  });

  test("[PKG6] failed work is tried again until its attempts are used up", async ({ expect }) => {
    const [recovers, givesUp] = [journal("recovers result"), journal("gives up result")];
    await tell("pools:tryFlaky", { topic: "recovers", successAt: 3 });
    await tell("pools:tryFlaky", { topic: "gives up", successAt: 9 });
    await expect.poll(recovers, PATIENCE).toEqual(["success attempt 3"]);
    await expect
      .poll(givesUp, PATIENCE)
      .toEqual([expect.stringMatching(/^failed .*attempt 3 fails/s)]);
    expect(await ask("journal:read", { topic: "gives up" })).toHaveLength(3);
  });

  test("[PKG6] canceled work never runs, and its end is told", async ({ expect }) => {
    const id = await tell("pools:later", { topic: "later" });
    expect(await ask("pools:status", { id })).toBe("pending");
    await tell("pools:cancel", { id });
    await expect.poll(journal("later"), PATIENCE).toEqual(["canceled"]);
    await expect.poll(watch("pools:status", { id }), PATIENCE).toBe("finished");
  });

  test("[PKG9] an action that fails is run again until it succeeds", async ({ expect }) => {
    const id = await tell("retries:start", { topic: "retried", successAt: 3 });
    await expect.poll(watch("retries:status", { id }), PATIENCE).toEqual({
      type: "completed",
      result: { type: "success", returnValue: "attempt 3" },
    });
    await expect.poll(journal(`retries ${id}`), PATIENCE).toEqual(["success"]);
    await tell("retries:cleanUp", { id });
    await expect(ask("retries:status", { id })).rejects.toThrow();
  });

  test("[PKG9] it is given up after its failures, or when it is canceled", async ({ expect }) => {
    const id = await tell("retries:start", { topic: "hopeless", successAt: 99 });
    const status = watch("retries:status", { id });
    await expect
      .poll(status, PATIENCE)
      .toMatchObject({ type: "completed", result: { type: "failed" } });
    expect(JSON.stringify(status())).toMatch(/attempt \d fails/);
    await expect.poll(journal(`retries ${id}`), PATIENCE).toEqual(["failed"]);
    const runs = (await ask("journal:read", { topic: "hopeless" })) as string[];
    expect(runs.length).toBeGreaterThanOrEqual(3);

    const canceled = await tell("retries:startLater", { topic: "canceled" });
    await tell("retries:cancel", { id: canceled });
    await expect
      .poll(watch("retries:status", { id: canceled }), PATIENCE)
      .toEqual({ type: "completed", result: { type: "canceled" } });
    expect(await ask("journal:read", { topic: "canceled" })).toEqual([]);
  });

  test("[PKG11] a cron that is registered at run time runs until it is deleted", async ({
    expect,
  }) => {
    await tell("ticks:every", { name: "second", ms: 1000 });
    await tell("ticks:every", { name: "gone", ms: 1000 });
    await tell("ticks:at", { name: "new year", cronspec: "0 0 1 1 *" });
    await expect(tell("ticks:every", { name: "second", ms: 1000 })).rejects.toThrow();
    await tell("ticks:remove", { name: "gone" });
    expect(await ask("ticks:list")).toEqual([
      { name: "second", schedule: { kind: "interval", ms: 1000 } },
      { name: "new year", schedule: { kind: "cron", cronspec: "0 0 1 1 *" } },
    ]);
    await expect.poll(journal("second"), PATIENCE).toEqual(["tick", "tick"]);
    await tell("ticks:remove", { name: "second" });
    await tell("ticks:every", { name: "witness", ms: 1000 });
    await expect.poll(journal("witness"), PATIENCE).toEqual(["tick", "tick"]);
    expect(await ask("journal:read", { topic: "gone" })).toEqual([]);
    expect(await ask("journal:read", { topic: "second" })).toEqual(["tick", "tick"]);
    await tell("ticks:remove", { name: "witness" });
  });

  test("[PKG7] a workflow is canceled while it waits, and shows its steps", async ({ expect }) => {
    const id = await tell("orders:start", { topic: "canceled order", sleepMs: 0 });
    const steps = watch("orders:steps", { id });
    await expect
      .poll(() => ((steps() ?? []) as string[]).map((name) => name.split(":").at(-1)), PATIENCE)
      .toEqual(["log", "quote", "countOf", "sleep", "log", "approval"]);
    expect(await ask("orders:status", { id })).toEqual({ type: "inProgress", result: null });
    await tell("orders:cancel", { id });
    await expect
      .poll(watch("orders:status", { id }), PATIENCE)
      .toEqual({ type: "canceled", result: null });
    await expect.poll(journal("canceled order result"), PATIENCE).toEqual(["canceled "]);
    await tell("orders:cleanUp", { id });
    await expect(ask("orders:status", { id })).rejects.toThrow();
  });

  test("[PKG7] a workflow runs another one, and fails with a step that fails for good", async ({
    expect,
  }) => {
    await tell("orders:startOther", { kind: "parcel", topic: "parcel" });
    const id = await tell("orders:startOther", { kind: "doomed", topic: "doomed" });
    await expect.poll(journal("parcel result"), PATIENCE).toEqual(["success parcel: wrapped"]);
    await expect
      .poll(journal("doomed result"), PATIENCE)
      .toEqual([expect.stringMatching(/^failed .*doomed is refused/s)]);
    expect(await ask("orders:status", { id })).toMatchObject({ type: "failed" });
  });
});

// Alone and last: nothing else may run while the engine is away.
test("[PKG7] a workflow goes on after restarts while it sleeps and while it waits, each step once", async () => {
  const notes = journal("order");
  const id = await tell("orders:start", { topic: "order", sleepMs: 2000 });
  const quoted = journal("order quotes");
  await expect.poll(quoted, PATIENCE).toEqual(["quote", "quote"]); // the first one failed
  await expect
    .poll(async () => (await ask("orders:steps", { id })).length, PATIENCE)
    .toBeGreaterThan(3);
  expect(notes()).toEqual(["reserved"]);
  await server.restart();
  await expect.poll(notes, PATIENCE).toEqual(["reserved", "slept with 1"]);
  expect(await ask("orders:status", { id })).toMatchObject({ type: "inProgress" });
  await server.restart();
  await tell("orders:approve", { id, by: "Mia" });
  await expect
    .poll(watch("orders:status", { id }), PATIENCE)
    .toEqual({ type: "completed", result: "Mia paid 42" });
  await expect.poll(notes).toEqual(["reserved", "slept with 1", "shipped by Mia"]);
  await expect.poll(journal("order result"), PATIENCE).toEqual(["success Mia paid 42"]);
  expect(quoted()).toEqual(["quote", "quote"]);
});
