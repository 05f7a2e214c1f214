import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import { type Backend, issueMachine, previewKey, startBackend } from "./test.setup.ts";

const MINUTE_MS = 60_000;

let t: Backend;
let bot: Awaited<ReturnType<typeof issueMachine>>["as"];
let console: Awaited<ReturnType<typeof issueMachine>>["as"];
let feedKey: string;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 12) });
  t = startBackend();
  bot = (await issueMachine(t, "bot")).as;
  console = (await issueMachine(t, "console")).as;
  feedKey = await previewKey(t);
});

afterEach(() => {
  vi.useRealTimers();
});

function samples(...latenciesMs: number[]) {
  return latenciesMs.map((ms) => {
    return { sinceSourceMs: ms + 20, sinceReceivedMs: ms, sinceCommittedMs: ms - 1 };
  });
}

async function reportWeb(...latenciesMs: number[]) {
  return await t.mutation(api.receipts.reportFeed, { feedKey, samples: samples(...latenciesMs) });
}

async function summaryOf(surface: string, window: "hour" | "day" = "hour") {
  const answer = await console.query(api.receipts.summary, { window });
  if (answer.state !== "current") throw new Error(answer.state);
  const found = answer.surfaces.find((summary) => summary.surface === surface);
  if (found === undefined) throw new Error(`no summary of ${surface}`);
  return found;
}

async function rollUp(): Promise<void> {
  await t.mutation(internal.receipts.rollUp, {});
}

async function countSlots(): Promise<number> {
  return await t.run(async (ctx) => (await ctx.db.query("receiptSlots").collect()).length);
}

test("[REC1] a sample is clamped to 0..60 s, and what is not a number is not counted", async () => {
  await reportWeb(-5, Number.NaN, 10_000_000, Number.POSITIVE_INFINITY);
  await rollUp();
  const { count, p99 } = await summaryOf("web");
  expect(count).toBe(3);
  expect(p99).toBeGreaterThan(58_000);
  expect(p99).toBeLessThan(62_000);
});

test("[REC2] more than fifty samples are refused as a whole", async () => {
  const call = reportWeb(...Array.from({ length: 51 }, () => 10));
  await expect(call).rejects.toMatchObject({ data: { code: "too_many_samples" } });
  expect(await countSlots()).toBe(0);
});

test("[REC2] one reporter cannot fill a minute without end", async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  for (let call = 0; call < 100; call += 1) {
    await reportWeb(...Array.from({ length: 50 }, () => 10));
  }
  vi.restoreAllMocks();
  await rollUp();
  expect((await summaryOf("web")).count).toBe(3_750);
});

test("[REC3] samples count once in their minute and once in their ten minutes", async () => {
  await reportWeb(10, 20, 30);
  await rollUp();
  await reportWeb(40);
  await rollUp();
  expect((await summaryOf("web")).count).toBe(4);
  expect((await summaryOf("web", "day")).count).toBe(0);
  vi.setSystemTime(Date.now() + MINUTE_MS);
  await reportWeb(50);
  await rollUp();
  await rollUp();
  expect((await summaryOf("web")).count).toBe(5);
  expect((await summaryOf("web")).series.map(({ count }) => count)).toEqual([4, 1]);
  expect((await summaryOf("web", "day")).count).toBe(4);
  vi.setSystemTime(Date.now() + MINUTE_MS);
  await rollUp();
  expect((await summaryOf("web", "day")).series.map(({ count }) => count)).toEqual([5]);
  expect(await countSlots()).toBe(0);
});

test("[REC3] minutes leave after an hour, ten minutes after 25 hours", async () => {
  await reportWeb(10);
  vi.setSystemTime(Date.now() + MINUTE_MS);
  await rollUp();
  vi.setSystemTime(Date.now() + 61 * MINUTE_MS);
  await rollUp();
  expect((await summaryOf("web")).count).toBe(0);
  expect((await summaryOf("web", "day")).count).toBe(1);
  vi.setSystemTime(Date.now() + 25 * 60 * MINUTE_MS);
  await rollUp();
  expect((await summaryOf("web", "day")).count).toBe(0);
});

test("[REC3] a long outage's slots are summed up in several runs without loss", async () => {
  let draws = 0; // eleven slots a minute, so that a run of 256 ends within a minute
  vi.spyOn(Math, "random").mockImplementation(() => (draws++ % 11) / 16);
  for (let minute = 0; minute < 30; minute += 1) {
    for (let call = 0; call < 20; call += 1) await reportWeb(10, 20);
    vi.setSystemTime(Date.now() + MINUTE_MS);
  }
  vi.restoreAllMocks();
  await rollUp();
  await t.finishAllScheduledFunctions(() => vi.advanceTimersByTime(0));
  expect((await summaryOf("web", "day")).count).toBe(30 * 20 * 2);
  const perMinute = (await summaryOf("web")).series.map(({ count }) => count);
  expect(perMinute).toEqual(Array.from({ length: 30 }, () => 40));
  expect(await countSlots()).toBe(0);
});

test("[REC4] percentiles are within 3% of the exact ones", async () => {
  const latencies = Array.from({ length: 1_000 }, (_, index) => 5 + ((index * 7919) % 1000) / 4);
  for (let from = 0; from < latencies.length; from += 50) {
    await reportWeb(...latencies.slice(from, from + 50));
  }
  await rollUp();
  const sorted = [...latencies].sort((a, b) => a - b);
  const summary = await summaryOf("web");
  for (const [name, rank] of [
    ["p50", 500],
    ["p95", 950],
    ["p99", 990],
  ] as const) {
    const exact = sorted[rank - 1] ?? 0;
    expect(Math.abs((summary[name] ?? 0) - exact) / exact).toBeLessThan(0.03);
  }
});

test("[REC5] each machine reports for its own surfaces only", async () => {
  const report = (as: typeof bot, surface: "botReceived" | "botDispatched" | "botAcknowledged") =>
    as.mutation(api.receipts.report, { surface, samples: samples(10) });
  const reportConsole = (as: typeof bot) =>
    as.mutation(api.receipts.reportConsole, { samples: samples(10) });
  await report(bot, "botReceived");
  await report(bot, "botDispatched");
  await report(bot, "botAcknowledged");
  await reportConsole(console);
  const refused = { data: { code: "wrong_kind" } };
  await expect(reportConsole(bot)).rejects.toMatchObject(refused);
  await expect(report(console, "botReceived")).rejects.toMatchObject(refused);
  await rollUp();
  for (const surface of ["admin", "botReceived", "botDispatched", "botAcknowledged"]) {
    expect((await summaryOf(surface)).count).toBe(1);
  }
  expect((await summaryOf("web")).count).toBe(0);
});

test("[REC5] a rotated key reports nothing", async () => {
  await t.mutation(internal.access.rotate, { feed: "basic", shard: 0 });
  expect(await reportWeb(10)).toEqual({ state: "rotated" });
  expect(await countSlots()).toBe(0);
});
