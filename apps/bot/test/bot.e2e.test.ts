import { type DiscordSim, type DiscordSimOptions, startDiscordSim } from "discord-sim";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Bot, startBot } from "../src/bot.ts";
import { systemClock } from "../src/clock.ts";
import { DiscordRefusal } from "../src/discord/discord-refusal.ts";
import { MemoryBackend } from "./memory-backend.ts";

const TOKEN = "test-bot-token";
const POST = "POST /channels/:id/messages";
const PLENTY = { limit: 1_000, perMs: 1_000 };
const SEED = {
  guilds: [
    { name: "Desk", channels: [{ name: "calls" }, { name: "more" }] },
    { name: "Club", channels: [{ name: "mirror" }, { name: "slow" }, { name: "shut" }] },
  ],
  bots: [{ token: TOKEN, username: "Heliograph" }],
  users: [{ username: "mara" }],
};

interface World {
  readonly sim: DiscordSim;
  readonly backend: MemoryBackend;
  readonly calls: string;
  readonly logged: string[];
  start(holder?: string): Promise<Bot>;
  post(content: string, channelId?: string): string;
  edit(messageId: string, content: string): void;
  remove(messageId: string): void;
  mirrored(): string[];
}

async function openWorld(
  options: DiscordSimOptions = {},
  targets: readonly string[] = ["mirror"],
): Promise<World> {
  const sim = await startDiscordSim({ seed: SEED, routeLimits: { [POST]: PLENTY }, ...options });
  const calls = sim.channelId("Desk", "calls");
  const target = sim.channelId("Club", "mirror");
  const backend = new MemoryBackend(
    targets.map((name) => ({ guildId: "1", channelId: sim.channelId("Club", name) })),
  );
  backend.addSource(calls);
  const bots: Bot[] = [];
  const logged: string[] = [];
  onTestFinished(async () => {
    await Promise.all(bots.map((bot) => bot.stop()));
    await sim.close();
  });
  return {
    sim,
    backend,
    calls,
    logged,
    async start(holder = "one") {
      const bot = await startBot({
        config: {
          convexUrl: "",
          siteUrl: "",
          machineToken: "",
          discordToken: TOKEN,
          discordApiUrl: sim.apiUrl,
          shards: [0],
          holder,
        },
        backend: backend.doorOf(holder),
        clock: systemClock,
        random: Math.random,
        log: (event) => logged.push(event),
      });
      bots.push(bot);
      return bot;
    },
    post: (content, channelId = calls) => sim.post({ username: "mara", channelId, content }).id,
    edit: (messageId, content) => void sim.edit({ channelId: calls, messageId, content }),
    remove: (messageId) => sim.remove({ channelId: calls, messageId }),
    mirrored: () => sim.messages(target).map(({ content }) => content),
  };
}

/** Waits for a fact to hold; says what it saw last when it does not. */
const holds = (fact: () => void, timeout = 10_000) => vi.waitFor(fact, { timeout, interval: 10 });

test("a post is mirrored, and its edit and its deletion follow", async () => {
  const world = await openWorld();
  await world.start();
  const messageId = world.post("BTC long 61,200");
  await holds(() => expect(world.mirrored()).toEqual(["BTC long 61,200"]));
  world.edit(messageId, "BTC long 61,300");
  await holds(() => expect(world.mirrored()).toEqual(["BTC long 61,300"]));
  world.remove(messageId);
  await holds(() => expect(world.mirrored()).toEqual([]));
  await holds(() => expect(world.backend.mirrors).toMatchObject([{ state: "applied" }]));
});

test("what was posted, edited and deleted while no bot ran is read again", async () => {
  const world = await openWorld();
  const bot = await world.start();
  const edited = world.post("to be edited");
  const removed = world.post("to be removed");
  await holds(() => expect(world.mirrored()).toHaveLength(2));
  await bot.stop();
  world.edit(edited, "edited while away");
  world.remove(removed);
  for (let i = 0; i < 120; i++) world.post(`posted while away ${i}`);
  await world.start("two");
  await holds(() => expect(world.backend.stored).toHaveLength(122));
  // Each suspected deletion is confirmed with Discord first, within its rate limit.
  const oldest = ["edited while away", null, "posted while away 0"];
  await holds(() => expect(world.backend.stored.slice(0, 3)).toEqual(oldest), 20_000);
  await holds(() => expect(world.mirrored()).not.toContain("to be removed"), 20_000);
});

test("a post that was missed is read although a later one is stored already", async () => {
  const world = await openWorld();
  const bot = await world.start();
  world.post("before");
  await holds(() => expect(world.backend.stored).toEqual(["before"]));
  await bot.stop();
  world.post("missed");
  const later = world.post("heard live, before the back-fill");
  const door = world.backend.doorOf("earlier life");
  const event = { type: "create" as const, messageId: later, channelId: world.calls };
  await door.ingest([{ ...event, occurredAt: Date.now(), content: "heard live" }], Date.now());
  await world.start("two");
  await holds(() => expect(world.backend.stored).toContain("missed"));
});

test("a source channel that is closed to the bot loses nothing", async () => {
  const world = await openWorld();
  const bot = await world.start();
  world.post("stays");
  await holds(() => expect(world.mirrored()).toEqual(["stays"]));
  await bot.stop();
  world.sim.setBarrier(world.calls, "access");
  await world.start("two");
  await holds(() => expect(world.logged).toContain("capture.backfill_failed"));
  expect(world.mirrored()).toEqual(["stays"]);
});

test("events lost with a gateway session are read again", async () => {
  const world = await openWorld();
  await world.start();
  world.post("before");
  await holds(() => expect(world.mirrored()).toEqual(["before"]));
  const release = world.sim.faults.holdGateway();
  world.sim.faults.invalidateSessions();
  world.post("while the gateway was away");
  release();
  await holds(() => expect(world.mirrored()).toHaveLength(2), 30_000);
});

test("a connection that breaks is resumed, and nothing is missed", async () => {
  const world = await openWorld();
  await world.start();
  world.post("before");
  await holds(() => expect(world.mirrored()).toEqual(["before"]));
  world.sim.faults.dropGateway();
  world.post("while the socket was broken");
  await holds(() => expect(world.mirrored()).toHaveLength(2), 20_000);
  await holds(() => expect(world.logged).toContain("discord.resumed"));
});

test("a source that is added at run time is captured, with its last hour", async () => {
  const world = await openWorld();
  const more = world.sim.channelId("Desk", "more");
  await world.start();
  world.post("posted before it was a source", more);
  world.backend.addSource(more, { name: "more" });
  await holds(() => expect(world.mirrored()).toEqual(["posted before it was a source"]));
  world.post("and after", more);
  await holds(() => expect(world.mirrored()).toHaveLength(2));
});

test("a late link preview is no edit, and no news either", async () => {
  const world = await openWorld();
  await world.start();
  const messageId = world.post("https://example.com");
  await holds(() => expect(world.mirrored()).toHaveLength(1));
  world.sim.preview({ channelId: world.calls, messageId, embeds: [{ title: "Example" }] });
  const target = world.sim.channelId("Club", "mirror");
  await holds(() =>
    expect(world.sim.messages(target)[0]?.embeds.map(({ title }) => title)).toContain("Example"),
  );
  expect(world.mirrored()).toEqual(["https://example.com"]);
});

test("a target that is closed holds up nothing, and gets its posts when it is opened", async () => {
  const world = await openWorld();
  const target = world.sim.channelId("Club", "mirror");
  await world.start();
  world.sim.setBarrier(target, "permissions");
  world.post("one");
  world.post("two");
  const waiting = { state: "waiting", code: "missing_permission" };
  await holds(() => expect(world.backend.mirrors).toMatchObject([waiting, waiting]));
  const tries = world.sim.requests().filter(({ method }) => method === "POST");
  expect(tries).toHaveLength(1); // the second was not even tried
});

test("a slow and a closed target delay no other, say why, and heal by themselves", async () => {
  const world = await openWorld({}, ["slow", "shut", "mirror"]);
  const [slow, shut] = [world.sim.channelId("Club", "slow"), world.sim.channelId("Club", "shut")];
  const shownIn = (channelId: string) => world.sim.messages(channelId).map((one) => one.content);
  await world.start();
  world.sim.faults.delayNext({ route: `POST /channels/${slow}/messages`, delayMs: 1_500 });
  world.sim.setBarrier(shut, "access");
  const texts = ["one", "two", "three"];
  for (const text of texts) world.post(text);
  await holds(() => expect(world.mirrored()).toEqual(texts), 1_200);
  expect(shownIn(slow)).toEqual([]);
  await holds(() =>
    expect(world.backend.mirrors.filter(({ code }) => code === "missing_access")).toHaveLength(3),
  );
  await holds(() => expect(shownIn(slow)).toEqual(texts));
  world.sim.setBarrier(shut, null);
  world.backend.urge(); // a minute has passed, or somebody asked for another try
  await holds(() => expect(shownIn(shut)).toEqual(texts));
});

test("a bot that stops settles what it began and gives its lease back", async () => {
  const world = await openWorld();
  const bot = await world.start();
  world.sim.faults.delayNext({ route: POST, delayMs: 300 });
  world.post("on its way");
  await holds(() => expect(world.backend.stored).toHaveLength(1));
  await bot.stop();
  expect(world.mirrored()).toEqual(["on its way"]);
  expect(world.backend.mirrors).toMatchObject([{ state: "applied" }]);
  expect(world.backend.holder).toBeNull();
  expect(world.backend.reports).toContainEqual({ surface: "botDispatched", samples: 1 });
  expect(world.backend.reports).toContainEqual({ surface: "botAcknowledged", samples: 1 });
});

test("of two bots one acts; when it stops the other takes over", async () => {
  const world = await openWorld();
  const first = await world.start("first");
  await holds(() => expect(world.backend.holder).toBe("first"));
  await world.start("second");
  world.post("while both live");
  await holds(() => expect(world.mirrored()).toEqual(["while both live"]));
  await first.stop();
  world.post("after the first stopped");
  await holds(() =>
    expect(world.mirrored()).toEqual(["while both live", "after the first stopped"]),
  );
});

test("a token that Discord does not know is refused with a reason", async () => {
  const world = await openWorld({ seed: { ...SEED, bots: [] } });
  await expect(world.start()).rejects.toMatchObject({ name: "DiscordRefusal", code: "bad_token" });
});

test("missing intents are refused with a reason", async () => {
  const bots = [{ token: TOKEN, username: "Heliograph", privilegedIntents: 0 }];
  const world = await openWorld({ seed: { ...SEED, bots } });
  const refused = await world.start().catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(DiscordRefusal);
  expect(refused).toMatchObject({ code: "disallowed_intents" });
});

test("a running bot that Discord closes for good says so", async () => {
  const world = await openWorld();
  const bot = await world.start();
  world.sim.faults.dropGateway(4004);
  expect(await bot.refused).toMatchObject({ code: "bad_token" });
});

test("a Discord that is away at the start is waited for", async () => {
  const world = await openWorld();
  world.sim.faults.failNext({ route: "GET /gateway/bot", status: 503, times: 4 });
  await world.start();
  expect(world.logged).toContain("discord.unreachable");
  world.post("and then it works");
  await holds(() => expect(world.mirrored()).toEqual(["and then it works"]));
});
