import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import { type Backend, issueMachine, startBackend } from "./test.setup.ts";

type Bot = Awaited<ReturnType<typeof issueMachine>>["as"];

let t: Backend;
let bot: Bot;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 12) });
  t = startBackend();
  bot = (await issueMachine(t, "bot")).as;
});

afterEach(() => {
  vi.useRealTimers();
});

async function pass(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await t.finishInProgressScheduledFunctions();
}

const acquire = (holder: string, as = bot) => as.mutation(api.leases.acquire, { shard: 0, holder });
const beat = (holder: string, epoch: number, as = bot) =>
  as.mutation(api.leases.beat, { shard: 0, epoch, holder });
const release = (holder: string, epoch: number) =>
  bot.mutation(api.leases.release, { shard: 0, epoch, holder });
const status = () => bot.query(api.leases.status, { shard: 0 });

test("[LEA1] one holds, the other is told who does", async () => {
  expect(await acquire("a")).toEqual({
    state: "held",
    epoch: 1,
    expiresInMs: 9_000,
    sinceLastHolderMs: null,
  });
  expect(await acquire("b")).toEqual({ state: "busy", holder: "a" });
  expect(await status()).toEqual({ state: "current", holder: "a", epoch: 1 });
});

test("[LEA1] a released shard is free at once, and its next holder has a greater epoch", async () => {
  await acquire("a");
  await pass(2_000);
  await release("a", 1);
  expect(await status()).toMatchObject({ holder: null });
  expect(await acquire("b")).toMatchObject({ state: "held", epoch: 2, sinceLastHolderMs: 2_000 });
});

test("[LEA1] who lost the lease can neither beat nor release it", async () => {
  await acquire("a");
  await pass(9_000);
  await acquire("b");
  expect(await beat("a", 1)).toEqual({ state: "lost" });
  await release("a", 1);
  expect(await status()).toMatchObject({ holder: "b", epoch: 2 });
});

test("[LEA1] another machine cannot beat with the holder's name and epoch", async () => {
  await acquire("a");
  const other = (await issueMachine(t, "bot", "other")).as;
  expect(await beat("a", 1, other)).toEqual({ state: "lost" });
  expect(await acquire("a", other)).toEqual({ state: "busy", holder: "a" });
});

test("[LEA2] beats keep the lease, and nine seconds without one free it", async () => {
  await acquire("a");
  for (let beats = 0; beats < 10; beats += 1) {
    await pass(3_000);
    expect(await beat("a", 1)).toEqual({ state: "held" });
  }
  await pass(8_900);
  expect(await status()).toMatchObject({ holder: "a" });
  await pass(200);
  expect(await status()).toMatchObject({ holder: null, epoch: 1 });
});

test("[LEA2] a dead holder's shard can be taken even if the scheduled expiry is late", async () => {
  await acquire("a");
  vi.setSystemTime(Date.now() + 9_000);
  expect(await acquire("b")).toMatchObject({ state: "held", epoch: 2, sinceLastHolderMs: 9_000 });
  await pass(9_000);
  expect(await status()).toMatchObject({ holder: null, epoch: 2 });
});

test("[LEA2] the sweep frees a shard whose expiry was missed", async () => {
  await acquire("a");
  vi.setSystemTime(Date.now() + 20_000);
  await t.mutation(internal.leases.sweep, {});
  expect(await status()).toMatchObject({ holder: null });
});

test("[LEA3] a process that starts again under its name takes over from the one before", async () => {
  await acquire("a");
  await pass(1_000);
  expect(await acquire("a")).toMatchObject({ state: "held", epoch: 2, sinceLastHolderMs: 1_000 });
  expect(await beat("a", 1)).toEqual({ state: "lost" });
  expect(await beat("a", 2)).toEqual({ state: "held" });
});

test("[LEA3] an acquire that is repeated leaves one expiry under way, and that one works", async () => {
  for (let repeat = 0; repeat < 3; repeat += 1) await acquire("a");
  await pass(8_900);
  expect(await status()).toMatchObject({ holder: "a", epoch: 3 });
  await pass(200);
  expect(await status()).toMatchObject({ holder: null, epoch: 3 });
});

test("[LEA1] a shard that cannot be is refused", async () => {
  for (const shard of [-1, 0.5, 100]) {
    const call = bot.mutation(api.leases.acquire, { shard, holder: "a" });
    await expect(call).rejects.toMatchObject({ data: { code: "unknown_shard" } });
  }
});

test("[LEA4] a beat leaves the row that settle and the work list read alone", async () => {
  await acquire("a");
  const readLease = () => t.run(async (ctx) => await ctx.db.query("leases").unique());
  const before = await readLease();
  await pass(3_000);
  await beat("a", 1);
  expect(await readLease()).toEqual(before);
});
