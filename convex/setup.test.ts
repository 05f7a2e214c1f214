import { beforeEach, expect, test } from "vitest";
import { api, internal } from "./_generated/api.js";
import {
  type Backend,
  CHANNEL,
  issueMachine,
  post,
  seedSource,
  sendIngest,
  startBackend,
} from "./test.setup.ts";

let t: Backend;
let console: Awaited<ReturnType<typeof issueMachine>>["as"];
let bot: Awaited<ReturnType<typeof issueMachine>>["as"];

beforeEach(async () => {
  t = startBackend();
  console = (await issueMachine(t, "console")).as;
  bot = (await issueMachine(t, "bot")).as;
});

async function onlySource() {
  const listed = await console.query(api.sources.list, {});
  const [source] = listed.state === "current" ? listed.sources : [];
  if (source === undefined) throw new Error("no source");
  return source;
}

test("[SEE1] seeding twice makes everything once", async () => {
  const seed = {
    sources: [{ name: "calls", guildId: "1", channelId: "11", minTier: "pro" as const }],
    routes: [{ sourceName: "calls", guildId: "2", channelId: "21", name: "members" }],
  };
  expect(await t.mutation(internal.setup.seed, seed)).toEqual({ sources: 1, routes: 1 });
  expect(await t.mutation(internal.setup.seed, seed)).toEqual({ sources: 0, routes: 0 });
});

test("[SRC1] a channel and a name belong to one source", async () => {
  await seedSource(t);
  const source = { name: "other", guildId: "1", channelId: CHANNEL, minTier: "pro" as const };
  const create = (changes: object) =>
    console.mutation(api.sources.create, { ...source, ...changes });
  await expect(create({})).rejects.toMatchObject({ data: { code: "channel_taken" } });
  const sameName = create({ channelId: "12", name: "basic-calls" });
  await expect(sameName).rejects.toMatchObject({ data: { code: "name_taken" } });
  await create({ channelId: "12" });
});

test("[SRC2] the bot sees the sources, and the newest messages of each channel for its back-fill", async () => {
  await seedSource(t);
  const { token } = await issueMachine(t, "source");
  const startMs = Date.now() - 60_000;
  const events = [
    post("m1", { occurredAt: startMs }),
    post("m3", { occurredAt: startMs + 2 }),
    post("m2", { occurredAt: startMs + 1 }),
    post("m4", { occurredAt: startMs + 3, threadId: "t1" }),
    { type: "delete", messageId: "m1", channelId: CHANNEL, occurredAt: startMs + 9 },
  ];
  await sendIngest(t, token, { events });
  expect(await bot.query(api.sources.watched, {})).toMatchObject({
    sources: [{ name: "basic-calls", channelId: CHANNEL, minTier: "basic", allowBots: false }],
  });
  expect(await bot.query(api.sources.lastSeen, { channelId: CHANNEL })).toEqual({
    state: "current",
    lastMessageId: "m3",
  });
  expect(await bot.query(api.sources.recent, { channelId: CHANNEL })).toEqual({
    state: "current",
    messageIds: ["m3", "m2"],
  });
});

test("[ROU1] a source has one route to a channel", async () => {
  await seedSource(t);
  const { sourceId } = await onlySource();
  const route = { sourceId, guildId: "2", channelId: "77", name: "members" };
  await console.mutation(api.routes.create, route);
  const again = console.mutation(api.routes.create, route);
  await expect(again).rejects.toMatchObject({ data: { code: "route_exists" } });
});

test("[ROU2] a source's channel cannot be a target", async () => {
  await seedSource(t);
  const { sourceId } = await onlySource();
  const route = { sourceId, guildId: "2", channelId: CHANNEL, name: "round and round" };
  const call = console.mutation(api.routes.create, route);
  await expect(call).rejects.toMatchObject({ data: { code: "target_is_source" } });
});

test("[ROU2] a target's channel cannot become a source, until its route is removed", async () => {
  await seedSource(t);
  const listed = await console.query(api.routes.list, {});
  const [route] = listed.state === "current" ? listed.routes : [];
  if (route === undefined) throw new Error("no route");
  const { channelId, routeId } = route;
  const create = () =>
    console.mutation(api.sources.create, { name: "x", guildId: "2", channelId, minTier: "pro" });
  await expect(create()).rejects.toMatchObject({ data: { code: "channel_is_target" } });
  await console.mutation(api.routes.remove, { routeId });
  await create();
});

test("[SRC2] a thread's message that was first heard of by its delete is none of the channel's", async () => {
  await seedSource(t);
  const { token } = await issueMachine(t, "source");
  const events = [
    post("m1", { occurredAt: Date.now() - 5_000 }),
    { type: "delete", messageId: "m9", channelId: CHANNEL, occurredAt: Date.now() },
    post("m9", { occurredAt: Date.now() - 1_000, threadId: "t1" }),
  ];
  await sendIngest(t, token, { events });
  expect(await bot.query(api.sources.lastSeen, { channelId: CHANNEL })).toMatchObject({
    lastMessageId: "m1",
  });
});
