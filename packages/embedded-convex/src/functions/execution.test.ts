import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  callOf,
  type FunctionApp,
  runMutation,
  runQuery,
  startFunctionApp,
} from "../../test/function-app.ts";
import { rawModule } from "../../test/raw-functions.ts";

const insert = (body: string) => `call("1.0/insert", { table: "log", value: { body: ${body} } })`;
const BODIES = `const bodies = async () => {
  const { queryId } = sync("1.0/queryStream", { query: { source: { type: "FullTableScan", tableName: "log", order: null }, operators: [] } });
  const found = [];
  for (;;) {
    const { value, done } = await call("1.0/queryStreamNext", { queryId });
    if (done) return found;
    found.push(value.body);
  }
};`;

let app: FunctionApp;

beforeAll(async () => {
  app = await startFunctionApp();
  await app.deploy([
    rawModule(
      "order.js",
      `${BODIES}
       export const interleaved = mutation(async () => {
         const line = async (name) => { for (const n of [1, 2]) { await ${insert("name + n")}; await null; await null; } };
         await Promise.all([line("a"), line("b")]);
         return await bodies();
       });
       export const readsBeforeWrites = mutation(async () => {
         const [before] = await Promise.all([bodies(), ${insert('"late"')}]);
         return before.includes("late");
       });`,
    ),
    rawModule(
      "dangling.js",
      `${BODIES}
       export const list = query(bodies);
       export const unawaited = mutation(async () => { ${insert('"unawaited"')}.then(() => ${insert('"after it"')}); return 1; });
       export const rejectsUnawaited = mutation(async () => {
         (async () => { await null; throw new Error("nobody listens"); })();
         await ${insert('"lost"')};
         return 1;
       });
       export const handledLate = query(async () => {
         const failing = Promise.reject(new Error("late"));
         await bodies();
         try { await failing; } catch (error) { return error.message; }
       });
       export const failsWithPending = mutation(async () => { ${insert('"pending"')}; throw new Error("stop"); });
       export const never = query(() => new Promise(() => {}));
       export const one = query(() => 1);
       export const stores = mutation(() => call("1.0/storageStore", { requestId: "", blob: "", contentType: "text/plain" }));`,
    ),
    rawModule(
      "rejections.js",
      `const forever = () => { for (;;); };
       const unreadable = () => Object.defineProperty(new Error("x"), "message", { get: forever });
       export const getter = query(() => { Promise.reject(unreadable()); return 1; });
       export const trap = query(() => { Promise.reject(new Proxy({}, { getPrototypeOf: forever })); return 1; });
       export const disguised = query(() => { Object.setPrototypeOf(Promise.reject(new Error("x")), null); return "fine"; });
       export const proxied = query(() => { Object.setPrototypeOf(Promise.reject(new Error("x")), new Proxy({}, {})); return "fine"; });
       export const overflow = query(() => {
         const caught = new Set();
         const deeper = (n) => {
           try { deeper(n + 1); } catch (error) { caught.add(error); }
           if (caught.size > 2000) return;
           for (const call of [() => console.log(1), () => new URL("http://a.example"), () => Convex.syscall("1.0/none", "{}")]) {
             try { call(); } catch (error) { caught.add(error); }
           }
         };
         try { deeper(0); } catch {}
         return [...caught].filter((error) => !(error instanceof Error)).length;
       });
       export const flood = query(async () => {
         await Promise.all(Array.from({ length: 100000 }, () => call("1.0/getUserIdentity", {})));
         return "answered";
       });
       export const many = query(() => { for (let i = 0; i < 1000; i++) Promise.reject(unreadable()); return 1; });`,
    ),
    rawModule(
      "trapped.js",
      `export const trap = new Proxy({}, { ownKeys() { for (;;); } });
       export const plain = query(() => "plain");`,
    ),
    rawModule(
      "loops.js",
      `${BODIES}
       export const sync1 = query(() => { for (;;); });
       export const afterAwait = query(async () => { await bodies(); for (;;); });
       export const inFinally = query(async () => { try { for (;;); } finally { for (;;); } });
       export const catching = query(async () => { for (;;) { try { await bodies(); for (let i = 0; i < 2e6; i++); } catch {} } });
       export const rejecting = query(async () => { for (;;) { try { await Promise.reject(1); } catch {} } });
       export const chained = query(() => { const again = () => Promise.reject(1).then(null, again); return again(); });
       export const throwing = query(async () => { const fail = async () => { throw new Error("x"); }; for (;;) { await fail().catch(() => {}); } });
       export const settled = query(async () => { for (;;) await Promise.allSettled([Promise.reject(1)]); });
       export const refused = query(async () => { for (;;) { try { sync("1.0/nothing", {}); } catch {} } });
       export const regex = query(() => /^(a+)+$/.test("a".repeat(40) + "b"));
       export const mutating = mutation(async () => { await ${insert('"looping"')}; for (;;); });
       export const nested = mutation(() => call("1.0/runUdf", { udfType: "query", name: "loops:afterAwait", args: {} }).catch(() => "caught"));
       export const quick = query(() => "quick");`,
    ),
    rawModule(
      "readonly.js",
      `export const inserts = query(() => ${insert('"x"')});
       export const schedules = query(() => call("1.0/schedule", { name: "order:interleaved", ts: 0, args: {} }));
       export const unknown = query(() => call("1.0/nothing", {}));
       export const unknownSync = query(() => sync("1.0/nothing", {}));
       export const cleanup = query(() => {
         const { queryId } = sync("1.0/queryStream", { query: { source: { type: "FullTableScan", tableName: "log", order: null }, operators: [] } });
         return [queryId, sync("1.0/queryCleanup", { queryId }), sync("1.0/queryCleanup", { queryId })];
       });
       export const twoStreams = query(() => [0, 0].map(() => sync("1.0/queryStream", { query: { source: { type: "FullTableScan", tableName: "log", order: null }, operators: [] } }).queryId));
       export const finished = query(() => call("1.0/queryStreamNext", { queryId: 7 }));
       export const twoPages = query(async () => {
         const page = { query: { source: { type: "FullTableScan", tableName: "log", order: null }, operators: [] }, cursor: null, endCursor: null, pageSize: 1, maximumRowsRead: null };
         await call("1.0/queryPage", page);
         return await call("1.0/queryPage", page);
       });
       export const onePage = query((args) => call("1.0/queryPage", { query: { source: { type: "FullTableScan", tableName: "log", order: null }, operators: [] }, cursor: null, endCursor: null, pageSize: args.pageSize, maximumRowsRead: null }));`,
    ),
  ]);
});

afterAll(() => app.close());

const TIMED_OUT = "Function execution timed out (maximum duration: 1s)";

describe("system calls", () => {
  test("[FN10] calls made side by side run one after the other, in the same order every time", async () => {
    const first = await runMutation(app, "order:interleaved");
    expect(first).toEqual(["a1", "b1", "a2", "b2"]);
    expect(await runMutation(app, "order:interleaved")).toEqual([
      ...(first as string[]),
      "a1",
      "b1",
      "a2",
      "b2",
    ]);
  });

  test("[FN11] what was called without awaiting it runs before the commit", async () => {
    await runMutation(app, "dangling:unawaited");
    expect(await runQuery(app, "dangling:list")).toEqual(
      expect.arrayContaining(["unawaited", "after it"]),
    );
  });

  test("[FN12] a rejection that nobody handles fails the function and nothing is written", async () => {
    await expect(runMutation(app, "dangling:rejectsUnawaited")).rejects.toThrow(
      "Uncaught Error: nobody listens",
    );
    expect(await runQuery(app, "dangling:list")).not.toContain("lost");
    expect(await runQuery(app, "dangling:handledLate")).toBe("late");
  });

  test("[FN12] a rejection is blamed on the call it belongs to, whatever runs beside it", async () => {
    const calls = ["dangling:rejectsUnawaited", "dangling:unawaited", "dangling:rejectsUnawaited"];
    const outcomes = await Promise.all(calls.map((path) => app.room.mutation(callOf(path))));
    expect(outcomes.map(({ ok }) => ok)).toEqual([false, true, false]);
  });

  test("[FN13] a function that throws is over at once: what it called and did not await is not done", async () => {
    await expect(runMutation(app, "dangling:failsWithPending")).rejects.toThrow(
      "Uncaught Error: stop",
    );
    expect(await runQuery(app, "dangling:list")).not.toContain("pending");
  });

  test("[FN14] a promise that nothing can resolve is an error", async () => {
    await expect(runQuery(app, "dangling:never")).rejects.toThrow(
      /^Returned promise will never resolve\n$/,
    );
  });

  test("[FN15] a query cannot write or schedule, whatever it calls", async () => {
    await expect(runQuery(app, "readonly:inserts")).rejects.toThrow("Can't insert in a query.");
    await expect(runQuery(app, "readonly:schedules")).rejects.toThrow(
      "Can't schedule functions in a query.",
    );
  });

  test("[FN16] unknown operations are catchable errors with their names", async () => {
    await expect(runQuery(app, "readonly:unknown")).rejects.toThrow(
      "Uncaught Error: Unknown async operation 1.0/nothing",
    );
    await expect(runQuery(app, "readonly:unknownSync")).rejects.toThrow(
      "Uncaught Error: Unknown operation 1.0/nothing",
    );
  });

  test("[FN17] query numbers count from 0 in each execution, and cleaning up twice is no error", async () => {
    expect(await runQuery(app, "readonly:cleanup")).toEqual([0, true, false]);
    expect(await runQuery(app, "readonly:twoStreams")).toEqual([0, 1]);
    await expect(runQuery(app, "readonly:finished")).rejects.toThrow("in-progress query not found");
  });

  test("[FN18] a function paginates once; the journal repeats its page", async () => {
    await expect(runQuery(app, "readonly:twoPages")).rejects.toThrow(
      "This query or mutation function ran multiple paginated queries. Convex only supports a single paginated query in each function.",
    );
    const first = await app.room.query(callOf("readonly:onePage", { pageSize: 2 }));
    expect(first.journal).toEqual(expect.any(String));
    const again = await app.room.query(callOf("readonly:onePage", { pageSize: 1 }), {
      journal: first.journal,
    });
    expect(again.result).toEqual(first.result);
    expect(again.journal).toBe(first.journal);
  });
});

describe("time limits", () => {
  for (const path of [
    "sync1",
    "afterAwait",
    "inFinally",
    "catching",
    "rejecting",
    "chained",
    "throwing",
    "settled",
    "refused",
    "regex",
  ]) {
    test(`[FN20] more than a second of user code ends with the official text: ${path}`, async () => {
      await expect(runQuery(app, `loops:${path}`)).rejects.toThrow(
        new RegExp(`^${TIMED_OUT.replace(/[()]/g, "\\$&")}\n$`),
      );
    });
  }

  test("[FN20] an endless loop in a nested call or a mutation ends the whole, and nothing is written", async () => {
    await expect(runMutation(app, "loops:mutating")).rejects.toThrow(TIMED_OUT);
    await expect(runMutation(app, "loops:nested")).rejects.toThrow(TIMED_OUT);
    expect(await runQuery(app, "dangling:list")).not.toContain("looping");
  });

  test("[FN20] reading what nobody handled ends in time, whatever its getters do", async () => {
    for (const name of ["getter", "trap", "many"]) {
      const start = performance.now();
      await expect(runQuery(app, `rejections:${name}`)).rejects.toThrow("Uncaught");
      expect(performance.now() - start).toBeLessThan(5000);
    }
    expect(await runQuery(app, "loops:quick")).toBe("quick");
  });

  test("[FN12] a rejection of a promise in disguise does not reach the process", async () => {
    expect(await runQuery(app, "rejections:disguised")).toBe("fine");
    expect(await runQuery(app, "rejections:proxied")).toBe("fine");
  });

  test("[FN16] what fails at the end of the stack is an error of the code's own realm", async () => {
    for (let i = 0; i < 3; i++) {
      const found = await runQuery(app, "rejections:overflow").catch(() => 0);
      expect(found).toBe(0);
    }
  });

  test("[FN10] many calls at once cost what they cost one by one", async () => {
    const start = performance.now();
    await runQuery(app, "rejections:flood").catch((error) =>
      expect(String(error)).toMatch("timed"),
    );
    expect(performance.now() - start).toBeLessThan(4000);
  });

  test("[FN20] a module whose exports never let themselves be read holds nobody up", async () => {
    expect(await runQuery(app, "trapped:plain")).toBe("plain");
    expect(await runQuery(app, "loops:quick")).toBe("quick");
  });

  test("[FN21] a loop ends alone: everything that waited beside it gets its own answer", async () => {
    const looping = app.room.query(callOf("loops:afterAwait"));
    const others = Array.from({ length: 10 }, () => runQuery(app, "loops:quick"));
    expect(await Promise.all(others)).toEqual(Array(10).fill("quick"));
    const { result } = await looping;
    expect(result.ok ? "" : result.failure.text).toBe(`${TIMED_OUT}\n`);
    expect(await runQuery(app, "loops:quick")).toBe("quick");
  });

  test("[FN22] a long query that makes system calls does not hold up a short one", async () => {
    const finished: string[] = [];
    const long = app.room.query(callOf("loops:catching")).then(() => finished.push("long"));
    const short = runQuery(app, "loops:quick").then(() => finished.push("short"));
    await Promise.all([long, short]);
    expect(finished).toEqual(["short", "long"]);
  });

  test("[FN22] however many wait for something outside, one that does not is not held up", async () => {
    const [full, released] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let waiting = 0;
    app.hooks.duringStore = () => {
      if (++waiting === 256) full.resolve();
      return released.promise;
    };
    const many = Array.from({ length: 300 }, () => runMutation(app, "dangling:stores"));
    await full.promise;
    expect(await runQuery(app, "dangling:one")).toBe(1);
    released.resolve();
    await Promise.all(many);
    app.hooks.duringStore = async () => {};
  }, 20_000);
});
