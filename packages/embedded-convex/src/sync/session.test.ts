/** What depends on time: a session on a socket and a clock that tests hold in their hands. */
import { expect, test } from "vitest";
import { FakeEngine, fakeAuthenticator, randomBytesOf } from "../../test/fake-engine.ts";
import { ManualClock } from "../../test/manual-clock.ts";
import { add, SESSION_ID } from "../../test/raw-client.ts";
import { AuthError } from "../errors.ts";
import { createQueryCache, type QueryCache } from "../subscriptions/query-cache.ts";
import type { SessionSocket } from "./outbox.ts";
import { SyncSession } from "./session.ts";
import type { TextFrame } from "./text-frame.ts";

class FakeSocket implements SessionSocket {
  bufferedAmount = 0;
  readonly sent: string[] = [];
  pings = 0;
  terminated = false;
  closed: { readonly code: number | undefined; readonly reason: string | undefined } | null = null;

  send(data: string, flushed: () => void): void {
    this.sent.push(data);
    flushed();
  }
  sendFrame({ payload }: TextFrame, flushed: () => void): void {
    this.send(String(payload), flushed);
  }
  ping(): void {
    this.pings++;
  }
  pause(): void {}
  resume(): void {}
  close(code?: number, reason?: string): void {
    this.closed = { code, reason };
  }
  terminate(): void {
    this.terminated = true;
  }
}

function setup({ connected = true } = {}) {
  const clock = new ManualClock();
  const engine = new FakeEngine(clock);
  const cache = createQueryCache({
    database: engine,
    runner: engine,
    clock,
    random: randomBytesOf,
  });
  return connect({ clock, engine, cache }, connected);
}

interface Served {
  readonly clock: ManualClock;
  readonly engine: FakeEngine;
  readonly cache: QueryCache;
}

/** Another session at the same engine. */
function connect({ clock, engine, cache }: Served, connected = true) {
  const socket = new FakeSocket();
  const session = new SyncSession(
    socket,
    { understandsChunks: true, ip: null, userAgent: null },
    {
      cache,
      runner: engine,
      clock,
      logger: () => undefined,
      authenticator: fakeAuthenticator(clock),
    },
  );
  const send = (message: object) => session.receive(JSON.stringify(message));
  const hello = { type: "Connect", sessionId: SESSION_ID, connectionCount: 0 };
  if (connected) send({ ...hello, lastCloseReason: null });
  const seconds = (count: number, each = () => {}) => {
    for (let i = 0; i < count; i++) {
      clock.advance(1_000);
      each();
      session.tick();
    }
  };
  return { clock, engine, cache, socket, session, send, seconds };
}

test("[SYNC18] an idle client gets a Ping every 15 s and a WebSocket ping every 5 s", () => {
  const { socket, session, seconds } = setup();
  seconds(14);
  expect(socket.sent).toEqual([]);
  seconds(1);
  expect(socket.sent).toEqual(['{"type":"Ping"}']);
  seconds(45, () => session.heard());
  expect(socket.sent).toHaveLength(4);
  expect(socket.pings).toBe(12);
});

test("[SYNC18] a message that was sent puts the Ping off", async () => {
  const { socket, send, seconds } = setup();
  seconds(10);
  send({ type: "ModifyQuerySet", baseVersion: 0, newVersion: 1, modifications: [] });
  await expect.poll(() => socket.sent.length).toBe(1);
  seconds(14);
  expect(socket.sent).toHaveLength(1);
  seconds(1);
  expect(socket.sent[1]).toBe('{"type":"Ping"}');
});

test("[SYNC18] a socket that is silent for 120 s is dropped, one that answers pings is not", () => {
  const { socket, session, seconds } = setup();
  seconds(600, () => session.heard());
  expect(socket.terminated).toBe(false);
  seconds(119);
  expect(socket.terminated).toBe(false);
  seconds(1);
  expect(socket.terminated).toBe(true);
});

test("[SYNC6] a client for whom more than 64 MiB wait is dropped", () => {
  const { socket, seconds } = setup();
  socket.bufferedAmount = 65 * 1024 * 1024;
  seconds(15);
  expect(socket.terminated).toBe(true);
});

test("[SYNC6] nor does it grow until the next message: what pongs pile up counts within a second", () => {
  const { socket, session, seconds } = setup();
  socket.bufferedAmount = 65 * 1024 * 1024;
  session.heard(); // it does send, WebSocket pings for instance
  seconds(1);
  expect(socket.terminated).toBe(true);
  expect(socket.sent).toEqual([]);
});

test("[SYNC12] a time that JSON cannot say is no clock skew", async () => {
  const { socket, session } = setup({ connected: false });
  session.receive(
    `{"type":"Connect","sessionId":"${SESSION_ID}","connectionCount":0,"lastCloseReason":"x","clientTs":1e999}`,
  );
  const modify = { type: "ModifyQuerySet", baseVersion: 0, newVersion: 1, modifications: [] };
  session.receive(JSON.stringify(modify));
  await expect.poll(() => socket.sent.length).toBe(1);
  expect(JSON.parse(socket.sent[0] ?? "")).not.toHaveProperty("clientClockSkew");
});

test("[SYNC4] an update that throws ends its own socket, not the process", async () => {
  const { cache, socket, send } = setup();
  cache.subscribe = () => {
    throw new RangeError("planted");
  };
  const modifications = [add(0, "m:get")];
  send({ type: "ModifyQuerySet", baseVersion: 0, newVersion: 1, modifications });
  await expect.poll(() => socket.closed).toEqual({ code: 1011, reason: "InternalServerError" });
});

test.each([
  ["the first result", 1],
  ["what a commit changed", 2],
])(
  "[SYNC4] telling of %s, one that throws ends its own socket; others are told",
  async (_, nth) => {
    const one = setup();
    const other = connect(one);
    const sendFrame = one.socket.sendFrame.bind(one.socket);
    let sent = 0;
    one.socket.sendFrame = (frame, flushed) => {
      if (++sent === nth) throw new RangeError("planted");
      sendFrame(frame, flushed);
    };
    one.engine.functions.set("m:get", (ctx) => ctx.get("a"));
    const modify = { type: "ModifyQuerySet", baseVersion: 0, newVersion: 1 };
    for (const { send } of [one, other]) send({ ...modify, modifications: [add(0, "m:get")] });
    await expect.poll(() => other.socket.sent.length).toBe(1);
    if (nth === 2) one.engine.write({ a: 1 });
    await expect.poll(() => other.socket.sent.length).toBe(nth);
    expect(one.socket.closed).toEqual({ code: 1011, reason: "InternalServerError" });
    expect(other.socket.closed).toBeNull();
  },
);

test("[SYNC23] a token found expired while a query runs is told as expired, not as refused", async () => {
  const { engine, socket, send } = setup();
  engine.functions.set("m:late", () => {
    throw new AuthError("TokenExpired", "Convex token identity expired", 401);
  });
  const modifications = [add(0, "m:late")];
  send({ type: "ModifyQuerySet", baseVersion: 0, newVersion: 1, modifications });
  await expect.poll(() => socket.closed).not.toBeNull();
  expect(JSON.parse(socket.sent[0] ?? "")).toMatchObject({
    type: "AuthError",
    authUpdateAttempted: false,
  });
});

test("[SYNC11] a mutation of more than 60 s closes the socket with 1013", () => {
  const { clock, engine, socket, send } = setup();
  engine.functions.set("m:hangs", () => new Promise(() => undefined));
  send({ type: "Mutation", requestId: 0, udfPath: "m:hangs", args: [{}] });
  clock.advance(59_999);
  expect(socket.closed).toBeNull();
  clock.advance(1);
  expect(socket.closed).toEqual({ code: 1013, reason: "SystemTimeoutError" });
});

test("[SYNC22] the request id of a mutation follows from session and request", async () => {
  const { engine, socket, send } = setup();
  engine.functions.set("m:id", (ctx) => ctx.call.request.requestId);
  send({ type: "Mutation", requestId: 3, udfPath: "m:id", args: [{}] });
  await expect.poll(() => socket.sent[0]).toContain('"result":"');
  // echo -n '9f3a1c1e-0b3f-4c43-8f3e-2f5a5b1f0a01|3' | sha256sum
  expect(JSON.parse(socket.sent[0] ?? "")).toMatchObject({ result: "ebb67545b71228c2" });
});

test("[SYNC29] a socket that wants to watch more than 16,384 queries is ended", async () => {
  const { send, socket, cache } = setup();
  const adds = (from: number, length: number) =>
    Array.from({ length }, (_, i) => add(from + i, "m:none"));
  send({ type: "ModifyQuerySet", baseVersion: 0, newVersion: 1, modifications: adds(0, 16_384) });
  expect(socket.closed).toBeNull();
  const more = adds(16_384, 1);
  send({ type: "ModifyQuerySet", baseVersion: 1, newVersion: 2, modifications: more });
  expect(socket.sent.at(-1)).toContain("More than 16384 queries");
  expect(socket.closed).not.toBeNull();
  expect(cache.stats()).toMatchObject({ subscriptions: 0 });
});
