import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api } from "./_generated/api.js";
import type { GuildReport } from "./model/bots/validators.ts";
import {
  type Backend,
  CHANNEL,
  codeOf,
  GUILD,
  issueMachine,
  seedSource,
  signUp,
  startBackend,
} from "./test.setup.ts";

type As = Awaited<ReturnType<typeof issueMachine>>["as"];

const CLUB = "900000000000000002";
const ALL = (-1n & ((1n << 50n) - 1n) & ~8n).toString();

let t: Backend;
let bot: As;
let operator: As;

beforeEach(async () => {
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 22, 12) });
  t = startBackend();
  bot = (await issueMachine(t, "bot")).as;
  operator = (await signUp(t, "op@example.com", "operator")).as;
  await seedSource(t, 0);
});
afterEach(() => {
  vi.useRealTimers();
});

async function pass(ms: number): Promise<void> {
  vi.advanceTimersByTime(ms);
  await t.finishInProgressScheduledFunctions();
}

const appear = (botUserId = "10", workerShards = [0], holder = `process of ${botUserId}`) =>
  bot.mutation(api.bots.appear, {
    holder,
    botUserId,
    botName: `Bot ${botUserId}`,
    workerShards,
    intents: ["messageContent"],
    shardCount: 1,
    gatewayShards: [],
  });

const channel = (channelId: string, deny = "0"): GuildReport["channels"][number] => ({
  channelId,
  name: `channel-${channelId}`,
  type: 0,
  position: 0,
  parentId: null,
  overwrites: deny === "0" ? [] : [{ id: CLUB, kind: "role", allow: "0", deny }],
});
const role = (roleId: string, position: number, permissions = "0") => {
  return { roleId, name: roleId, position, permissions, managed: false, mentionable: false };
};
const see = (channels: GuildReport["channels"], botUserId = "10", botRoleIds = ["5"]) =>
  bot.mutation(api.bots.reportGuild, {
    botUserId,
    report: {
      guild: { guildId: CLUB, name: "Club", ownerId: "7", botRoleIds },
      channels,
      roles: [role(CLUB, 0), role("5", 2, ALL), role("6", 1), role("8", 3), role("9", 4)],
    },
  });

function codesOf(answer: { state: string; findings?: { code: string }[] }): string[] {
  if (answer.findings === undefined) throw new Error(answer.state);
  return answer.findings.map(({ code }) => code);
}

async function findings(channelId = "21", mode: "bot" | "webhook" = "bot") {
  const place = { guildId: CLUB, channelId, mode, pingRoleId: null };
  const answer = await operator.query(api.doctor.target, place);
  if (answer.state !== "current") throw new Error(answer.state);
  return answer.findings.map(({ code }) => code);
}

async function addRoute(channelId: string, despiteFindings?: boolean): Promise<unknown> {
  const sourceId = await t.run(async (ctx) => (await ctx.db.query("sources").first())?._id);
  if (sourceId === undefined) throw new Error("there is one");
  return await operator.mutation(api.routes.create, {
    sourceId,
    guildId: CLUB,
    channelId,
    name: "target",
    ...(despiteFindings === undefined ? {} : { despiteFindings }),
  });
}

const ask = (channelId = "21") =>
  operator.mutation(api.doctor.test, { guildId: CLUB, channelId, mode: "bot" });
const wanted = async () => {
  const answer = await bot.query(api.doctor.wanted, { botUserId: "10" });
  return answer.state === "current" ? answer.tests : [];
};

test("[DOC3] findings follow Discord: not there, then shut, then open", async () => {
  expect(await findings()).toEqual(["bot_unknown"]);
  await appear();
  expect(await findings()).toEqual(["bot_not_in_server"]);
  await see([channel("21", "1024")]);
  expect(await findings()).toEqual(["missing_permission"]);
  expect(await findings("22")).toEqual(["channel_unknown"]);
  await see([channel("21")]);
  expect(await findings()).toEqual([]);
  await bot.mutation(api.bots.leave, { holder: "process of 10" });
  expect(await findings()).toEqual(["bot_offline"]);
});

test("[DOC3] a role above the bot's is found, and cured when it is moved", async () => {
  await appear();
  await see([]);
  const read = async (roleId: string) => {
    const answer = await operator.query(api.doctor.role, { guildId: CLUB, roleId });
    return answer.state === "current" ? answer.findings.map(({ code }) => code) : [];
  };
  expect(await read("6")).toEqual([]);
  expect(await read("8")).toEqual(["bot_below_role"]);
});

test("[DOC3] a round tells of every route and source that has findings", async () => {
  await appear();
  await see([channel("21"), channel("22", "2048")]);
  await addRoute("21");
  await addRoute("22", true);
  const round = await operator.query(api.doctor.round, {});
  expect(round).toMatchObject({
    examined: 3,
    patients: [
      { kind: "source", guildId: GUILD, findings: [{ code: "bot_not_in_server" }] },
      { kind: "route", channelId: "22", findings: [{ code: "missing_permission" }, {}, {}] },
    ],
  });
});

test("[DOC4] a route that cannot work is refused with what to click, unless that is known", async () => {
  await appear();
  await see([channel("21", "1024")]);
  expect(await codeOf(addRoute("21"))).toBe("doctor_objects");
  await addRoute("21", true);
});

test("[DOC4] before any bot was there routes can be made", async () => {
  await addRoute("21");
});

test("[DOC1] a test is taken once, and what came of it is a finding", async () => {
  await appear();
  await see([channel("21")]);
  const testId = await ask();
  expect(await wanted()).toEqual([{ testId, channelId: "21", mode: "bot" }]);
  expect(await bot.mutation(api.doctor.take, { testId })).toBe("yours");
  expect(await bot.mutation(api.doctor.take, { testId })).toBe("taken");
  expect(await wanted()).toEqual([]);
  const outcome = { webhooks: 2, code: "missing_permission", message: "No." };
  await bot.mutation(api.doctor.settle, { testId, outcome });
  expect(await findings()).toEqual(["test_failed"]);
});

test("[DOC1] a test that no bot answers ends after 30 s", async () => {
  await appear();
  await see([channel("21")]);
  const testId = await ask();
  await bot.mutation(api.doctor.take, { testId });
  await pass(30_000);
  expect(await findings()).toEqual(["test_unanswered"]);
  const outcome = { webhooks: 0, code: null, message: null };
  await bot.mutation(api.doctor.settle, { testId, outcome }); // too late
  expect(await findings()).toEqual(["test_unanswered"]);
});

test("[DOC2] asking again gives the test under way; without a bot there is none", async () => {
  expect(await codeOf(ask())).toBe("bot_offline");
  await appear();
  await see([channel("21")]);
  expect(await ask()).toBe(await ask());
});

async function shardOf(channelId: string) {
  const answer = await operator.query(api.routes.list, {});
  const routes = answer.state === "current" ? answer.routes : [];
  return routes.filter((route) => route.channelId === channelId).map(({ shard }) => shard);
}

test("[ASG2] a target goes to the bot that is in its server", async () => {
  await appear("10", [0]);
  await appear("11", [1]);
  await see([channel("21")], "11");
  await addRoute("21");
  expect(await shardOf("21")).toEqual([1]);
});

test("[ASG2] a target in a server without a bot goes to the first token", async () => {
  await appear("10", [3]);
  await appear("11", [4]);
  await addRoute("21", true);
  expect(await shardOf("21")).toEqual([0]);
});

test("[ASG4] a source is captured under the lowest shard whose bot is in its server", async () => {
  const source = { name: "desk", guildId: CLUB, channelId: "31", minTier: "pro" } as const;
  await operator.mutation(api.sources.create, source);
  const captured = async () => {
    const answer = await bot.query(api.sources.watched, {});
    const sources = answer.state === "current" ? answer.sources : [];
    return sources.filter(({ channelId }) => channelId === "31").map(({ shard }) => shard);
  };
  await appear("10", [0]);
  expect(await captured()).toEqual([0]);
  await appear("11", [7, 5]);
  await see([channel("31")], "11");
  expect(await captured()).toEqual([5]);
  await appear("12", [2]);
  await see([channel("31")], "12");
  expect(await captured()).toEqual([2]);
});

test("[ASG4] a bot that was started again under other shards is not waited for under those it had", async () => {
  const source = { name: "desk", guildId: CLUB, channelId: "31", minTier: "pro" } as const;
  await operator.mutation(api.sources.create, source);
  const captured = async () => {
    const answer = await bot.query(api.sources.watched, {});
    const sources = answer.state === "current" ? answer.sources : [];
    return sources.filter(({ channelId }) => channelId === "31").map(({ shard }) => shard);
  };
  await appear("10", [0]);
  await see([channel("31")]);
  await bot.mutation(api.bots.leave, { holder: "process of 10" });
  expect(await captured()).toEqual([0]); // it is only being started again
  await appear("10", [4], "another process");
  expect(await captured()).toEqual([4]);
});

test("[DOC3] a source and a role are examined for the bot that serves their server, not for another", async () => {
  await appear("10", [0]);
  await see([channel("21", "1024")]);
  await appear("11", [1]);
  await see([channel("21")], "11", ["5", "9"]);
  const place = { guildId: CLUB, channelId: "21" };
  expect(codesOf(await operator.query(api.doctor.source, place))).toEqual(["missing_permission"]);
  const role = { guildId: CLUB, roleId: "8" };
  expect(codesOf(await operator.query(api.doctor.role, role))).toEqual(["bot_below_role"]);
});

test("[ASG2] beyond 45 targets the next token serves", async () => {
  await appear("10", [0]);
  const channels = Array.from({ length: 47 }, (_, index) => channel(`${100 + index}`));
  await see(channels);
  for (const { channelId } of channels.slice(0, 45)) await addRoute(channelId);
  await appear("11", [1]);
  await see(channels, "11");
  await addRoute("145");
  expect(await shardOf("145")).toEqual([1]);
  expect(await shardOf("100")).toEqual([0]);
  await bot.mutation(api.bots.leave, { holder: "process of 11" });
  await bot.mutation(api.bots.leftGuild, { botUserId: "11", guildId: CLUB });
  await addRoute("146");
  expect(await shardOf("146")).toEqual([0]);
  expect(await findings("146")).toEqual(["token_full"]);
});

test("[ASG1] a second source into a channel goes by the same token", async () => {
  await appear("10", [0]);
  await see([channel("21")]);
  await addRoute("21");
  await bot.mutation(api.bots.leftGuild, { botUserId: "10", guildId: CLUB });
  await appear("11", [1]);
  await see([channel("21")], "11");
  await seedSource(t, 0, { name: "other", channelId: "900000000000000099" });
  const other = await t.run(
    async (ctx) =>
      await ctx.db
        .query("sources")
        .withIndex("by_name", (q) => q.eq("name", "other"))
        .unique(),
  );
  if (other === null) throw new Error("there is one");
  const again = { sourceId: other._id, guildId: CLUB, channelId: "21", name: "again" };
  await operator.mutation(api.routes.create, { ...again, despiteFindings: true });
  expect(await shardOf("21")).toEqual([0, 0]);
});

test("[ASG3] a target is moved when somebody says so, and its posts stay where they were", async () => {
  await appear("10", [0]);
  const channels = Array.from({ length: 46 }, (_, index) => channel(`${100 + index}`));
  await see(channels);
  for (const { channelId } of channels) await addRoute(channelId);
  const event = { type: "create" as const, messageId: "m1", occurredAt: Date.now() - 1_000 };
  const events = [{ ...event, channelId: CHANNEL, content: "BTC long" }];
  await bot.mutation(api.ingest.events, { events, receivedAtMs: Date.now() });
  const move = () => operator.mutation(api.routes.reassign, { channelId: "145" });
  expect(await move()).toBe("kept");
  await appear("11", [1]);
  await see(channels, "11");
  expect(await shardOf("145")).toEqual([0]);
  expect(await move()).toBe("moved");
  expect(await shardOf("145")).toEqual([1]);
  const mirrors = await t.run(async (ctx) => await ctx.db.query("mirrors").collect());
  expect(mirrors.find(({ channelId }) => channelId === "145")?.shard).toBe(0);
});
