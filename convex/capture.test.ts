import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import {
  type Backend,
  CHANNEL,
  codeOf,
  issueMachine,
  post,
  seedSource,
  sendIngest,
  startBackend,
} from "./test.setup.ts";

let t: Backend;
type Machine = Awaited<ReturnType<typeof issueMachine>>;
let bot: Machine;
let console: Machine;

beforeEach(async () => {
  t = startBackend();
  await seedSource(t);
  bot = await issueMachine(t, "bot");
  console = await issueMachine(t, "console");
});
afterEach(() => {
  vi.useRealTimers();
});

async function health() {
  const answer = await console.as.query(api.capture.health, {});
  if (answer.state !== "current") throw new Error(answer.state);
  const [source] = answer.sources;
  if (source === undefined) throw new Error("no source");
  return source;
}

const gap = { cause: "session", fromMs: 1_000, untilMs: 2_000, recovered: 3 } as const;
const listening = { channelId: CHANNEL, state: "listening", code: null, message: null } as const;

test("[HEA1] what comes in is counted once for its source, whichever way it came", async () => {
  const { token } = await issueMachine(t, "source");
  const [first, second] = [post("m1"), post("m2")];
  await sendIngest(t, token, {
    events: [first, second, { ...post("m3"), channelId: "1" }],
  });
  await bot.as.mutation(api.ingest.events, { events: [first], receivedAtMs: Date.now() });
  vi.setSystemTime(Date.now() + 2_000);
  await t.mutation(internal.ingest.rollUp, {});
  await t.mutation(internal.ingest.rollUp, {});
  expect((await health()).counts).toMatchObject({ accepted: 2, duplicate: 1, stale: 0 });
  await sendIngest(t, token, { events: [second, post("m4")] });
  vi.setSystemTime(Date.now() + 2_000);
  await t.mutation(internal.ingest.rollUp, {});
  const { counts } = await health();
  expect(counts).toMatchObject({ accepted: 3, duplicate: 2 });
  expect(counts?.lastSignalAtMs).toBe(counts?.lastEventAtMs);
});

test("[HEA2] a gap that is reported twice is one, and stays shown", async () => {
  for (let times = 0; times < 2; times++) {
    await bot.as.mutation(api.capture.report, { report: { ...listening, gap } });
  }
  await bot.as.mutation(api.capture.report, { report: { ...listening, gap: null } });
  expect((await health()).bot).toMatchObject({ state: "listening", lastGap: gap, gaps: 1 });
  const next = { ...gap, fromMs: 5_000, untilMs: 6_000 };
  await bot.as.mutation(api.capture.report, { report: { ...listening, gap: next } });
  expect((await health()).bot).toMatchObject({ lastGap: next, gaps: 2 });
});

test("[HEA2] a channel that cannot be read says why", async () => {
  const failing = { state: "failing", code: "missing_access", message: "Let it in." } as const;
  await bot.as.mutation(api.capture.report, { report: { ...listening, ...failing, gap: null } });
  expect((await health()).bot).toMatchObject(failing);
  const unknown = { ...listening, channelId: "1", gap: null };
  await bot.as.mutation(api.capture.report, { report: unknown });
});

test("[HEA1] the endpoints of a source are listed while they are good", async () => {
  const made = { kind: "tradingview" as const, name: "Alerts", sourceName: "basic-calls" };
  const { machineId } = await t.action(internal.machines.issue, made);
  expect((await health()).endpoints).toEqual([{ machineId, name: "Alerts", lastUsedAtMs: null }]);
  await t.mutation(internal.machines.revokeNow, { machineId });
  expect((await health()).endpoints).toEqual([]);
});

test("[SRC2] the bot hears which programs a source lets in, and which shard it belongs to", async () => {
  const { sourceId } = await health();
  const update = (allowedAuthors: string[]) =>
    console.as.mutation(api.sources.update, { sourceId, allowedAuthors });
  await update(["900000000000000099"]);
  expect(await codeOf(update(["Carl-bot"]))).toBe("bad_author");
  expect(await bot.as.query(api.sources.watched, {})).toMatchObject({
    sources: [{ allowedAuthors: ["900000000000000099"], shard: 0 }],
  });
});

test("[SRC2] the messages of a thread are its own", async () => {
  const events = [post("m1"), post("m2", { threadId: "t1" })];
  await bot.as.mutation(api.ingest.events, { events, receivedAtMs: Date.now() });
  const recent = async (threadId?: string) => {
    const place = { channelId: CHANNEL, ...(threadId !== undefined && { threadId }) };
    return await bot.as.query(api.sources.recent, place);
  };
  expect(await recent()).toMatchObject({ messageIds: ["m1"] });
  expect(await recent("t1")).toMatchObject({ messageIds: ["m2"] });
  const more = [post("m3", { threadId: "t1" }), post("m4", { threadId: "t2" })];
  await bot.as.mutation(api.ingest.events, { events: more, receivedAtMs: Date.now() });
  const threads = await bot.as.query(api.sources.threads, { channelId: CHANNEL });
  expect(threads).toMatchObject({ threadIds: ["t2", "t1"] });
});
