/** Threads and forum posts through discord.js. */
import {
  type AnyThreadChannel,
  ChannelType,
  Events,
  type ForumChannel,
  PermissionFlagsBits as P,
  type TextChannel,
  ThreadAutoArchiveDuration,
} from "discord.js";
import { expect, test } from "vitest";
import { login, next, rest, SEED, startSim } from "../../test/sim-fixture.ts";
import { ManualClock } from "../clock.ts";

const FORUM_SEED = {
  ...SEED,
  guilds: [
    {
      name: "Desk",
      channels: [
        { name: "signals" },
        { name: "ideas", type: "forum" as const, tags: ["long", "short"] },
      ],
    },
  ],
};

test("[DTHR1] a thread from a message has its id, the message says so, and a second is refused", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const channel = client.channels.cache.get(sim.channelId("Desk", "signals")) as TextChannel;
  const message = await channel.send("start");
  const opened = next(client, Events.ThreadCreate);
  const thread = await message.startThread({ name: "talk" });
  expect((await opened)[0].id).toBe(thread.id);
  expect(thread).toMatchObject({ id: message.id, type: ChannelType.PublicThread, name: "talk" });
  const shown = await rest(sim, `GET /channels/${channel.id}/messages/${message.id}`);
  expect(shown.body).toMatchObject({ flags: 32, thread: { id: message.id } });
  const [starter] = sim.messages(thread.id);
  expect(starter).toMatchObject({ type: 21, referenced_message: { content: "start" } });
  const again = rest(sim, `POST /channels/${channel.id}/messages/${message.id}/threads`, {
    body: { name: "again" },
  });
  expect((await again).body).toMatchObject({ code: 160_004 });
});

test("[DTHR1] messages in a thread reach the session; a thread without a message is announced", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const channel = client.channels.cache.get(sim.channelId("Desk", "signals")) as TextChannel;
  const thread = await channel.threads.create({ name: "talk", type: ChannelType.PublicThread });
  expect(sim.messages(channel.id)).toMatchObject([{ type: 18, content: "talk" }]);
  const heard = next(client, Events.MessageCreate);
  sim.post({ channelId: thread.id, username: "reader", content: "inside" });
  expect((await heard)[0].channel.isThread()).toBe(true);
  const members = await thread.members.fetch();
  expect(members.size).toBe(2);
});

test("[DTHR2] a forum post is a thread with tags and its first message under one id", async () => {
  const sim = await startSim({ seed: FORUM_SEED });
  const client = await login(sim);
  const forum = client.channels.cache.get(sim.channelId("Desk", "ideas")) as ForumChannel;
  const [long] = forum.availableTags;
  const post = await forum.threads.create({
    name: "EURUSD",
    message: { content: "buy" },
    appliedTags: [long?.id ?? ""],
  });
  expect(post.appliedTags).toEqual([long?.id]);
  expect(sim.messages(post.id)).toMatchObject([{ id: post.id, content: "buy" }]);
  expect(sim.messages(post.id)[0]).not.toHaveProperty("thread");
  expect((await post.fetchStarterMessage())?.content).toBe("buy");
  const send = rest(sim, `POST /channels/${forum.id}/messages`, { body: { content: "x" } });
  expect((await send).body).toMatchObject({ code: 50_008 });
});

test("[DTHR2] a refused first message leaves no post, an unknown tag is refused, a wanted one demanded", async () => {
  const sim = await startSim({ seed: FORUM_SEED });
  const client = await login(sim);
  const forum = client.channels.cache.get(sim.channelId("Desk", "ideas")) as ForumChannel;
  const open = async (body: object) =>
    (await rest(sim, `POST /channels/${forum.id}/threads`, { body })).body as { code: number };
  expect((await open({ name: "n", message: {} })).code).toBe(50_006);
  expect((await open({ name: "n", message: { content: "x" }, applied_tags: ["1"] })).code).toBe(
    10_087,
  );
  await rest(sim, `PATCH /channels/${forum.id}`, { body: { flags: 16 } });
  expect((await open({ name: "n", message: { content: "x" } })).code).toBe(40_067);
  expect(sim.channels().filter(({ parentId }) => parentId === forum.id)).toEqual([]);
});

test("[DTHR3] the session hears of changes, members and the end of a thread", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const channel = client.channels.cache.get(sim.channelId("Desk", "signals")) as TextChannel;
  const thread = await channel.threads.create({ name: "talk", type: ChannelType.PublicThread });
  const renamed = next(client, Events.ThreadUpdate);
  await thread.setName("renamed");
  expect((await renamed)[1].name).toBe("renamed");
  const joined = next(client, Events.ThreadMembersUpdate);
  await thread.members.add(sim.userId("reader"));
  expect((await joined)[0].has(sim.userId("reader"))).toBe(true);
  const gone = next(client, Events.ThreadDelete);
  await thread.delete();
  expect((await gone)[0].id).toBe(thread.id);
});

test("[DTHR3] a private thread is hidden from those who are not in it and do not manage threads", async () => {
  const bots = [
    { token: "token-of-mirror-bot", username: "mirror-bot", permissions: P.ViewChannel.toString() },
  ];
  const sim = await startSim({ seed: { ...SEED, bots } });
  const client = await login(sim);
  const channelId = sim.channelId("Desk", "signals");
  const userId = sim.userId("analyst");
  const hidden =
    sim.act({ kind: "openThread", channelId, userId, name: "h", private: true }).id ?? "";
  const open = sim.act({ kind: "openThread", channelId, userId, name: "o" }).id ?? "";
  expect((await rest(sim, `GET /channels/${hidden}`)).body).toMatchObject({ code: 50_001 });
  const channel = client.channels.cache.get(channelId) as TextChannel;
  const { threads } = await channel.threads.fetchActive();
  expect(threads.map(({ id }) => id)).toEqual([open]);
});

test("[DTHR4] a quiet thread is archived by itself and a message wakes it", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const client = await login(sim);
  const channel = client.channels.cache.get(sim.channelId("Desk", "signals")) as TextChannel;
  const thread = await channel.threads.create({
    name: "talk",
    type: ChannelType.PublicThread,
    autoArchiveDuration: ThreadAutoArchiveDuration.OneHour,
  });
  clock.advance(50 * 60_000);
  sim.post({ channelId: thread.id, username: "reader", content: "still here" });
  const isArchived = () => sim.channels().find(({ id }) => id === thread.id)?.thread?.archived;
  clock.advance(50 * 60_000);
  expect(isArchived()).toBe(false);
  clock.advance(11 * 60_000);
  expect(isArchived()).toBe(true);
  const listed = await channel.threads.fetchArchived();
  expect(listed.threads.map(({ id }: AnyThreadChannel) => id)).toEqual([thread.id]);
  const woken = next(client, Events.ThreadUpdate);
  await thread.send("hello");
  expect((await woken)[1].archived).toBe(false);
});

test("[DTHR4] an archived thread takes no edit (50083), a locked one no message (160005)", async () => {
  const bots = [{ token: "token-of-mirror-bot", username: "mirror-bot", permissions: "0" }];
  const sim = await startSim({ seed: { ...SEED, bots } });
  const userId = sim.userId("analyst");
  const channelId = sim.channelId("Desk", "signals");
  const threadId = sim.act({ kind: "openThread", channelId, userId, name: "t" }).id ?? "";
  const line = `/channels/${threadId}/messages`;
  const posted = await rest(sim, `POST ${line}`, { body: { content: "x" } });
  const { id } = posted.body as { id: string };
  sim.act({ kind: "changeThread", channelId: threadId, archived: true });
  const edit = await rest(sim, `PATCH ${line}/${id}`, { body: { content: "y" } });
  expect(edit.body).toMatchObject({ code: 50_083 });
  sim.act({ kind: "changeThread", channelId: threadId, archived: true, locked: true });
  const refused = await rest(sim, `POST ${line}`, { body: { content: "y" } });
  expect(refused.body).toMatchObject({ code: 160_005 });
});

test("[DTHR5] who begins to see a channel hears of its active threads; archived ones stay out", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const [id, deny] = [sim.guildId("Desk"), P.ViewChannel.toString()];
  sim.act({ kind: "setOverwrite", channelId, id, type: "role", deny });
  const userId = sim.userId("analyst");
  const client = await login(sim);
  const open = sim.act({ kind: "openThread", channelId, userId, name: "open" }).id ?? "";
  const old = sim.act({ kind: "openThread", channelId, userId, name: "old" }).id ?? "";
  sim.act({ kind: "changeThread", channelId: old, archived: true });
  expect(client.channels.cache.has(open)).toBe(false);
  const synced = next(client, Events.ThreadListSync);
  sim.act({ kind: "removeOverwrite", channelId, id });
  expect([...(await synced)[0].keys()]).toEqual([open]);
  const heard = next(client, Events.MessageCreate);
  sim.post({ channelId: open, username: "analyst", content: "inside" });
  expect((await heard)[0].channelId).toBe(open);
});
