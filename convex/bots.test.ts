import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import type { GuildReport } from "./model/bots/validators.ts";
import { type Backend, issueMachine, signUp, startBackend } from "./test.setup.ts";

type As = Awaited<ReturnType<typeof issueMachine>>["as"];

let t: Backend;
let bot: As;
let operator: As;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 12) });
  t = startBackend();
  bot = (await issueMachine(t, "bot")).as;
  operator = (await signUp(t, "op@example.com", "operator")).as;
});
afterEach(() => {
  vi.useRealTimers();
});

async function pass(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await t.finishInProgressScheduledFunctions();
}

const appear = (holder = "one") =>
  bot.mutation(api.bots.appear, {
    holder,
    botUserId: "10",
    botName: "Heliograph",
    workerShards: [0],
    intents: ["messageContent"],
    shardCount: 1,
    gatewayShards: [{ shardId: 0, state: "ready" }],
  });
const pulse = (holder = "one") => bot.mutation(api.bots.pulse, { holder, pingMs: 42 });

async function listed() {
  const answer = await operator.query(api.bots.list, {});
  return answer.state === "current" ? answer.bots : [];
}

const report = (changes: Partial<GuildReport> = {}): GuildReport => ({
  guild: { guildId: "4194304", name: "Desk", ownerId: "7", botRoleIds: ["5"] },
  channels: [
    { channelId: "21", name: "calls", type: 0, position: 0, parentId: null, overwrites: [] },
    { channelId: "22", name: "chat", type: 0, position: 1, parentId: null, overwrites: [] },
  ],
  roles: [
    {
      roleId: "5",
      name: "Heliograph",
      position: 1,
      permissions: "0",
      managed: true,
      mentionable: false,
    },
  ],
  ...changes,
});
const keep = (changes: Partial<GuildReport> = {}) =>
  bot.mutation(api.bots.reportGuild, { botUserId: "10", report: report(changes) });

async function catalogue() {
  const answer = await operator.query(api.bots.guild, { guildId: "4194304" });
  if (answer.state !== "current") throw new Error(answer.state);
  return { channels: answer.channels.map(({ name }) => name), roles: answer.roles.length };
}

test("[BOT1] a bot that stops is offline at once", async () => {
  await appear();
  expect(await listed()).toMatchObject([{ state: "online", botName: "Heliograph" }]);
  await bot.mutation(api.bots.leave, { holder: "one" });
  expect(await listed()).toMatchObject([{ state: "offline", code: "stopped" }]);
});

test("[BOT1] a bot that dies is offline after 45 s, one that pulses is not", async () => {
  await appear("dies");
  await appear("lives");
  for (let ms = 0; ms < 45_000; ms += 15_000) {
    await pass(15_000);
    expect(await pulse("lives")).toBe("noted");
  }
  await pass(1);
  expect(await listed()).toMatchObject([
    { holder: "lives", state: "online", pingMs: 42 },
    { holder: "dies", state: "offline", code: "silent" },
  ]);
  expect(await pulse("dies")).toBe("unknown");
});

test("[BOT1] an expiry that was missed is caught, and who went a day ago is forgotten", async () => {
  await appear();
  vi.advanceTimersByTime(10 * 60_000);
  await t.mutation(internal.bots.sweep, {});
  expect(await listed()).toMatchObject([{ state: "offline" }]);
  vi.advanceTimersByTime(25 * 60 * 60_000);
  await t.mutation(internal.bots.sweep, {});
  expect(await listed()).toEqual([]);
});

test("[BOT1] a bot that Discord refuses says why, also one that never got in", async () => {
  const refused = { workerShards: [1], code: "disallowed_intents" };
  await appear();
  await bot.mutation(api.bots.refused, { holder: "one", ...refused });
  await bot.mutation(api.bots.refused, { holder: "two", ...refused });
  expect(await listed()).toMatchObject([
    { holder: "two", state: "refused", code: "disallowed_intents", botUserId: null },
    { holder: "one", state: "refused", code: "disallowed_intents", botUserId: "10" },
  ]);
});

test("[BOT2] a pulse leaves the presence alone", async () => {
  await appear();
  const read = () => t.run(async (ctx) => await ctx.db.query("botPresences").collect());
  const before = await read();
  await pass(15_000);
  await pulse();
  await appear(); // nothing new
  expect(await read()).toEqual(before);
});

test("[CTG1] a server reported again writes nothing; what changed writes its own row only", async () => {
  await keep();
  const rows = () => t.run(async (ctx) => await ctx.db.query("botChannels").collect());
  const before = await rows();
  await keep();
  expect(await rows()).toEqual(before);
  const [calls] = report().channels;
  if (calls === undefined) throw new Error("there is one");
  await keep({ channels: [{ ...calls, name: "signals" }, ...report().channels.slice(1)] });
  expect(await catalogue()).toEqual({ channels: ["signals", "chat"], roles: 1 });
  expect((await rows())[1]).toEqual(before[1]);
});

test("[CTG2] what is gone in Discord is gone here", async () => {
  await keep();
  await keep({ channels: report().channels.slice(1), roles: [] });
  expect(await catalogue()).toEqual({ channels: ["chat"], roles: 0 });
  await bot.mutation(api.bots.leftGuild, { botUserId: "10", guildId: "4194304" });
  expect(await catalogue()).toEqual({ channels: [], roles: 0 });
});

test("[CTG2] a server that was left unseen is forgotten, one of another gateway shard is not", async () => {
  await keep(); // 4194304 >> 22 is 1
  const list = (shardIds: number[], guildIds: string[]) =>
    bot.mutation(api.bots.reportGuilds, { botUserId: "10", guildIds, shardIds, shardCount: 2 });
  await list([0], []);
  await list([1], ["4194304"]);
  await pass(0);
  expect(await catalogue()).toMatchObject({ roles: 1 });
  await list([1], []);
  await pass(0);
  expect(await catalogue()).toMatchObject({ roles: 0 });
});
