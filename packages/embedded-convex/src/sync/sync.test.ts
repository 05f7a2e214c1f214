import { afterEach, describe, expect, test } from "vitest";
import {
  type FakeDeployment,
  type FakeDeploymentOptions,
  startFakeDeployment,
} from "../../test/fake-deployment.ts";
import { FAKE_ADMIN_KEY, FakeConvexError } from "../../test/fake-engine.ts";
import { add, type Frame, RawClient, SESSION_ID, ZERO_TS } from "../../test/raw-client.ts";
import { OccError } from "../errors.ts";
import { tsFromBase64, tsToBase64 } from "../values/timestamps.ts";

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(options: FakeDeploymentOptions = {}): Promise<FakeDeployment> {
  const deployment = await startFakeDeployment(options);
  cleanups.push(() => deployment.close());
  return deployment;
}

async function connect(url: string, more = {}): Promise<RawClient> {
  const client = await RawClient.connect(url, more);
  cleanups.push(() => client.ws.terminate());
  return client;
}

function end(frame: Frame) {
  return frame.endVersion as { querySet: number; identity: number; ts: string };
}

function changes(frame: Frame) {
  return frame.modifications as { type: string; queryId: number; [field: string]: unknown }[];
}

const get = { "m:get": (ctx: { get(cell: string): unknown }) => ctx.get("a") } as NonNullable<
  FakeDeploymentOptions["functions"]
>;

function gate() {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

describe("versions", () => {
  test("[SYNC12] a transition starts exactly where the one before ended, from zero on", async () => {
    const { url, engine } = await start({ functions: get });
    const client = await connect(url);
    client.modify(0, [add(0, "m:get")]);
    const first = await client.next();
    expect(first.startVersion).toEqual({ querySet: 0, identity: 0, ts: ZERO_TS });
    expect(end(first)).toMatchObject({ querySet: 1, identity: 0 });
    let before = first;
    for (let i = 0; i < 5; i++) {
      engine.write({ a: i });
      const next = await client.next();
      expect(next.startVersion).toEqual(before.endVersion);
      expect(tsFromBase64(end(next).ts)).toBe(engine.durableTs);
      before = next;
    }
  });

  test("[SYNC12] an empty query set and an ignored event still get their transition", async () => {
    const { url } = await start();
    const client = await connect(url);
    client.send({ type: "Event", eventType: "ClientConnect", event: [1, { any: "thing" }] });
    client.modify(0, []);
    const frame = await client.next();
    expect(frame).toMatchObject({ type: "Transition", modifications: [] });
    expect(end(frame)).toMatchObject({ querySet: 1, identity: 0 });
  });

  test("[SYNC12] clock skew and server time are plain numbers", async () => {
    const { url } = await start();
    const client = await connect(url, { clientTs: Date.now() - 3_600_000 });
    client.modify(0, []);
    const { clientClockSkew, serverTs } = await client.next();
    expect(clientClockSkew).toBeGreaterThan(-3_602_000);
    expect(clientClockSkew).toBeLessThan(-3_599_000);
    expect(Math.abs(Number(serverTs) / 1e6 - Date.now())).toBeLessThan(2_000);
  });

  test("[SYNC2] a base version that does not fit is fatal", async () => {
    const { url } = await start();
    const client = await connect(url);
    client.modify(3, []);
    expect(await client.next()).toEqual({
      type: "FatalError",
      error: "Base version 3 passed up doesn't match the current version 0",
    });
    expect(await client.closed).toEqual({ code: 1005, reason: "" });
  });

  test.each([
    ["a query id twice", [add(0, "m:get"), add(0, "m:get")]],
    ["removing what is not there", [{ type: "Remove", queryId: 9 }]],
  ])("[SYNC2] %s is fatal", async (_, modifications) => {
    const { url } = await start({ functions: get });
    const client = await connect(url);
    client.modify(0, modifications);
    expect((await client.next()).type).toBe("FatalError");
  });

  test("[SYNC15] a client that has seen a later timestamp is refused with 1011", async () => {
    const { url, engine } = await start();
    const client = await RawClient.open(url);
    client.connect({ maxObservedTimestamp: tsToBase64(engine.durableTs + 1n) });
    expect(await client.closed).toEqual({ code: 1011, reason: "InternalServerError" });
    const welcome = await connect(url, { maxObservedTimestamp: tsToBase64(engine.durableTs) });
    welcome.modify(0, []);
    expect((await welcome.next()).type).toBe("Transition");
  });
});

describe("queries", () => {
  test("[SYNC7] all queries of a transition are read at one timestamp", async () => {
    const { opened, open } = gate();
    const { url, engine } = await start({
      functions: {
        "m:fast": (ctx) => ctx.get("a"),
        "m:slow": async (ctx) => {
          const value = ctx.get("a");
          await opened;
          return value;
        },
      },
    });
    engine.write({ a: 0 });
    const client = await connect(url);
    client.modify(0, [add(0, "m:fast"), add(1, "m:slow")]);
    // commits keep coming while the slow query runs
    for (let i = 1; i <= 5; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      engine.write({ a: i });
    }
    open();
    let shown: Record<number, unknown> = {};
    while (shown[0] !== 5) {
      for (const change of changes(await client.next())) {
        shown = { ...shown, [change.queryId]: change.value };
      }
      expect(shown[0]).toBe(shown[1]);
    }
  });

  test("[SYNC7] who comes during an execution that a commit overtakes gets the newer value", async () => {
    const { opened, open } = gate();
    const { url, engine } = await start({
      functions: {
        "m:slow": async (ctx) => {
          const value = ctx.get("a");
          await opened;
          return value;
        },
      },
    });
    engine.write({ a: "old" });
    const [early, late] = [await connect(url), await connect(url)];
    early.modify(0, [add(0, "m:slow")]);
    await expect.poll(() => engine.executions.get("m:slow")).toBe(1);
    engine.write({ a: "new" });
    late.modify(0, [add(0, "m:slow")]);
    await new Promise((resolve) => late.ws.once("pong", resolve).ping());
    open();
    const first = await late.next();
    expect(changes(first)[0]).toMatchObject({ value: "new" });
    expect(tsFromBase64(end(first).ts)).toBe(engine.durableTs);
    expect(changes(await early.next())[0]).toMatchObject({ value: "old" });
    expect(changes(await early.next())[0]).toMatchObject({ value: "new" });
  });

  test("[SYNC8] an unchanged result is not sent again, a changed log line is", async () => {
    const { url, engine } = await start({
      functions: {
        "m:same": (ctx) => {
          ctx.get("a");
          return "same";
        },
        "m:logs": (ctx) => {
          ctx.log(`a is ${ctx.get("a")}`);
          return 1;
        },
      },
    });
    const client = await connect(url);
    client.modify(0, [add(1, "m:logs"), add(0, "m:same")]);
    expect(changes(await client.next()).map(({ queryId }) => queryId)).toEqual([0, 1]);
    engine.write({ a: 1 });
    const next = await client.next();
    expect(changes(next)).toEqual([
      { type: "QueryUpdated", queryId: 1, value: 1, logLines: ["[LOG] 'a is 1'"], journal: null },
    ]);
  });

  test("[SYNC8] a failed query is told once and runs again when its data change", async () => {
    const { url, engine } = await start({
      functions: {
        "m:fails": (ctx) => {
          if (ctx.get("fixed") === true) return "fine";
          ctx.get("other");
          throw ctx.get("payload") === null ? new Error("boom") : new FakeConvexError(null);
        },
      },
    });
    const client = await connect(url);
    client.modify(0, [add(0, "m:fails")]);
    const [failed] = changes(await client.next());
    expect(failed).toMatchObject({ type: "QueryFailed", logLines: [], journal: null });
    expect(failed?.errorMessage).toMatch(
      /^\[Request ID: [0-9a-f]{16}\] Server Error\nUncaught Error: boom\n$/,
    );
    expect(failed).not.toHaveProperty("errorData");
    engine.write({ other: 1 }); // runs again with another request id: the same error
    expect(changes(await client.next())).toEqual([]);
    engine.write({ payload: 1 });
    expect(changes(await client.next())[0]).toHaveProperty("errorData", null);
    engine.write({ fixed: true });
    expect(changes(await client.next())[0]).toMatchObject({ type: "QueryUpdated", value: "fine" });
  });

  test("[SYNC8] removed queries are told as removed and no longer executed", async () => {
    const { url, engine } = await start({ functions: get });
    const client = await connect(url);
    client.modify(0, [add(0, "m:get")]);
    await client.next();
    client.modify(1, [{ type: "Remove", queryId: 0 }]);
    expect(changes(await client.next())).toEqual([{ type: "QueryRemoved", queryId: 0 }]);
    engine.write({ a: 1 });
    client.modify(2, []);
    expect(changes(await client.next())).toEqual([]);
    expect(engine.executions.get("m:get")).toBe(1);
  });

  test("[SYNC19] a query runs again with the journal it returned, also after a reconnect", async () => {
    const journals: (string | null)[] = [];
    const { url, engine } = await start({
      functions: {
        "m:page": (ctx) => {
          journals.push(ctx.journal);
          ctx.setJournal(ctx.journal ?? "cursor-1");
          return ctx.get("a");
        },
      },
    });
    const client = await connect(url);
    client.modify(0, [add(0, "m:page", {}, { journal: null })]);
    expect(changes(await client.next())[0]?.journal).toBe("cursor-1");
    engine.write({ a: 1 });
    await client.next();
    const again = await connect(url);
    again.modify(0, [add(0, "m:page", {}, { journal: "cursor-0" })]);
    expect(changes(await again.next())[0]?.journal).toBe("cursor-0");
    expect(journals).toEqual([null, "cursor-1", "cursor-0"]);
  });

  test("[SYNC14] a client that does not read gets many commits in one transition", async () => {
    const { url, engine } = await start({
      functions: { "m:big": (ctx) => `${ctx.get("a")}${"x".repeat(4_000_000)}` },
    });
    const client = await connect(url);
    client.modify(0, [add(0, "m:big")]);
    await client.next();
    client.ws.pause();
    for (let i = 1; i <= 60; i++) {
      engine.write({ a: i });
      await new Promise((resolve) => setImmediate(resolve));
    }
    client.ws.resume();
    let transitions = 0;
    for (let last = ""; !last.startsWith("60x"); transitions++) {
      last = String(changes(await client.next())[0]?.value ?? last);
    }
    expect(transitions).toBeLessThan(30);
  });

  test("[SYNC5] a transition over 5 MB comes in chunks that make it up, cut between characters", async () => {
    const { url } = await start({ functions: { "m:big": () => "€".repeat(4_000_000) } });
    const client = await connect(url);
    client.modify(0, [add(0, "m:big")]);
    const parts: Frame[] = [await client.next()];
    while (parts.length < Number(parts[0]?.totalParts)) parts.push(await client.next());
    expect(parts.map(({ partNumber }) => partNumber)).toEqual([0, 1, 2]);
    expect(new Set(parts.map(({ transitionId }) => transitionId)).size).toBe(1);
    const whole = JSON.parse(parts.map(({ chunk }) => chunk).join("")) as Frame;
    expect(changes(whole)[0]?.value).toBe("€".repeat(4_000_000));
  });

  test("[SYNC5] a client older than 1.28 gets one large frame", async () => {
    const { url } = await start({ functions: { "m:big": () => "x".repeat(6_000_000) } });
    const client = await RawClient.open(url, "1.27.5");
    cleanups.push(() => client.ws.terminate());
    client.connect();
    client.modify(0, [add(0, "m:big")]);
    expect((await client.next()).type).toBe("Transition");
  });
});

describe("mutations and actions", () => {
  const mutate = (requestId: number, udfPath: string, args = {}): Frame => ({
    type: "Mutation",
    requestId,
    udfPath,
    args: [args],
  });

  test("[SYNC13] the response comes first, then a transition that has reached its timestamp", async () => {
    const { url } = await start({ functions: { "m:noop": () => "done" } });
    const client = await connect(url);
    client.send(mutate(0, "m:noop"));
    const response = await client.next();
    expect(response).toMatchObject({ type: "MutationResponse", requestId: 0, success: true });
    expect(response).toMatchObject({ result: "done", logLines: [] });
    const transition = await client.next();
    expect(transition).toMatchObject({ type: "Transition", modifications: [] });
    expect(tsFromBase64(end(transition).ts)).toBeGreaterThanOrEqual(
      tsFromBase64(String(response.ts)),
    );
  });

  test("[SYNC13] a transition that was under way before the mutation is not the one that covers it", async () => {
    const { opened, open } = gate();
    const { url } = await start({
      functions: {
        "m:noop": () => null,
        "m:slow": async () => {
          await opened;
          return 1;
        },
      },
    });
    const client = await connect(url);
    client.modify(0, [add(0, "m:slow")]);
    client.send(mutate(0, "m:noop"));
    const response = await client.next();
    open();
    const early = await client.next();
    const covering = await client.next();
    const ts = tsFromBase64(String(response.ts));
    expect(tsFromBase64(end(early).ts)).toBeLessThan(ts);
    expect(tsFromBase64(end(covering).ts)).toBeGreaterThanOrEqual(ts);
  });

  test("[SYNC13] a failed mutation and an action are followed by a transition too", async () => {
    const { url } = await start({
      functions: {
        "m:fails": () => {
          throw new FakeConvexError({ code: 7 });
        },
        "a:run": (ctx) => {
          ctx.log("acting");
          return 5;
        },
      },
    });
    const client = await connect(url);
    client.send(mutate(0, "m:fails"));
    const failed = await client.next();
    expect(failed).toMatchObject({ success: false, ts: null, errorData: { code: 7 } });
    expect(failed.result).toMatch(
      /^\[Request ID: [0-9a-f]{16}\] Server Error\nUncaught ConvexError/,
    );
    expect((await client.next()).type).toBe("Transition");
    client.send({ type: "Action", requestId: 1, udfPath: "a:run", args: [{}] });
    expect(await client.next()).toEqual({
      type: "ActionResponse",
      requestId: 1,
      success: true,
      result: 5,
      logLines: ["[LOG] 'acting'"],
    });
    expect((await client.next()).type).toBe("Transition");
  });

  test("[SYNC9] mutations run one at a time in order, actions beside them", async () => {
    const { opened, open } = gate();
    const order: string[] = [];
    const { url } = await start({
      functions: {
        "m:slow": async () => {
          order.push("slow begins");
          await opened;
          order.push("slow ends");
          throw new Error("and fails");
        },
        "m:next": () => {
          order.push("next");
          return 1;
        },
        "a:run": () => {
          order.push("action");
          return 1;
        },
      },
    });
    const client = await connect(url);
    client.send(mutate(0, "m:slow"));
    client.send(mutate(1, "m:next"));
    client.send({ type: "Action", requestId: 2, udfPath: "a:run", args: [{}] });
    expect(await client.until("ActionResponse")).toMatchObject({ requestId: 2 });
    open();
    expect(await client.until("MutationResponse")).toMatchObject({ requestId: 0, success: false });
    expect(await client.until("MutationResponse")).toMatchObject({ requestId: 1, success: true });
    expect(order).toEqual(["slow begins", "action", "slow ends", "next"]);
  });

  test("[SYNC10] actions of one socket run beside each other", async () => {
    const { opened, open } = gate();
    const { url } = await start({
      functions: {
        "a:wait": async () => {
          await opened;
          return "waited";
        },
        "a:open": () => {
          open();
          return "opened";
        },
      },
    });
    const client = await connect(url);
    client.send({ type: "Action", requestId: 0, udfPath: "a:wait", args: [{}] });
    client.send({ type: "Action", requestId: 1, udfPath: "a:open", args: [{}] });
    expect(await client.until("ActionResponse")).toMatchObject({ requestId: 1 });
    expect(await client.until("ActionResponse")).toMatchObject({ requestId: 0 });
  });

  test("[SYNC11] more than 1,000 waiting mutations close the socket with 1013", async () => {
    const { opened, open } = gate();
    const { url } = await start({
      functions: {
        "m:slow": async () => {
          await opened;
          return 1;
        },
      },
    });
    const client = await connect(url);
    for (let i = 0; i < 1_002; i++) client.send(mutate(i, "m:slow"));
    expect(await client.closed).toEqual({ code: 1013, reason: "TooManyConcurrentMutations" });
    open();
  });

  test("[SYNC4] exhausted conflicts close the socket with 1013, a bug with 1011", async () => {
    const { url } = await start({
      functions: {
        "m:conflict": () => {
          throw new OccError("Documents read from or written to ...");
        },
        "m:bug": () => {
          throw new TypeError("a bug");
        },
      },
    });
    const one = await connect(url);
    one.send(mutate(0, "m:conflict"));
    expect(await one.closed).toEqual({
      code: 1013,
      reason: "OptimisticConcurrencyControlFailure",
    });
    const two = await connect(url);
    two.send(mutate(0, "m:bug"));
    expect(await two.closed).toEqual({ code: 1011, reason: "InternalServerError" });
  });

  test("[SYNC20] a replayed mutation is answered from the record, with its first timestamp", async () => {
    const { url, engine } = await start({
      functions: {
        "m:count": (ctx) => {
          const count = Number(ctx.get("count") ?? 0) + 1;
          ctx.set("count", count);
          return count;
        },
      },
    });
    const first = await connect(url);
    first.send(mutate(4, "m:count"));
    const response = await first.next();
    first.close();
    engine.write({ later: 1 });
    const second = await connect(url, { connectionCount: 1 });
    second.modify(0, []);
    second.send(mutate(4, "m:count"));
    expect(await second.until("MutationResponse")).toEqual(response);
    const covering = await second.until("Transition");
    expect(tsFromBase64(end(covering).ts)).toBeGreaterThan(tsFromBase64(String(response.ts)));
    expect(engine.read("count")).toBe(1);
  });

  test("[SYNC9] a mutation has the identity it was sent under", async () => {
    const { url } = await start({
      functions: { "m:who": (ctx) => (ctx.user() === null ? "nobody" : "somebody") },
    });
    const client = await connect(url);
    client.send(mutate(0, "m:who"));
    client.send({
      type: "Authenticate",
      baseVersion: 0,
      tokenType: "Admin",
      value: FAKE_ADMIN_KEY,
      impersonating: { issuer: "https://i", subject: "ann" },
    });
    client.send(mutate(1, "m:who"));
    expect(await client.until("MutationResponse")).toMatchObject({ result: "nobody" });
    expect(await client.until("MutationResponse")).toMatchObject({ result: "somebody" });
  });
});

describe("what is not understood", () => {
  test.each([
    ["no JSON", "{"],
    ["a number", "7"],
    ["null", "null"],
    ["an unknown type", '{"type":"Subscribe"}'],
    ["no type", "{}"],
    ["a missing field", '{"type":"ModifyQuerySet","baseVersion":0,"modifications":[]}'],
    [
      "a negative version",
      '{"type":"ModifyQuerySet","baseVersion":-1,"newVersion":0,"modifications":[]}',
    ],
    [
      "an id over 32 bits",
      '{"type":"Mutation","requestId":4294967296,"udfPath":"m:f","args":[{}]}',
    ],
    ["args that are no array", '{"type":"Mutation","requestId":0,"udfPath":"m:f","args":{}}'],
    ["no args", '{"type":"Action","requestId":0,"udfPath":"m:f"}'],
    ["a malformed path", '{"type":"Mutation","requestId":0,"udfPath":"m:f:!","args":[{}]}'],
    ["an unknown token type", '{"type":"Authenticate","baseVersion":0,"tokenType":"Magic"}'],
    [
      "nesting that no stack could follow",
      `{"type":"ModifyQuerySet","baseVersion":0,"newVersion":1,"modifications":[{"type":"Add","queryId":0,"udfPath":"m:f","args":[${"[".repeat(100_000)}${"]".repeat(100_000)}]}]}`,
    ],
    [
      "nesting in what is ignored",
      `{"type":"Event","eventType":"x","event":${'{"a":'.repeat(300)}1${"}".repeat(300)}}`,
    ],
    [
      "an unknown modification",
      '{"type":"ModifyQuerySet","baseVersion":0,"newVersion":1,"modifications":[{"type":"Swap","queryId":0}]}',
    ],
  ])("[SYNC1] %s is answered with FatalError and a close", async (_, frame) => {
    const { url } = await start();
    const client = await connect(url);
    client.send(frame);
    const fatal = await client.next();
    expect(fatal.type).toBe("FatalError");
    expect(fatal.error).toContain("Received Invalid JSON on websocket");
    expect((await client.closed).code).toBe(1005);
  });

  test("[SYNC1] a binary frame is answered with FatalError", async () => {
    const { url } = await start();
    const client = await connect(url);
    client.ws.send(Buffer.from([1, 2, 3]));
    expect((await client.next()).type).toBe("FatalError");
  });

  test("[SYNC2] anything before Connect, and a second Connect, are fatal", async () => {
    const { url } = await start();
    const early = await RawClient.open(url);
    early.modify(0, []);
    expect((await early.next()).error).toBe("Received ModifyQuerySet before Connect");
    const twice = await connect(url);
    twice.connect({ sessionId: SESSION_ID });
    expect((await twice.next()).error).toBe("Received Connect twice");
  });

  test("[SYNC1] random frames never stop the server", async () => {
    const { url, logged } = await start({ functions: get });
    const pieces = [
      '{"type":',
      '"Connect"',
      '"Mutation"',
      "[",
      "]",
      "{",
      "}",
      "null",
      ",",
      "1e999",
      '"\\ud800"',
    ];
    for (let round = 0; round < 60; round++) {
      const client = await RawClient.open(url);
      if (round % 2 === 0) client.connect();
      const frame = Array.from(
        { length: 12 },
        (_, i) => pieces[(round * 7 + i * i) % pieces.length],
      );
      client.send(frame.join(""));
      if (round % 3 === 0) client.ws.send(Buffer.alloc(round * 100, round));
      await client.closed;
    }
    const client = await connect(url);
    client.modify(0, [add(0, "m:get")]);
    expect((await client.next()).type).toBe("Transition");
    expect(logged.filter(({ event }) => event === "sync.session_failed")).toEqual([]);
  });

  test.each([
    ["/api/sync", true],
    ["/api/1.48.0/sync", true],
    ["//api/1.48.0/sync", true],
    ["/api/1.48.0-alpha.1/sync", true],
    ["/api/nonsense/sync", false],
    ["/api/0.19.1/sync", false],
    ["/other", false],
  ])("[SYNC17] a handshake at %s is accepted: %s", async (path, accepted) => {
    const { url } = await start();
    const ws = new (await import("ws")).default(`${url.replace("http", "ws")}${path}`);
    const outcome = await new Promise((resolve) => {
      ws.on("open", () => resolve(true));
      ws.on("error", () => resolve(false));
    });
    ws.terminate();
    expect(outcome).toBe(accepted);
  });
});

describe("closing", () => {
  test("[SYNC21] closing the server answers the running mutation, shows it, then closes with 1001", async () => {
    const { opened, open } = gate();
    const { url, sync } = await start({
      functions: {
        "m:slow": async (ctx) => {
          await opened;
          ctx.set("a", 1);
          return "done";
        },
        ...get,
      },
    });
    const client = await connect(url);
    client.modify(0, [add(0, "m:get")]);
    await client.next();
    client.send({ type: "Mutation", requestId: 0, udfPath: "m:slow", args: [{}] });
    client.send({ type: "Mutation", requestId: 1, udfPath: "m:slow", args: [{}] });
    await new Promise((resolve) => client.ws.once("pong", resolve).ping());
    const closing = sync.close();
    open();
    expect(await client.next()).toMatchObject({ type: "MutationResponse", result: "done" });
    expect(changes(await client.until("Transition"))[0]).toMatchObject({ value: 1 });
    expect(await client.closed).toEqual({ code: 1001, reason: "ServerShutdown" });
    expect(client.unread).toEqual([]);
    await closing;
  });

  test("[SYNC21] what a closed socket watched is no longer executed", async () => {
    const { url, engine, cache } = await start({ functions: get });
    const client = await connect(url);
    client.modify(0, [add(0, "m:get")]);
    await client.next();
    client.close();
    await client.closed;
    await expect.poll(() => cache.stats().subscriptions).toBe(0);
    engine.write({ a: 1 });
    expect(engine.executions.get("m:get")).toBe(1);
  });
});
