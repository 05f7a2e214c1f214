/** Those who read slowly, or not at all, on real sockets: counted in messages and bytes, not in time. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { afterEach, expect, test } from "vitest";
import { FakeEngine, fakeAuthenticator, randomBytesOf } from "../../test/fake-engine.ts";
import { ManualClock } from "../../test/manual-clock.ts";
import { add, type Frame, RawClient } from "../../test/raw-client.ts";
import { createQueryCache } from "../subscriptions/query-cache.ts";
import { createSyncServer } from "./sync-server.ts";

const MIB = 1024 * 1024;
const COMMITS = 10_000;
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A socket server over the fake engine whose sockets' buffers the test can see. */
async function setup(resultBytes: number) {
  const clock = new ManualClock();
  const engine = new FakeEngine(clock);
  engine.functions.set("m:big", (ctx) => [ctx.get("n"), "x".repeat(resultBytes)]);
  engine.functions.set("m:small", (ctx) => ctx.get("n"));
  engine.write({ n: 0 });
  const random = randomBytesOf;
  const cache = createQueryCache({ database: engine, runner: engine, clock, random });
  const authenticator = fakeAuthenticator(clock);
  const sync = createSyncServer({ cache, runner: engine, authenticator, clock, logger: () => {} });
  const sockets: Duplex[] = [];
  const server = createServer();
  server.on("upgrade", (request, socket, head) => {
    sockets.push(socket);
    sync.upgrade(request, socket, head);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  cleanups.push(
    () => server.close(),
    () => cache.close(),
    () => {
      sync.dropConnections(); // nobody waits 5 s of a clock that stands still
      return sync.close();
    },
  );
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { clock, engine, cache, sync, sockets, url };
}

/** Reads until `n` is shown; the transitions it took, chunks put together. */
async function readUntil(client: RawClient, n: number): Promise<number> {
  let chunks = "";
  for (let transitions = 1; ; ) {
    const frame = await client.next();
    if (frame.type === "Ping") continue;
    if (frame.type === "TransitionChunk") chunks += String(frame.chunk);
    const isWhole =
      frame.type === "Transition" || frame.partNumber === Number(frame.totalParts) - 1;
    if (!isWhole) continue;
    const transition = frame.type === "Transition" ? frame : (JSON.parse(chunks) as Frame);
    chunks = "";
    const [change] = transition.modifications as { value: [number, string] | number }[];
    const value = change?.value ?? -1;
    if ((Array.isArray(value) ? value[0] : value) === n) return transitions;
    transitions++;
  }
}

test.each([1, 6])(
  "[SYNC14] after 10,000 commits a reader that stopped gets few transitions of %i MiB, the last the newest",
  async (mib) => {
    const { engine, sockets, url } = await setup(mib * MIB);
    const slow = await RawClient.connect(url);
    slow.modify(0, [add(0, "m:big")]);
    await readUntil(slow, 0);
    slow.ws.pause();
    const quick = await RawClient.connect(url);
    quick.modify(0, [add(0, "m:small")]);
    await readUntil(quick, 0);
    let buffered = 0;
    for (let n = 1; n <= COMMITS; n++) {
      engine.write({ n });
      if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      buffered = Math.max(buffered, sockets[0]?.writableLength ?? 0);
    }
    await readUntil(quick, COMMITS); // nobody waits for the slow one
    // Two transitions unsent; what else there was of them has gone to the kernel's buffers.
    expect(buffered).toBeGreaterThan(mib * MIB);
    expect(buffered).toBeLessThan(2.1 * mib * MIB);
    slow.ws.resume();
    expect(await readUntil(slow, COMMITS)).toBeLessThan(30);
    expect(engine.executions.get("m:big")).toBeLessThan(30);
  },
  30_000,
);

test("[SYNC18] a reader that never comes back is dropped, with what waited for it", async () => {
  const { clock, cache, engine, sockets, sync, url } = await setup(6 * MIB);
  const client = await RawClient.connect(url);
  client.modify(0, [add(0, "m:big")]);
  await readUntil(client, 0);
  client.ws.pause();
  for (let n = 1; n <= 20; n++) {
    engine.write({ n });
    await new Promise((resolve) => setImmediate(resolve));
  }
  await expect.poll(() => sockets[0]?.writableLength).toBeGreaterThan(MIB);
  for (let second = 0; second < 119; second++) clock.advance(1_000);
  expect(sync.sessionCount).toBe(1);
  clock.advance(1_000);
  await expect.poll(() => sync.sessionCount).toBe(0);
  expect(sockets[0]?.destroyed).toBe(true);
  expect(cache.stats()).toMatchObject({ queries: 0, subscriptions: 0 });
});
