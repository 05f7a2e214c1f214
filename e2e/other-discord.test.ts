/** The bot knows no simulator: pointed by configuration alone at another server that speaks Discord's API, it works. */
import { randomBytes } from "node:crypto";
import { afterEach, expect, inject, test, vi } from "vitest";
import { readTable, seed } from "../tools/deployment/admin.ts";
import { startBotProcess } from "../tools/deployment/discord-world.ts";
import { OtherDiscord } from "./other-discord.ts";

const deployment = inject("deployment");
const id = () => String(10n ** 17n + BigInt(`0x${randomBytes(7).toString("hex")}`));
const holds = (fact: () => void | Promise<void>) =>
  vi.waitFor(fact, { timeout: 15_000, interval: 50 });
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

test("a bot that is pointed at another Discord captures, mirrors and follows deletions there", async () => {
  const source = { guildId: id(), channelId: id() };
  const target = { guildId: id(), channelId: id() };
  const discord = await OtherDiscord.start([source, target]);
  closers.push(() => discord.close());
  const sourceName = `elsewhere ${source.channelId}`;
  await seed(deployment, {
    sources: [{ name: sourceName, ...source, minTier: "pro" }],
    routes: [],
  });
  const bot = await startBotProcess(deployment, `elsewhere-${source.channelId}`, {
    DISCORD_TOKEN: "any-token",
    DISCORD_API_URL: discord.apiUrl,
    HELIOGRAPH_BOT_SHARDS: "20", // others of this suite work on shard 0
  });
  closers.push(() => bot.stop());
  await holds(async () => {
    const guilds = await readTable(deployment, "botGuilds");
    expect(guilds.map(({ guildId }) => guildId)).toContain(target.guildId);
  });
  await seed(deployment, { sources: [], routes: [{ sourceName, ...target, name: "elsewhere" }] });
  const messageId = discord.post(source.channelId, "BTC long 61,200");
  await holds(() => expect(discord.contents(target.channelId)).toEqual(["BTC long 61,200"]));
  discord.remove(source.channelId, messageId);
  await holds(() => expect(discord.contents(target.channelId)).toEqual([]));
  // Back-fill asks for other suites' channels, too; nothing but Discord's own routes is asked for.
  const beyond = discord.unknown.filter(
    (line) => !/^GET .*\/v10\/channels\/\d+(\/messages|$)/.test(line),
  );
  expect(beyond).toEqual([]);
  expect(discord.opcodes.filter((op) => ![1, 2, 3, 4, 6, 8].includes(op))).toEqual([]);
});
