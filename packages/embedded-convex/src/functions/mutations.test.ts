import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  callOf,
  type FunctionApp,
  runMutation,
  runQuery,
  startFunctionApp,
} from "../../test/function-app.ts";
import { DelayedDisk } from "../../test/histories/delayed-disk.ts";
import { ManualClock } from "../../test/manual-clock.ts";
import { rawModule } from "../../test/raw-functions.ts";
import { ConflictError, OccError } from "../errors.ts";

const SOURCE = `
const scan = { query: { source: { type: "FullTableScan", tableName: "counters", order: null }, operators: [] } };
const first = async () => { const { queryId } = sync("1.0/queryStream", scan); return (await call("1.0/queryStreamNext", { queryId })).value; };
const store = () => call("1.0/storageStore", { requestId: "", blob: "", contentType: "text/plain" });
export const increment = mutation(async () => {
  const counter = await first();
  if (counter === null) { await call("1.0/insert", { table: "counters", value: { n: 1 } }); return 1; }
  await call("1.0/shallowMerge", { id: counter._id, value: { n: counter.n + 1 } });
  return counter.n + 1;
});
export const slowIncrement = mutation(async () => {
  const counter = await first();
  await store();
  await call("1.0/shallowMerge", { id: counter._id, value: { n: counter.n + 1 } });
  console.log("incremented to", counter.n + 1);
  return counter.n + 1;
});
export const slowNothing = mutation(async () => { await store(); return "slow"; });
export const slowInsert = mutation(async () => { await store(); await call("1.0/insert", { table: "notes", value: {} }); return "inserted"; });
export const fails = mutation(async () => { await call("1.0/insert", { table: "counters", value: { n: 99 } }); throw new Error("no"); });
export const tells = mutation(async () => { throw new Error("there are " + (await first()).n); });
export const large = mutation(() => "é".repeat(1_200_000));
export const readOnly = mutation(async () => (await first())?.n ?? null);
export const commitTs = mutation(() => ({ at: { $commitTs: null } }));
export const queryTs = query(() => ({ at: { $commitTs: null } }));
export const value = query(async () => (await first())?.n ?? null);
`;

let app: FunctionApp;

beforeAll(async () => {
  app = await startFunctionApp();
  await app.deploy([rawModule("counter.js", SOURCE)]);
  await runMutation(app, "counter:increment");
});

beforeEach(() => {
  app.hooks.duringStore = async () => {};
});

afterAll(() => app.close());

const value = () => runQuery(app, "counter:value");

/** Somebody else's commit to what the mutation has read. */
async function interfere(): Promise<void> {
  const tx = app.database.begin();
  const id = JSON.parse(tx.openQuery(SCAN).next() ?? "null")._id as string;
  const n = Number(JSON.parse(tx.get(id) ?? "null").n);
  tx.patch(id, { n: n + 100 });
  await app.database.commit(tx, { source: "other:fn" }).durable;
}

const SCAN = {
  source: { type: "FullTableScan", tableName: "counters", order: null },
  operators: [],
};

describe("commits", () => {
  test("[MUT1] mutations sent at once all count", async () => {
    const before = Number(await value());
    await Promise.all(Array.from({ length: 50 }, () => runMutation(app, "counter:increment")));
    expect(await value()).toBe(before + 50);
  });

  test("[MUT2] a failed mutation writes nothing", async () => {
    const before = await value();
    await expect(runMutation(app, "counter:fails")).rejects.toThrow("Uncaught Error: no");
    expect(await value()).toBe(before);
  });

  test("[MUT3] after a conflict the function runs again on what is there now, its first log forgotten", async () => {
    const before = Number(await value());
    let interruptions = 0;
    app.hooks.duringStore = async () => {
      if (interruptions++ === 0) await interfere();
    };
    const outcome = await app.room.mutation(callOf("counter:slowIncrement"));
    expect(outcome).toMatchObject({
      ok: true,
      json: String(before + 101),
      logLines: [`[LOG] 'incremented to' ${before + 101}`],
    });
    expect(interruptions).toBe(2);
  });

  test("[MUT4] five conflicts are the end, with the document and who wrote it", async () => {
    let attempts = 0;
    app.hooks.duringStore = async () => {
      attempts++;
      await interfere();
    };
    const failure = await app.room
      .mutation(callOf("counter:slowIncrement"))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OccError);
    expect(attempts).toBe(5);
    expect(String(failure)).toMatch(
      /Documents read from or written to the "counters" table changed while this mutation was being run and on every subsequent retry\. A call to "other:fn" changed the document with ID "\w+"\. See https:\/\/docs\.convex\.dev\/error#1$/,
    );
  });

  test("[MUT5] a mutation that waits for long lets others pass", async () => {
    const released = Promise.withResolvers<void>();
    app.hooks.duringStore = () => released.promise;
    const slow = runMutation(app, "counter:slowNothing");
    await runMutation(app, "counter:increment");
    released.resolve();
    expect(await slow).toBe("slow");
  });

  test("[MUT8] a push that came in between does not make a function wait for itself", async () => {
    const clock = new ManualClock(); // nobody's patience ends
    const pushed = await startFunctionApp({ clock });
    const code = [rawModule("counter.js", SOURCE)];
    await pushed.deploy(code);
    pushed.hooks.duringStore = async () => {
      pushed.hooks.duringStore = async () => {};
      await pushed.deploy(code, { CHANGED: "yes" });
    };
    await runMutation(pushed, "counter:slowInsert");
    expect(pushed.room.stats().mutations.retries).toBe(1);
    const both = Promise.withResolvers<void>();
    let inside = 0;
    pushed.hooks.duringStore = () => {
      if (++inside === 2) both.resolve();
      return both.promise;
    };
    const slow = [1, 2].map(() => runMutation(pushed, "counter:slowInsert"));
    expect(await Promise.all(slow)).toEqual(["inserted", "inserted"]);
    await pushed.close();
  });

  test("[MUT6] a result may hold the commit's own timestamp, a query's may not", async () => {
    const outcome = await app.room.mutation(callOf("counter:commitTs"));
    const bytes = outcome.ok ? JSON.parse(outcome.json).at.$integer : "";
    expect(Buffer.from(bytes, "base64").readBigInt64LE()).toBe(outcome.ok ? outcome.ts : 0n);
    await expect(runQuery(app, "counter:queryTs")).rejects.toThrow(
      "queries cannot return an unresolved commit timestamp",
    );
  });

  test("[TX3] a failure, which may tell what it read, is answered once that is on disk", async () => {
    const slow = await startFunctionApp({ through: (database) => new DelayedDisk(database) });
    const disk = slow.database as DelayedDisk;
    await slow.deploy([rawModule("counter.js", SOURCE)]);
    disk.hold();
    const increment = runMutation(slow, "counter:increment");
    await expect.poll(() => disk.isBehind).toBe(true);
    const tells = slow.room.mutation(callOf("counter:tells"));
    const nothing = new Promise((resolve) => setTimeout(resolve, 50, "nothing"));
    expect(await Promise.race([tells, nothing])).toBe("nothing");
    await disk.sync();
    expect(await tells).toMatchObject({
      ok: false,
      failure: { text: expect.stringContaining("there are 1") },
    });
    expect(await increment).toBe(1);
    await slow.close();
  });

  test("[MUT7] what is answered is on disk and what queries then read", async () => {
    const outcome = await app.room.mutation(callOf("counter:increment"));
    expect(outcome.ok && app.database.durableTs >= outcome.ts).toBe(true);
    expect(await value()).toBe(Number(outcome.ok ? outcome.json : "0"));
  });
});

describe("sessions", () => {
  test("[MUT10] a repeated request is answered from the record, with the original timestamp", async () => {
    const session = { sessionId: "a", requestId: 0 };
    const first = await app.room.mutation(callOf("counter:increment"), session);
    const again = await app.room.mutation(callOf("counter:increment"), session);
    expect(again).toEqual(first);
    expect(await value()).toBe(Number(first.ok ? first.json : "0"));
    const other = await app.room.mutation(callOf("counter:increment"), {
      sessionId: "b",
      requestId: 0,
    });
    expect(other).not.toEqual(first);
  });

  test("[MUT11] only success is recorded", async () => {
    const session = { sessionId: "fails", requestId: 1 };
    expect(await app.room.mutation(callOf("counter:fails"), session)).toMatchObject({ ok: false });
    expect(await app.room.mutation(callOf("counter:increment"), session)).toMatchObject({
      ok: true,
    });
  });

  test("[MUT12] results larger than a document are recorded whole", async () => {
    const session = { sessionId: "large", requestId: 1 };
    const first = await app.room.mutation(callOf("counter:large"), session);
    expect(await app.room.mutation(callOf("counter:fails"), session)).toEqual(first);
  });

  test("[MUT13] a session's mutation has a timestamp of its own even when it wrote nothing", async () => {
    const before = app.database.latestTs;
    const outcome = await app.room.mutation(callOf("counter:readOnly"), {
      sessionId: "r",
      requestId: 1,
    });
    expect(outcome.ok && outcome.ts > before).toBe(true);
    const bare = await app.room.mutation(callOf("counter:readOnly"));
    expect(bare.ok && bare.ts === app.database.latestTs).toBe(true);
  });

  test("[MUT14] a result with the commit's timestamp is the same when repeated", async () => {
    const session = { sessionId: "ts", requestId: 1 };
    const first = await app.room.mutation(callOf("counter:commitTs"), session);
    expect(await app.room.mutation(callOf("counter:commitTs"), session)).toEqual(first);
  });
});

describe("jobs", () => {
  test("[MUT20] what surrounds a job commits with it or not at all", async () => {
    const note =
      (state: string) =>
      (tx: Parameters<Parameters<FunctionApp["room"]["job"]>[1]["succeed"]>[0]) =>
        void tx.insert("jobs", { state });
    const hooks = { begin: () => true, succeed: note("done") };
    expect(await app.room.job(callOf("counter:increment"), hooks)).toMatchObject({ ok: true });
    expect(await app.room.job(callOf("counter:fails"), hooks)).toMatchObject({ ok: false });
    expect(await app.room.job(callOf("counter:increment"), { ...hooks, begin: () => false })).toBe(
      "skipped",
    );
    const tx = app.database.begin();
    expect(tx.count("jobs")).toBe(1);
    tx.close();
  });

  test("[MUT21] a job's conflict is its scheduler's affair", async () => {
    app.hooks.duringStore = interfere;
    const hooks = { begin: () => true, succeed: () => {} };
    await expect(app.room.job(callOf("counter:slowIncrement"), hooks)).rejects.toBeInstanceOf(
      ConflictError,
    );
  });
});
