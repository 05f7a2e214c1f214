/** Published components that answer at once, unmodified, each used for what it is for. */
import { type ConvexClient, ConvexHttpClient } from "convex/browser";
import { ConvexError } from "convex/values";
import { afterAll, beforeAll, expect, test } from "vitest";
import { action, mutation, query, type RunningServer, startServer } from "./running-server.ts";
import { watched } from "./watched.ts";

const HOUR_MS = 3_600_000;
const WEEK_MS = 168 * HOUR_MS;
const PATIENCE = { timeout: 15_000 };
let server: RunningServer;
let client: ConvexClient;

beforeAll(async () => {
  server = await startServer("published");
  client = server.connect();
});
afterAll(() => server?.stop());

const ask = (path: string, args = {}) => client.query(query(path), args);
const tell = (path: string, args = {}) => client.mutation(mutation(path), args);
const act = (path: string, args = {}) => client.action(action(path), args);
const watch = (path: string, args = {}) => watched(client, path, args);

test("[PKG3] a token bucket lets its capacity through, per key and per instance, until it is reset", async () => {
  const ann = { name: "send", key: "ann" };
  const isAllowed = watch("limits:isAllowed", ann);
  for (let i = 0; i < 3; i++) expect(await tell("limits:limit", ann)).toMatchObject({ ok: true });
  const refused = await tell("limits:limit", ann);
  expect(refused.ok).toBe(false);
  expect(refused.retryAfter).toBeGreaterThan(0.9 * HOUR_MS);
  expect(refused.retryAfter).toBeLessThanOrEqual(HOUR_MS);
  await expect.poll(isAllowed).toBe(false);

  expect(await tell("limits:limit", { name: "send", key: "bob" })).toMatchObject({ ok: true });
  expect(await tell("limits:limitGuest", { key: "ann" })).toMatchObject({ ok: true });
  expect(await tell("limits:limitGuest", { key: "ann" })).toMatchObject({ ok: false });
  const thrown = await tell("limits:limit", { ...ann, throws: true }).catch((error) => error);
  expect(thrown).toBeInstanceOf(ConvexError);
  expect(thrown).toMatchObject({ data: { kind: "RateLimited", name: "send" } });

  await tell("limits:reset", ann);
  await expect.poll(isAllowed).toBe(true);
  expect(await tell("limits:limit", { ...ann, count: 3 })).toMatchObject({ ok: true });
});

test("[PKG3] what a failed mutation consumed is given back", async () => {
  for (let i = 0; i < 5; i++) {
    await expect(tell("limits:limitAndFail", { key: "cleo" })).rejects.toThrow("on purpose");
  }
  expect(await tell("limits:limit", { name: "send", key: "cleo", count: 3 })).toMatchObject({
    ok: true,
  });
});

test("[PKG3] a fixed window opens again after its period; reservations are spread over the time to come", async () => {
  const window = { name: "signUp" };
  expect(await tell("limits:limit", { ...window, count: 2 })).toMatchObject({ ok: true });
  const refused = await tell("limits:limit", window);
  expect(refused.ok).toBe(false);
  expect(refused.retryAfter).toBeGreaterThan(0);
  expect(refused.retryAfter).toBeLessThanOrEqual(WEEK_MS);

  const queued = { name: "queued", reserve: true };
  expect(await tell("limits:limit", { ...queued, count: 2 })).toEqual({ ok: true });
  for (const wait of [0.5, 1]) {
    const reserved = await tell("limits:limit", queued);
    expect(reserved.ok).toBe(true);
    expect(reserved.retryAfter / HOUR_MS).toBeCloseTo(wait, 1);
  }
  expect(await tell("limits:limit", queued)).toMatchObject({ ok: false });
});

test("[PKG3] a sharded limit under parallel requests lets no more through than there is", async () => {
  const answers = await Promise.all(
    Array.from({ length: 50 }, () =>
      new ConvexHttpClient(server.engine.url).mutation(mutation("limits:limit"), {
        name: "sharded",
      }),
    ),
  );
  const through = answers.filter(({ ok }) => ok).length;
  expect(through).toBeLessThanOrEqual(40);
  expect(through).toBeGreaterThan(20); // a shard may be empty while others are not
});

test("[PKG3] an asynchronous limit counts in the background", async () => {
  const value = watch("limits:value", { name: "eventual" });
  await expect.poll(value).toBe(3);
  await tell("limits:limit", { name: "eventual", count: 3 });
  await expect.poll(value, PATIENCE).toBe(0);
  await expect
    .poll(async () => (await tell("limits:limit", { name: "eventual" })).ok, PATIENCE)
    .toBe(false);
});

test("[PKG4] sums, counts, ranks and places follow inserts, replaces and deletes", async () => {
  const values = Array.from({ length: 40 }, (_, i) => (i * 17) % 101);
  const scores = values.map((score, i) => ({
    game: i % 2 === 0 ? "chess" : "go",
    player: `p${i}`,
    score,
  }));
  const overall = watch("scores:overall", { from: 50 });
  const ids = await tell("scores:add", { scores });
  const compare = async () => {
    const all = scores.map(({ score }) => score);
    await expect.poll(overall, PATIENCE).toEqual({
      count: all.length,
      sum: all.reduce((sum, score) => sum + score, 0),
      min: Math.min(...all),
      max: Math.max(...all),
      countFrom: all.filter((score) => score >= 50).length,
    });
    for (const game of ["chess", "go"]) {
      const best = scores.filter((each) => each.game === game).sort((a, b) => b.score - a.score);
      for (const place of [0, 7, best.length - 1]) {
        expect(await ask("scores:at", { game, place })).toBe(best[place]?.player);
        expect(await ask("scores:rank", { game, score: best[place]?.score })).toBe(place);
      }
    }
  };
  await compare();

  const moved = { game: "go", player: "p0", score: 1000 };
  await tell("scores:replace", { id: ids[0], score: moved });
  scores[0] = moved;
  await compare();
  await tell("scores:remove", { id: ids.pop() });
  scores.pop();
  await expect(tell("scores:addAndFail", { score: moved })).rejects.toThrow("on purpose");
  await compare();
  expect(await ask("scores:games")).toEqual({ chess: 19, go: 20 });
});

test("[PKG5] parallel increments on many shards lose nothing", async () => {
  const count = watch("votes:count", { name: "busy" });
  await expect.poll(count).toBe(0);
  await Promise.all(
    Array.from({ length: 40 }, (_, i) =>
      new ConvexHttpClient(server.engine.url).mutation(mutation("votes:vote"), {
        name: "busy",
        by: i % 4 === 3 ? -1 : 2,
      }),
    ),
  );
  await expect.poll(count).toBe(50);
  expect(await ask("votes:estimate", { name: "busy" })).toBe(50);
  await tell("votes:rebalance", { name: "busy" });
  expect(await ask("votes:count", { name: "busy" })).toBe(50);
  await tell("votes:vote", { name: "quiet", by: 3 });
  await tell("votes:reset", { name: "busy" });
  await expect.poll(count).toBe(0);
  expect(await ask("votes:count", { name: "quiet" })).toBe(3);
});

/** `convex run` of an internal mutation, as the package's README says. */
async function run(name: string, args: object): Promise<void> {
  const { code, stdout, stderr } = await server.project.convex(
    "run",
    `migrations:${name}`,
    JSON.stringify(args),
  );
  if (code !== 0) throw new Error(`convex run ended with ${code}: ${stdout}${stderr}`);
}

test("[PKG8] migrations run in batches from the CLI, dry at first, and go on where they stopped", async () => {
  await tell("migrations:fill");
  const people = watch("migrations:people");
  await run("run", { fn: "migrations:activate", dryRun: true });
  expect(await ask("migrations:people")).toEqual({ active: 0, visits: [0] });

  await run("runBoth", {});
  const done = { state: "success", processed: 25, isDone: true };
  await expect
    .poll(watch("migrations:status", { name: "migrations:countVisit" }), PATIENCE)
    .toEqual(done);
  expect(await ask("migrations:status", { name: "migrations:activate" })).toEqual(done);
  await expect.poll(people).toEqual({ active: 25, visits: [1] });

  const status = watch("migrations:status", { name: "migrations:stumbling" });
  await run("run", { fn: "migrations:stumbling" });
  await expect.poll(status, PATIENCE).toEqual({ state: "failed", processed: 10, isDone: false });
  await expect.poll(people).toEqual({ active: 25, visits: [101, 1] });
  await tell("migrations:repair");
  await run("run", { fn: "migrations:stumbling" });
  await expect.poll(status, PATIENCE).toEqual(done);
  await expect.poll(people).toEqual({ active: 25, visits: [101] });
});

test("[PKG10] an action's result is computed once, until it is removed, too old or forced", async () => {
  const topic = "squares";
  const runs = watch("journal:read", { topic });
  const fetched = (of: number, more = {}) => act("cached:fetch", { topic, of, ...more });
  expect([await fetched(3), await fetched(3), await fetched(4)]).toEqual([9, 9, 16]);
  await expect.poll(runs).toEqual(["square of 3", "square of 4"]);
  await tell("cached:remove", { topic, of: 3 });
  expect([await fetched(3), await fetched(4)]).toEqual([9, 16]);
  await expect.poll(runs).toHaveLength(3);
  await fetched(4, { force: true });
  await expect.poll(runs).toHaveLength(4);
  await fetched(5, { ttl: 1 });
  await fetched(5, { ttl: 1 }); // more than a millisecond later
  await expect.poll(runs).toHaveLength(6);
  await tell("cached:removeAll");
  await fetched(3);
  await expect.poll(runs).toHaveLength(7);
});

test("[PKG12] a room shows who is there, who left, and who was not heard of any more", async () => {
  const beat = (userId: string, sessionId: string, interval = 60_000) =>
    tell("rooms:heartbeat", { roomId: "hall", userId, sessionId, interval });
  const { roomToken } = await beat("ann", "ann-1");
  const { sessionToken } = await beat("bob", "bob-1");
  const second = await beat("bob", "bob-2");
  expect(second.roomToken).toBe(roomToken);
  const room = watch("rooms:list", { roomToken });
  const online = () => {
    const users = (room() ?? []) as { userId: string; online: boolean }[];
    return Object.fromEntries(users.map(({ userId, online: isOnline }) => [userId, isOnline]));
  };
  await expect.poll(online).toEqual({ ann: true, bob: true });
  await tell("rooms:disconnect", { sessionToken });
  expect(await ask("rooms:list", { roomToken })).toContainEqual(
    expect.objectContaining({ userId: "bob", online: true }), // in another tab
  );
  await tell("rooms:disconnect", { sessionToken: second.sessionToken });
  await expect.poll(online).toEqual({ ann: true, bob: false });
  await tell("rooms:update", { roomId: "hall", userId: "ann", data: "typing" });
  await expect
    .poll(room)
    .toContainEqual(expect.objectContaining({ userId: "ann", data: "typing" }));

  await beat("eve", "eve-1", 40);
  await expect.poll(online).toMatchObject({ eve: true });
  await expect.poll(online, PATIENCE).toEqual({ ann: true, bob: false, eve: false });
});
