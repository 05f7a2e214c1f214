/** How often, how many and how large: session starts, concurrency, shards, member lists. */
import { Client, Events, GatewayIntentBits as Intent } from "discord.js";
import { expect, onTestFinished, test } from "vitest";
import { GatewayPeer } from "../../test/gateway-peer.ts";
import { rest, SEED, startSim } from "../../test/sim-fixture.ts";
import { ManualClock } from "../clock.ts";
import type { DiscordSim } from "../index.ts";

async function starts(sim: DiscordSim): Promise<Record<string, number>> {
  const { body } = await rest(sim, "GET /gateway/bot");
  return (body as { session_start_limit: Record<string, number> }).session_start_limit;
}

test("[DGW9] starts are counted, and past the day's number every session ends and the token is dead", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock, sessionStarts: { sessionStarts: 2, maxConcurrency: 4 } });
  const [first, second, third] = [new GatewayPeer(sim), new GatewayPeer(sim), new GatewayPeer(sim)];
  await first.identify();
  clock.advance(1_000);
  expect(await starts(sim)).toEqual({
    total: 2,
    remaining: 1,
    reset_after: 24 * 3_600_000 - 1_000,
    max_concurrency: 4,
  });
  await second.identify();
  await third.heard(10);
  third.send({ op: 2, d: { token: "token-of-mirror-bot", intents: 0 } });
  expect(await Promise.all([first.closed, second.closed, third.closed])).toEqual([
    4004, 4004, 4004,
  ]);
  expect((await rest(sim, "GET /users/@me")).status).toBe(401);
});

test("[DGW9] after a day the starts are fresh", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock, sessionStarts: { sessionStarts: 1 } });
  await new GatewayPeer(sim).identify();
  clock.advance(24 * 3_600_000);
  await new GatewayPeer(sim).identify();
});

test("[DGW10] a second identify within the pause answers op 9; another slot is free", async () => {
  const clock = new ManualClock();
  const sim = await startSim({
    clock,
    sessionStarts: { identifyPauseMs: 5_000, maxConcurrency: 2 },
  });
  await new GatewayPeer(sim).identify({ shard: [0, 4] });
  await new GatewayPeer(sim).identify({ shard: [1, 4] });
  const hasty = new GatewayPeer(sim);
  await hasty.heard(10);
  const wish = { token: "token-of-mirror-bot", intents: 1, shard: [2, 4] };
  hasty.send({ op: 2, d: wish });
  expect((await hasty.heard(9)).d).toBe(false);
  clock.advance(5_000);
  hasty.send({ op: 2, d: wish });
  await hasty.heard("READY");
});

test("[DGW11] more guilds than a shard may hold close with 4011, and fewer on each of two do not", async () => {
  const guilds = ["a", "b", "c"].map((name) => ({ name, channels: [{ name: "x" }] }));
  const sim = await startSim({ seed: { ...SEED, guilds }, maxGuildsPerShard: 2 });
  const all = new GatewayPeer(sim);
  await all.heard(10);
  all.send({ op: 2, d: { token: "token-of-mirror-bot", intents: 1 } });
  expect(await all.closed).toBe(4011);
});

test("[DGW11] discord.js with two shards hears each guild on its own shard", async () => {
  const guilds = Array.from({ length: 4 }, (_, n) => ({
    id: String((1_000_000n + BigInt(n)) << 22n),
    name: `guild ${n}`,
    channels: [{ name: "x" }],
  }));
  const sim = await startSim({ seed: { ...SEED, guilds } });
  const client = new Client({
    intents: [Intent.Guilds, Intent.GuildMessages, Intent.MessageContent],
    shards: [0, 1],
    shardCount: 2,
    rest: { api: sim.apiUrl },
    ws: { buildIdentifyThrottler: async () => ({ waitForIdentify: async () => undefined }) },
  });
  onTestFinished(() => client.destroy());
  const ready = new Promise((resolve) => client.once(Events.ClientReady, resolve));
  await client.login("token-of-mirror-bot");
  await ready;
  expect(client.guilds.cache.map(({ name, shardId }) => `${name} on ${shardId}`).sort()).toEqual([
    "guild 0 on 0",
    "guild 1 on 1",
    "guild 2 on 0",
    "guild 3 on 1",
  ]);
  const heard: string[] = [];
  const both = new Promise<void>((resolve) => {
    client.on(Events.MessageCreate, ({ content }) => {
      heard.push(content);
      if (heard.length === 2) resolve();
    });
  });
  for (const n of [0, 1])
    sim.post({
      channelId: sim.channelId(`guild ${n}`, "x"),
      username: "analyst",
      content: String(n),
    });
  await both;
  expect(heard.sort()).toEqual(["0", "1"]);
});

test("[DGW8] the whole member list takes the intent, and is given once in 30 s", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const ask = { op: 8, d: { guild_id: sim.guildId("Desk"), query: "", limit: 0 } };
  const deaf = new GatewayPeer(sim);
  await deaf.identify({ intents: Intent.Guilds });
  deaf.send(ask);
  deaf.send({ op: 1, d: null });
  await deaf.heard(11);
  expect(deaf.events()).not.toContain("GUILD_MEMBERS_CHUNK");
  clock.advance(30_000);
  const keen = new GatewayPeer(sim);
  await keen.identify({ intents: Intent.Guilds | Intent.GuildMembers });
  keen.send(ask);
  expect((await keen.heard("GUILD_MEMBERS_CHUNK")).d.members).toHaveLength(4);
  clock.advance(10_000);
  keen.send(ask);
  expect((await keen.heard("RATE_LIMITED")).d).toMatchObject({ opcode: 8, retry_after: 20 });
});

test("[DGW12] without the presences intent a guild arrives with the bot as its only member", async () => {
  const sim = await startSim();
  const peer = new GatewayPeer(sim);
  await peer.identify({ intents: Intent.Guilds | Intent.GuildMembers });
  const desk = await peer.heard("GUILD_CREATE", ({ d }) => d.name === "Desk");
  expect(desk.d).toMatchObject({
    member_count: 4,
    members: [{ user: { username: "mirror-bot" } }],
  });
});
