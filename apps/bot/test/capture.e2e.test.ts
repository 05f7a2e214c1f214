/** Everything analysts do in a source, heard live and read again, by one of two bots. */
import { type APISticker, type APIWebhook, REST, Routes } from "discord.js";
import { startDiscordSim } from "discord-sim";
import { expect, onTestFinished, test, vi } from "vitest";
import { startBot } from "../src/bot.ts";
import { systemClock } from "../src/clock.ts";
import { MemoryBackend } from "./memory-backend.ts";

const TOKEN = "test-bot-token";
const ALERTS_TOKEN = "token-of-another-bot";
const PNG = Buffer.from("iVBORw0KGgo=", "base64");
const holds = (fact: () => void, timeout = 20_000) => vi.waitFor(fact, { timeout, interval: 10 });

async function openWorld() {
  const sim = await startDiscordSim({
    seed: {
      guilds: [
        {
          name: "Desk",
          channels: [
            { name: "calls" },
            { name: "ideas", type: "forum" },
            { name: "elsewhere" },
            { name: "news", type: "announcement" },
          ],
          stickers: ["rocket"],
        },
      ],
      bots: [
        { token: TOKEN, username: "Heliograph" },
        { token: ALERTS_TOKEN, username: "alerts" },
      ],
      users: [{ username: "mara" }],
    },
  });
  const channel = (name: string) => sim.channelId("Desk", name);
  const backend = new MemoryBackend([]);
  const stop: (() => Promise<void>)[] = [];
  onTestFinished(async () => {
    for (const end of stop) await end();
    await sim.close();
  });
  const start = async (holder: string) => {
    const config = { convexUrl: "", siteUrl: "", machineToken: "", shards: [0], holder };
    const bot = await startBot({
      config: { ...config, discordToken: TOKEN, discordApiUrl: sim.apiUrl },
      backend: backend.doorOf(holder),
      clock: systemClock,
      random: Math.random,
      log: () => {},
    });
    stop.push(() => bot.stop());
    return bot;
  };
  const guildId = sim.guildId("Desk");
  const mara = sim.members(guildId).find(({ username }) => username === "mara")?.userId ?? "";
  const rest = new REST({ api: sim.apiUrl }).setToken(TOKEN);
  const [sticker] = (await rest.get(Routes.guildStickers(guildId))) as APISticker[];
  return { sim, backend, channel, start, mara, rest, stickerId: sticker?.id ?? "" };
}

/** Posts everything there is; answers what should be stored of it, by message id. */
function postEverything({ sim, channel, mara, stickerId }: Awaited<ReturnType<typeof openWorld>>) {
  const calls = channel("calls");
  const by = { username: "mara", channelId: calls };
  const wanted: Record<string, object | undefined> = {};
  const text = sim.post({ ...by, content: "BTC long" });
  wanted[text.id] = { content: "BTC long!", editedAtMs: expect.any(Number) };
  const reply = sim.post({ ...by, content: "TP1 hit", replyTo: text.id });
  wanted[reply.id] = { replyTo: text.id };
  sim.edit({ channelId: calls, messageId: text.id, content: "BTC long!" });
  const linked = sim.post({ ...by, content: "https://example.com" });
  sim.preview({ channelId: calls, messageId: linked.id, embeds: [{ title: "Example" }] });
  sim.act({ kind: "pin", channelId: calls, messageId: linked.id, userId: mara });
  wanted[linked.id] = { embeds: [{ title: "Example" }], editedAtMs: null };
  const hidden = sim.post({ ...by, content: "https://hidden.example" });
  sim.preview({ channelId: calls, messageId: hidden.id, embeds: [{ title: "Hidden" }] });
  sim.act({ kind: "suppressEmbeds", channelId: calls, messageId: hidden.id });
  wanted[hidden.id] = { embeds: [], editedAtMs: null };
  const card = sim.post({ ...by, embeds: [{ title: "Card" }] });
  wanted[card.id] = { content: "", embeds: [{ title: "Card" }] };
  const file = (name: string) => ({ name, contentType: "image/png", data: PNG });
  const pictures = sim.post({
    ...by,
    files: Array.from({ length: 10 }, (_, n) => file(`${n}.png`)),
  });
  wanted[pictures.id] = { content: "", attachments: expect.objectContaining({ length: 10 }) };
  const stuck = sim.post({ ...by, stickerIds: [stickerId] });
  wanted[stuck.id] = { attachments: [expect.objectContaining({ name: "rocket.png" })] };
  const poll = sim.post({ ...by, poll: { question: "Up?", answers: ["Yes", "No"] } });
  wanted[poll.id] = { content: "📊 **Up?**\n• Yes\n• No" };
  const elsewhere = channel("elsewhere");
  const original = sim.post({ ...by, channelId: elsewhere, content: "Seen there" });
  wanted[original.id] = undefined; // that channel is no source
  const forward = { channelId: elsewhere, messageId: original.id };
  wanted[sim.post({ ...by, forward }).id] = { content: "↪ Forwarded\nSeen there" };
  const thread =
    sim.act({ kind: "openThread", channelId: calls, userId: mara, name: "BTC" }).id ?? "";
  wanted[sim.post({ ...by, channelId: thread, content: "In a thread" }).id] = {
    content: "In a thread",
  };
  const idea = { kind: "openThread", channelId: channel("ideas"), userId: mara } as const;
  const forumPost = sim.act({ ...idea, name: "Swing", content: "Hold" }).id ?? "";
  wanted[forumPost] = { content: "**Swing**\nHold" };
  const gone = ["one", "two"].map((content) => sim.post({ ...by, content }).id);
  sim.bulkRemove({ channelId: calls, messageIds: gone });
  for (const id of gone) wanted[id] = { state: "deleted" };
  return wanted;
}

test("everything analysts do is captured once, of two bots by one", async () => {
  const world = await openWorld();
  const { backend, channel, start } = world;
  backend.addSource(channel("calls"));
  backend.addSource(channel("ideas"), { name: "ideas" });
  backend.addSource("over-http", { name: "over HTTP" });
  await start("one");
  await start("two");
  await holds(() => expect(backend.captureReports).toHaveLength(2));
  const wanted = postEverything(world);
  await expectStored(backend, wanted);
  const created = Object.values(wanted).filter((view) => view !== undefined).length;
  expect(backend.stored).toHaveLength(created);
  const changes = 7; // an edit, previews and their hiding, a pin's repetition, two deletions
  expect(backend.offered).toBeLessThanOrEqual(created + changes);
});

test("programs are captured where they are let in; a copy goes with its original, a post with its thread", async () => {
  const { sim, backend, channel, start, mara, rest } = await openWorld();
  const [calls, news] = [channel("calls"), channel("news")];
  const alerts = new REST({ api: sim.apiUrl }).setToken(ALERTS_TOKEN);
  const hook = (maker: REST, name: string) =>
    maker.post(Routes.channelWebhooks(calls), { body: { name } }) as Promise<APIWebhook>;
  const [listed, other] = [await hook(alerts, "Desk"), await hook(alerts, "Chatter")];
  const own = await hook(rest, "Mirror");
  await rest.post(Routes.channelFollowers(news), { body: { webhook_channel_id: calls } });
  backend.addSource(calls, { allowedAuthors: [listed.id, own.id, news] });
  await start("one");
  await holds(() => expect(backend.captureReports).toHaveLength(1));
  const say = ({ id, token = "" }: APIWebhook, content: string) =>
    rest.post(Routes.webhook(id, token), { auth: false, body: { content } });
  await say(other, "chatter");
  await say(own, "our own mirror");
  await say(listed, "from the desk");
  const original = sim.post({ username: "mara", channelId: news, content: "published" });
  sim.act({ kind: "publish", channelId: news, messageId: original.id });
  const thread =
    sim.act({ kind: "openThread", channelId: calls, userId: mara, name: "T" }).id ?? "";
  sim.post({ username: "mara", channelId: thread, content: "in a thread" });
  await holds(() => expect(backend.stored).toEqual(["from the desk", "published", "in a thread"]));
  sim.remove({ channelId: news, messageId: original.id });
  sim.act({ kind: "removeChannel", channelId: thread });
  await holds(() => expect(backend.stored).toEqual(["from the desk", null, null]));
});

test("what nobody heard is read again, threads and forum posts too", async () => {
  const world = await openWorld();
  const { backend, channel, start } = world;
  backend.addSource(channel("calls"));
  backend.addSource(channel("ideas"), { name: "ideas" });
  const wanted = postEverything(world);
  for (const [id, view] of Object.entries(wanted)) {
    if (view !== undefined && "state" in view) wanted[id] = undefined; // was never seen
  }
  await start("one");
  await expectStored(backend, wanted);
  await holds(() =>
    expect(backend.captureReports).toContainEqual(
      expect.objectContaining({
        state: "listening",
        gap: expect.objectContaining({ cause: "start", recovered: expect.any(Number) }),
      }),
    ),
  );
});

async function expectStored(backend: MemoryBackend, wanted: Record<string, object | undefined>) {
  await holds(() => {
    for (const [id, view] of Object.entries(wanted)) {
      if (view === undefined) expect(backend.viewOf(id)).toBeUndefined();
      else expect(backend.viewOf(id)).toMatchObject(view);
    }
  });
}
