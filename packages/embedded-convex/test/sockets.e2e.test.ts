/** Live queries and mutations of the whole engine, with the official client. */

import type { ConvexClient } from "convex/browser";
import { afterAll, beforeAll, expect, test } from "vitest";
import { action, mutation, query, type RunningServer, startServer } from "./running-server.ts";

let server: RunningServer;
beforeAll(async () => {
  server = await startServer("server", { JWKS: 'data:application/json,{"keys":[]}' });
});
afterAll(() => server.stop());

function watch(client: ConvexClient, path: string, args = {}) {
  const seen: unknown[] = [];
  const stop = client.onUpdate(query(path), args, (value) => seen.push(value));
  return { seen, stop, last: () => seen.at(-1) };
}

test("[SYNC13] mutations resolve and are seen by everybody, errors carry their payload", async () => {
  const [writer, reader] = [server.connect(), server.connect()];
  const watching = watch(reader, "cells:get", { name: "seen" });
  await expect.poll(watching.last).toBeNull();
  await writer.mutation(mutation("cells:set"), { name: "seen", value: { deep: [1n, "x"] } });
  await expect.poll(watching.last).toEqual({ deep: [1n, "x"] });
  expect(await writer.mutation(mutation("cells:nothing"), {})).toBe("nothing written");
  await expect(writer.mutation(mutation("cells:fail"), {})).rejects.toMatchObject({
    data: { code: "refused" },
  });
  expect(await writer.query(query("cells:get"), { name: "never" })).toBeNull();
  await expect(writer.mutation(mutation("cells:hidden"), {})).rejects.toThrow(
    "Could not find public function for 'cells:hidden'",
  );
  expect(await writer.action(action("cells:viaAction"), { name: "by action" })).toBe(1);
});

test("[SUB4] with 1,000 distinct queries watched, a commit that touches one executes one", async () => {
  const client = server.connect();
  const watching = Array.from({ length: 1_000 }, (_, i) =>
    watch(client, "cells:get", { name: `distinct ${i}` }),
  );
  await expect
    .poll(() => watching.every(({ seen }) => seen.length === 1), { timeout: 20_000 })
    .toBe(true);
  const before = await server.executions("cells:get");
  await client.mutation(mutation("cells:set"), { name: "distinct 7", value: 1 });
  await expect.poll(() => watching[7]?.last()).toBe(1);
  expect(await server.executions("cells:get")).toBe(before + 1);
  expect(watching.filter(({ seen }) => seen.length > 1)).toHaveLength(1);
  for (const { stop } of watching) stop();
});

test("[SUB4] fifty clients watching one query cost one execution per commit", async () => {
  const clients = Array.from({ length: 50 }, () => server.connect());
  const watching = clients.map((client) => watch(client, "cells:get", { name: "shared" }));
  await expect.poll(() => watching.every(({ seen }) => seen.length === 1)).toBe(true);
  const before = await server.executions("cells:get");
  for (let i = 1; i <= 5; i++) {
    await clients[0]?.mutation(mutation("cells:set"), { name: "shared", value: i });
    await expect.poll(() => watching.every(({ last }) => last() === i)).toBe(true);
  }
  expect(await server.executions("cells:get")).toBe(before + 5);
  await Promise.all(clients.map((client) => client.close()));
});

test("[SYNC7] two queries of one client never show different commits", async () => {
  const [writer, reader] = [server.connect(), server.connect()];
  const names = ["left", "right"];
  const mismatches: unknown[] = [];
  const left = watch(reader, "cells:get", { name: "left" });
  const right = watch(reader, "cells:sum", { names });
  reader.onUpdate(query("cells:get"), { name: "left" }, (value) => {
    const sum = right.last();
    if (value !== null && sum !== undefined && left.last() !== value) mismatches.push(value);
  });
  await Promise.all(
    Array.from({ length: 30 }, () =>
      writer.mutation(mutation("cells:increment"), { name: "left" }),
    ),
  );
  await expect.poll(right.last).toBe(30);
  await expect.poll(left.last).toBe(30);
  expect(mismatches).toEqual([]);
});

test("[SYNC20] mutations under breaking sockets are counted exactly once", async () => {
  const clients = Array.from({ length: 4 }, () => server.connect());
  const breaking = setInterval(() => server.engine.dropConnections(), 40);
  try {
    const all = clients.flatMap((client) =>
      Array.from({ length: 15 }, () =>
        client.mutation(mutation("cells:increment"), { name: "exactly once" }),
      ),
    );
    const results = await Promise.race([
      Promise.all(all.slice(0, 8)),
      new Promise((resolve) => setTimeout(resolve, 500)),
    ]);
    expect(results === undefined || Array.isArray(results)).toBe(true);
    clearInterval(breaking);
    const answers = (await Promise.all(all)) as number[];
    expect([...answers].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  } finally {
    clearInterval(breaking);
  }
});

test("[SYNC24] clients live through a restart: mutations arrive once, queries go on", async () => {
  const client = server.connect();
  const watching = watch(client, "cells:get", { name: "restart" });
  await client.mutation(mutation("cells:increment"), { name: "restart" });
  await expect.poll(watching.last).toBe(1);
  const restarting = server.restart();
  const pending = Array.from({ length: 5 }, () =>
    client.mutation(mutation("cells:increment"), { name: "restart" }),
  );
  await restarting;
  expect(await Promise.all(pending)).toEqual([2, 3, 4, 5, 6]);
  await expect.poll(watching.last).toBe(6);
  expect(await server.http().query(query("cells:get"), { name: "restart" })).toBe(6);
});

test("[SYNC19] pages stay where they end while rows come in", async () => {
  const client = server.connect();
  const page = async (cursor: string | null) =>
    (await client.query(query("cells:page"), {
      paginationOpts: { numItems: 3, cursor },
    })) as { page: { name: string }[]; isDone: boolean; continueCursor: string };
  const names: string[] = [];
  for (let cursor: string | null = null; ; ) {
    const next = await page(cursor);
    names.push(...next.page.map(({ name }) => name));
    if (next.isDone) break;
    cursor = next.continueCursor;
  }
  expect(new Set(names).size).toBe(names.length);
  const first: { page: unknown[]; continueCursor: string }[] = [];
  client.onUpdate(query("cells:page"), { paginationOpts: { numItems: 2, cursor: null } }, (value) =>
    first.push(value as (typeof first)[number]),
  );
  await expect.poll(() => first.length).toBe(1);
  await client.mutation(mutation("cells:set"), { name: "one more", value: 1 });
  server.engine.dropConnections();
  await client.mutation(mutation("cells:set"), { name: "and another", value: 1 });
  expect(new Set(first.map(({ continueCursor }) => continueCursor)).size).toBe(1);
});
