import { type DiscordSim, type DiscordSimOptions, startDiscordSim } from "discord-sim";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Bot, startBot } from "../src/bot.ts";
import { systemClock } from "../src/clock.ts";
import { MemoryBackend } from "./memory-backend.ts";

const TOKEN = "test-bot-token";
const SEED = {
  guilds: [{ name: "Club", channels: [{ name: "mirror" }], roles: [{ name: "Member" }] }],
  bots: [{ token: TOKEN, username: "Heliograph" }],
  users: [{ username: "mara" }],
};

async function openWorld(
  options: DiscordSimOptions = {},
  gateway?: { shardIds: number[]; shardCount: number },
) {
  const sim = await startDiscordSim({ seed: SEED, ...options });
  const backend = new MemoryBackend([]);
  const bots: Bot[] = [];
  onTestFinished(async () => {
    await Promise.all(bots.map((bot) => bot.stop()));
    await sim.close();
  });
  const start = async () => {
    const bot = await startBot({
      config: {
        convexUrl: "",
        siteUrl: "",
        machineToken: "",
        discordToken: TOKEN,
        discordApiUrl: sim.apiUrl,
        gateway,
        shards: [0],
        holder: "one",
      },
      backend: backend.doorOf("one"),
      clock: systemClock,
      random: Math.random,
      log: () => {},
    });
    bots.push(bot);
    return bot;
  };
  return { sim, backend, start };
}

const holds = (fact: () => void) => vi.waitFor(fact, { timeout: 10_000, interval: 10 });

function seenOf(sim: DiscordSim, backend: MemoryBackend) {
  const report = backend.guilds.get(sim.guildId("Club"));
  return {
    channels: report?.channels.map(({ name }) => name),
    roles: report?.roles.map(({ name }) => name),
    overwrites: report?.channels.flatMap(({ overwrites }) => overwrites).length,
  };
}

test("a bot tells who it is and what it sees, and every change of it", async () => {
  const { sim, backend, start } = await openWorld();
  const bot = await start();
  await holds(() =>
    expect(backend.presences.get("one")).toMatchObject({
      botName: "Heliograph",
      workerShards: [0],
      intents: ["messageContent", "guildMembers"],
      shardCount: 1,
      gatewayShards: [{ shardId: 0, state: "ready" }],
    }),
  );
  await holds(() => expect(seenOf(sim, backend)).toMatchObject({ channels: ["mirror"] }));
  const guildId = sim.guildId("Club");
  const channelId = sim.channelId("Club", "mirror");
  sim.act({ kind: "renameChannel", channelId, name: "signals" });
  sim.act({ kind: "addRole", guildId, name: "VIP" });
  sim.act({ kind: "setOverwrite", channelId, id: guildId, type: "role", deny: "2048" });
  await holds(() => {
    expect(seenOf(sim, backend)).toMatchObject({ channels: ["signals"], overwrites: 1 });
    expect(seenOf(sim, backend).roles).toContain("VIP");
  });
  await bot.stop();
  expect(backend.presences.get("one")).toBeNull();
});

test("a role that the bot is given by hand is told", async () => {
  const { sim, backend, start } = await openWorld();
  await start();
  const guildId = sim.guildId("Club");
  await holds(() => expect(seenOf(sim, backend)).toMatchObject({ channels: ["mirror"] }));
  const report = () => backend.guilds.get(guildId);
  const roleId = report()?.roles.find(({ name }) => name === "Member")?.roleId ?? "";
  const bot = sim.members(guildId).find(({ username }) => username === "Heliograph");
  sim.act({ kind: "giveRole", guildId, userId: bot?.userId ?? "", roleId });
  await holds(() => expect(report()?.guild.botRoleIds).toContain(roleId));
});

test("a server that the bot is thrown out of is told", async () => {
  const { sim, backend, start } = await openWorld();
  await start();
  const guildId = sim.guildId("Club");
  await holds(() => expect(backend.guilds.has(guildId)).toBe(true));
  const bot = sim.members(guildId).find(({ username }) => username === "Heliograph");
  sim.act({ kind: "leave", guildId, userId: bot?.userId ?? "" });
  await holds(() => expect(backend.guilds.has(guildId)).toBe(false));
});

test("a bot that Discord does not let in says why before it ends", async () => {
  const bots = [{ token: TOKEN, username: "Heliograph", privilegedIntents: 0 }];
  const { backend, start } = await openWorld({ seed: { ...SEED, bots } });
  await expect(start()).rejects.toMatchObject({ code: "disallowed_intents" });
  expect(backend.presences.get("one")).toEqual({ refused: "disallowed_intents" });
});

test("a test message is written and removed, as the bot and as a webhook", async () => {
  const { sim, backend, start } = await openWorld();
  await start();
  const channelId = sim.channelId("Club", "mirror");
  const fine = { webhooks: 0, code: null, message: null };
  for (const mode of ["bot", "webhook"] as const) {
    backend.wantTest(mode, channelId, mode);
    await holds(() => expect(backend.testOutcomes.get(mode)).toEqual(fine));
  }
  const asked = sim.requests().map(({ method, path }) => `${method} ${path}`);
  expect(asked.filter((line) => line.startsWith("POST") && line.includes("messages"))).toHaveLength(
    1,
  );
  expect(sim.messages(channelId)).toEqual([]);
  expect(sim.webhooks(channelId)).toEqual([]);
});

test("a test says why it failed, and removes what an earlier one left", async () => {
  const { sim, backend, start } = await openWorld();
  await start();
  const channelId = sim.channelId("Club", "mirror");
  sim.faults.failNext({
    route: "DELETE /channels/:id/messages/:message",
    status: 403,
    code: 50013,
  });
  backend.wantTest("first", channelId, "bot");
  await holds(() =>
    expect(backend.testOutcomes.get("first")).toMatchObject({ code: "missing_permission" }),
  );
  expect(sim.messages(channelId)).toHaveLength(1);
  backend.wantTest("second", channelId, "bot");
  await holds(() => expect(backend.testOutcomes.get("second")).toMatchObject({ code: null }));
  expect(sim.messages(channelId)).toEqual([]);
});

test("a process opens the gateway shards that it is told to, and reports the servers of those", async () => {
  const guilds = [..."abcd"].map((name, index) => {
    return { name, id: String((BigInt(index) + 4n) << 22n), channels: [{ name: "c" }] };
  });
  const sessionStarts = { sessionStarts: 1_000, maxConcurrency: 4, identifyPauseMs: 0 };
  const options = { seed: { ...SEED, guilds }, sessionStarts };
  const { backend, start } = await openWorld(options, { shardIds: [1, 3], shardCount: 4 });
  const bot = await start();
  await holds(() =>
    expect(backend.presences.get("one")).toMatchObject({
      shardCount: 4,
      gatewayShards: [
        { shardId: 1, state: "ready" },
        { shardId: 3, state: "ready" },
      ],
    }),
  );
  await holds(() =>
    expect([...backend.guilds.values()].map(({ guild }) => guild.name)).toEqual(["b", "d"]),
  );
  expect(bot.health()).toMatchObject({ gatewayReady: true, leases: [[0, true]] });
});
