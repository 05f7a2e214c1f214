import type { JSONValue } from "convex/values";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bundleFiles,
  bundleModules,
  callOf,
  FIXTURES,
  type FunctionApp,
  NOBODY,
  runAction,
  runQuery,
  startFunctionApp,
} from "../../test/function-app.ts";
import { ManualClock } from "../../test/manual-clock.ts";
import { rawModule } from "../../test/raw-functions.ts";

const RAW = `
let n = 0;
export const counter = action(() => n++);
export const time = action(async () => { const a = Date.now(); await new Promise((resolve) => setTimeout(resolve, 5)); return Date.now() - a >= 4; });
export const random = action(() => [crypto.randomUUID().length, crypto.getRandomValues(new Uint8Array(4)) instanceof Uint8Array]);
export const hidden = action(() => [typeof process.exit, typeof Buffer, typeof setImmediate, process.env.SECRET, typeof globalThis.fetch, Object.keys(globalThis.process)]);
export const logs = action(async () => { console.log("one"); await null; console.warn("two"); throw new Error("after logs"); });
export const dangling = action(() => { Convex.asyncSyscall("1.0/actions/query", JSON.stringify({ name: "messages:list", args: {} })); setTimeout(() => {}, 60_000); return 1; });
export const rejects = action(async () => { (async () => { await null; throw new Error("nobody listens"); })(); await new Promise((resolve) => setTimeout(resolve, 20)); return 1; });
export const throwsLater = action(async () => { setTimeout(() => { throw new Error("in a timer"); }, 1); await new Promise((resolve) => setTimeout(resolve, 50)); return 1; });
export const endless = action(() => { for (;;); });
export const metrics = action(() => call("1.0/getTransactionMetrics", {}));
export const meta = action(async () => [await call("1.0/getFunctionMetadata", {}), (await call("1.0/getRequestMetadata", {})).requestId, (await call("1.0/getDeploymentMetadata", {})).class]);
export const catches = action(({ name, args }) => call("1.0/actions/" + name, args).catch((error) => [error.message, error.data ?? null]));
export const importing = action(async () => (await import("./other.js")).value);
export const importingBroken = action(async () => {
  const [first, second] = await Promise.allSettled([import("./_deps/BROKEN.js"), import("./_deps/BROKEN.js")]);
  return [first.reason?.message, second.reason === first.reason];
});
export const schedules = action(() => call("1.0/actions/schedule", { name: "messages:send", args: { body: "x" }, ts: 0 }));
export const stores = action(async () => {
  const id = await Convex.jsSyscall("storage/storeBlob", { blob: new Blob(["file"], { type: "text/plain" }), options: {} });
  const blob = await Convex.jsSyscall("storage/getBlob", { storageId: id });
  return [id, await blob.text(), blob.type, await Convex.jsSyscall("storage/getBlob", { storageId: "none" })];
});
export const quick = action(() => "quick");
export const quickQuery = query(() => "quick");
`;

let app: FunctionApp;

beforeAll(async () => {
  app = await startFunctionApp();
  const node = await bundleFiles(
    `${FIXTURES}functions/node`,
    [`${FIXTURES}functions/node/server.ts`],
    "node",
  );
  await app.deploy(
    [
      ...(await bundleModules(`${FIXTURES}functions/convex`)),
      ...node,
      rawModule("raw.js", RAW),
      rawModule("other.js", "export const value = 'imported';"),
      rawModule("_deps/BROKEN.js", "export const half = 1; throw new Error('broken');"),
    ],
    { SECRET: "s3cret" },
  );
  await app.room.prepare();
}, 20_000);

afterAll(() => app.close());

describe("actions", () => {
  test("[ACT1] an action calls mutations and queries as transactions of their own", async () => {
    expect(await runAction(app, "work:sendTwice", { body: "from an action" })).toBe(2);
    const { requestId } = NOBODY;
    const own = app.records.filter(
      (record) => record.requestId === requestId && record.caller === "Action",
    );
    expect(own.map(({ identifier }) => identifier)).toEqual([
      "messages:send",
      "messages:send",
      "messages:list",
    ]);
  });

  test("[ACT2] time, randomness, timers and the network are real", async () => {
    expect(await runAction(app, "raw:time")).toBe(true);
    expect(await runAction(app, "raw:random")).toEqual([36, true]);
  });

  test("[ACT3] modules are evaluated afresh for each call, and hide what is only Node's", async () => {
    expect([await runAction(app, "raw:counter"), await runAction(app, "raw:counter")]).toEqual([
      0, 0,
    ]);
    expect(await runAction(app, "raw:hidden")).toEqual([
      "undefined",
      "undefined",
      "undefined",
      "s3cret",
      "function",
      ["env"],
    ]);
  });

  test("[ACT3] a module that threw throws the same when it is imported again", async () => {
    expect(await runAction(app, "raw:importingBroken")).toEqual(["broken", true]);
  });

  test("[ACT4] a module for Node has Node's own modules", async () => {
    expect(await runAction(app, "server:hash", { text: "abc" })).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  test("[ACT4] the platform's timers know their promised form", async () => {
    expect(await runAction(app, "server:sleeps")).toBe("slept");
  });

  test("[ACT5] lines are reported in order while the action runs, and belong to its outcome", async () => {
    app.records.length = 0;
    const outcome = await app.room.action(callOf("raw:logs"));
    expect(outcome.logLines).toEqual(["[LOG] 'one'", "[WARN] 'two'"]);
    expect(outcome.ok ? "" : outcome.failure.text).toMatch(/^Uncaught Error: after logs\n/);
    expect(app.records.map(({ kind, logLines }) => [kind, ...logLines])).toEqual([
      ["Progress", "[LOG] 'one'"],
      ["Progress", "[WARN] 'two'"],
      ["Completion"],
    ]);
  });

  test("[ACT6] what nobody awaited is cancelled, with a warning that names it", async () => {
    const outcome = await app.room.action(callOf("raw:dangling"));
    expect(outcome).toMatchObject({ ok: true, json: "1" });
    expect(outcome.logLines).toEqual([
      "[WARN] 2 unawaited operation(s): [runQuery, setTimeout]. Async operations should be awaited or they might not run. See https://docs.convex.dev/functions/actions#dangling-promises for more information.",
    ]);
  });

  test("[ACT7] rejections and errors that nobody handles fail their own action", async () => {
    const [rejected, thrown, fine] = await Promise.all(
      ["raw:rejects", "raw:throwsLater", "raw:quick"].map((path) => app.room.action(callOf(path))),
    );
    expect(rejected).toMatchObject({
      ok: false,
      failure: { text: expect.stringContaining("nobody listens") },
    });
    expect(thrown).toMatchObject({
      ok: false,
      failure: { text: expect.stringContaining("in a timer") },
    });
    expect(fine).toMatchObject({ ok: true });
  });

  test("[ACT8] every failure of a call is catchable, ConvexError data included", async () => {
    const caught = (name: string, args: JSONValue) => runAction(app, "raw:catches", { name, args });
    expect(
      await caught("mutation", { name: "nested:add", args: { body: "b", fail: true } }),
    ).toEqual([expect.stringMatching(/^Uncaught ConvexError: /), { code: "refused", body: "b" }]);
    expect(await caught("query", { name: "messages:boom", args: {} })).toEqual([
      "Uncaught Error: boom\n    at handler (../convex/messages.ts:18:11)",
      null,
    ]);
    expect(await caught("mutation", { name: "messages:gone", args: {} })).toEqual([
      "Could not find function for 'messages:gone'. Did you forget to run `npx convex dev`?",
      null,
    ]);
    expect(await caught("action", { name: "work:echo", args: { value: 4 } })).toBe(4);
  });

  test("[ACT9] an action knows itself and its request, and has no transaction", async () => {
    expect(await runAction(app, "raw:meta")).toEqual([
      { name: "raw:meta", componentPath: "" },
      NOBODY.requestId,
      "s256",
    ]);
    await expect(runAction(app, "raw:metrics")).rejects.toThrow(
      "Unknown async operation 1.0/getTransactionMetrics",
    );
    expect(await runAction(app, "raw:importing")).toBe("imported");
  });

  test("[ACT10] scheduling and files work from actions", async () => {
    expect(await runAction(app, "raw:schedules")).toMatch(/^job\d+$/);
    expect(app.scheduled.at(-1)).toEqual({ path: "messages:send", args: [{ body: "x" }] });
    expect(await runAction(app, "raw:stores")).toEqual(["file0", "file", "text/plain", null]);
  });

  test("[ACT11] arguments and results are checked as everywhere", async () => {
    await expect(runAction(app, "work:sendTwice", {})).rejects.toThrow("ArgumentValidationError: ");
    await expect(runQuery(app, "raw:quick")).rejects.toThrow(
      "Trying to execute raw.js:quick as Query, but it is defined as Action.",
    );
  });
});

describe("isolation", () => {
  test("[ACT14] an action is ended after 600 seconds, and only it", async () => {
    const clock = new ManualClock();
    const timed = await startFunctionApp({ clock });
    const sleeper = `export const sleeper = action(async () => { console.log("asleep"); await new Promise((resolve) => setTimeout(resolve, 1e9)); });`;
    await timed.deploy([rawModule("raw.js", RAW + sleeper)]);
    const asleep = Promise.withResolvers<void>();
    timed.onRecord.push(() => asleep.resolve());
    const outcome = timed.room.action(callOf("raw:sleeper"));
    await asleep.promise;
    clock.advance(600_000);
    expect(await outcome).toMatchObject({
      ok: false,
      failure: { text: "Function execution timed out (maximum duration: 600s)\n" },
    });
    expect(await runAction(timed, "raw:quick")).toBe("quick");
    await timed.close();
  }, 20_000);

  test("[ACT37] an action that is cut off has failed at once, also one that nobody has begun", async () => {
    const timed = await startFunctionApp({ clock: new ManualClock() }); // no timer ends anything
    const sleeper = `export const sleeper = action(async () => { console.log("asleep"); await new Promise((resolve) => setTimeout(resolve, 1e9)); });`;
    await timed.deploy([rawModule("raw.js", RAW + sleeper)]);
    const asleep = Promise.withResolvers<void>();
    timed.onRecord.push(() => asleep.resolve());
    const cut = new AbortController();
    const running = timed.room.action(callOf("raw:sleeper"), cut.signal);
    await asleep.promise;
    cut.abort();
    const late = timed.room.action(callOf("raw:sleeper"), cut.signal);
    const failure = { text: "Transient error while executing action\n" };
    expect(await Promise.all([running, late])).toMatchObject([
      { ok: false, failure },
      { ok: false, failure },
    ]);
    expect(await runAction(timed, "raw:quick")).toBe("quick");
    await expect.poll(() => timed.room.stats().actions).toMatchObject({ running: 0, waiting: 0 });
    await timed.close();
  }, 20_000);

  test("[ACT12] a runaway action delays neither queries nor other actions", async () => {
    const finished: string[] = [];
    const note = (name: string) => () => void finished.push(name);
    const runaway = [0, 1].map(() => app.room.action(callOf("raw:endless")).then(note("runaway")));
    await Promise.all([
      ...Array.from({ length: 20 }, () => runQuery(app, "raw:quickQuery").then(note("query"))),
      ...Array.from({ length: 4 }, () => runAction(app, "raw:quick").then(note("action"))),
    ]);
    expect(finished.filter((name) => name === "query")).toHaveLength(20);
    expect(finished.filter((name) => name === "action")).toHaveLength(4);
    expect(finished).not.toContain("runaway");
    await app.deploy([rawModule("raw.js", RAW)]);
    void Promise.all(runaway);
  }, 20_000);
});
