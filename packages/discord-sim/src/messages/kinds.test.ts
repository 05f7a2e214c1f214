/** The kinds of messages beyond plain ones, through discord.js. */
import {
  Events,
  GatewayIntentBits as Intent,
  MessageFlags,
  type NewsChannel,
  type TextChannel,
} from "discord.js";
import { expect, test } from "vitest";
import {
  login,
  next,
  OTHER_TOKEN,
  PNG,
  rest,
  SEED,
  startSim,
  TOKEN,
} from "../../test/sim-fixture.ts";
import { ManualClock } from "../clock.ts";

const NEWS_SEED = {
  ...SEED,
  guilds: [
    {
      name: "Desk",
      channels: [{ name: "news", type: "announcement" as const }, { name: "signals" }],
      stickers: ["rocket"],
    },
    { name: "Club", channels: [{ name: "mirror" }] },
  ],
};

test("[DFWD1] a forward carries the message as it was, files included, and never changes", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const channelId = sim.channelId("Desk", "signals");
  const source = sim.post({
    channelId,
    username: "analyst",
    content: "LONG",
    files: [{ name: "a.png", contentType: "image/png", data: PNG }],
  });
  const target = client.channels.cache.get(sim.channelId("Club", "mirror")) as TextChannel;
  const message = await client.channels.cache
    .get(channelId)
    ?.fetch()
    .then((channel) => (channel as TextChannel).messages.fetch(source.id));
  const sent = await message?.forward(target);
  sim.edit({ channelId, messageId: source.id, content: "SHORT" });
  sim.remove({ channelId, messageId: source.id });
  const [shown] = sim.messages(target.id);
  expect(shown).toMatchObject({
    id: sent?.id,
    content: "",
    flags: MessageFlags.HasSnapshot,
    message_reference: { type: 1, message_id: source.id, channel_id: channelId },
    message_snapshots: [{ message: { content: "LONG" } }],
  });
  const url = shown?.message_snapshots?.[0]?.message.attachments[0]?.url ?? "";
  expect((await fetch(url)).status).toBe(200);
});

test("[DFWD1] what cannot be read cannot be forwarded", async () => {
  const sim = await startSim();
  const from = sim.channelId("Desk", "lounge");
  const { id } = sim.post({ channelId: from, username: "analyst", content: "secret" });
  sim.setBarrier(from, "access");
  const body = { message_reference: { type: 1, channel_id: from, message_id: id } };
  const line = `POST /channels/${sim.channelId("Desk", "signals")}/messages`;
  expect((await rest(sim, line, { body })).body).toMatchObject({ code: 50_001 });
});

test("[DPOLL1] discord.js sends a poll, hears votes, and reads who voted", async () => {
  const sim = await startSim();
  const client = await login(sim, undefined, [
    Intent.Guilds,
    Intent.GuildMessages,
    Intent.GuildMessagePolls,
  ]);
  const channel = client.channels.cache.get(sim.channelId("Desk", "signals")) as TextChannel;
  const poll = {
    question: { text: "Up?" },
    answers: [{ text: "yes" }, { text: "no" }],
    duration: 1,
    allowMultiselect: false,
  };
  const message = await channel.send({ poll });
  const place = { channelId: channel.id, messageId: message.id, userId: sim.userId("reader") };
  const voted = next(client, Events.MessagePollVoteAdd);
  sim.act({ kind: "vote", ...place, answerId: 1 });
  expect((await voted)[0].id).toBe(1);
  const moved = next(client, Events.MessagePollVoteRemove);
  sim.act({ kind: "vote", ...place, answerId: 2 });
  await moved;
  const answer = message.poll?.answers.get(2);
  expect([...((await answer?.voters.fetch())?.keys() ?? [])]).toEqual([place.userId]);
});

test("[DPOLL2] ended by its author or by time, a poll is final and its result is posted", async () => {
  const clock = new ManualClock(Date.now()); // discord.js looks at its own clock, too
  const sim = await startSim({ clock });
  const client = await login(sim);
  const channel = client.channels.cache.get(sim.channelId("Desk", "signals")) as TextChannel;
  const poll = {
    question: { text: "Up?" },
    answers: [{ text: "yes" }],
    duration: 1,
    allowMultiselect: false,
  };
  const [early, late] = [await channel.send({ poll }), await channel.send({ poll })];
  await early.poll?.end();
  clock.advance(3_600_000);
  const shown = sim.messages(channel.id);
  for (const { id } of [early, late])
    expect(shown.find((message) => message.id === id)?.poll?.results?.is_finalized).toBe(true);
  expect(shown.filter(({ type }) => type === 46)).toHaveLength(2);
  const vote = {
    channelId: channel.id,
    messageId: late.id,
    userId: sim.userId("reader"),
    answerId: 1,
  };
  expect(() => sim.act({ kind: "vote", ...vote })).toThrow("Poll expired");
  await expect(early.edit("x")).rejects.toMatchObject({ code: 520_003 });
});

test("[DSTI1] discord.js sends a sticker of the guild; an unknown one is refused", async () => {
  const sim = await startSim({ seed: NEWS_SEED });
  const client = await login(sim);
  const guild = client.guilds.cache.find(({ name }) => name === "Desk");
  const [sticker] = [...((await guild?.stickers.fetch())?.values() ?? [])];
  const channel = client.channels.cache.get(sim.channelId("Desk", "signals")) as TextChannel;
  const sent = await channel.send({ stickers: [sticker?.id ?? ""] });
  expect(sent.stickers.map(({ name }) => name)).toEqual(["rocket"]);
  await expect(channel.send({ stickers: ["123"] })).rejects.toMatchObject({ code: 10_060 });
});

test("[DPIN1] pinning is no edit, tells the channel, leaves a notice, and both lists show it", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const channel = client.channels.cache.get(sim.channelId("Desk", "signals")) as TextChannel;
  const message = await channel.send("keep");
  const told = next(client, Events.ChannelPinsUpdate);
  const notice = next(client, Events.MessageCreate);
  await message.pin();
  await told;
  expect((await notice)[0]).toMatchObject({ type: 6, system: true });
  const [shown] = sim.messages(channel.id);
  expect(shown).toMatchObject({ pinned: true, edited_timestamp: null });
  const { items } = await channel.messages.fetchPins();
  expect(items.map((pin) => pin.message.id)).toEqual([message.id]);
  const old = await rest(sim, `GET /channels/${channel.id}/pins`);
  expect(old.body).toMatchObject([{ id: message.id }]);
  await message.unpin();
  expect((await channel.messages.fetchPins()).items).toEqual([]);
});

test("[DCROSS1] discord.js follows and publishes: the copy stands once in the following channel", async () => {
  const sim = await startSim({ seed: NEWS_SEED });
  const client = await login(sim);
  const news = client.channels.cache.get(sim.channelId("Desk", "news")) as NewsChannel;
  const mirror = sim.channelId("Club", "mirror");
  await news.addFollower(mirror);
  const message = await news.send("LONG");
  expect(sim.messages(mirror)).toEqual([]);
  const copied = next(client, Events.MessageCreate);
  const published = await message.crosspost();
  expect(published.flags.has(MessageFlags.Crossposted)).toBe(true);
  expect((await copied)[0].flags.has(MessageFlags.IsCrosspost)).toBe(true);
  expect(sim.messages(mirror)).toMatchObject([
    { content: "LONG", message_reference: { channel_id: news.id, message_id: message.id } },
  ]);
  await expect(message.crosspost()).rejects.toMatchObject({ code: 40_033 });
});

test("[DCROSS2] edits reach the copies, and after a delete they say so", async () => {
  const sim = await startSim({ seed: NEWS_SEED });
  const client = await login(sim);
  const news = client.channels.cache.get(sim.channelId("Desk", "news")) as NewsChannel;
  const mirror = sim.channelId("Club", "mirror");
  await news.addFollower(mirror);
  const message = await news.send("LONG");
  await message.crosspost();
  await message.edit("SHORT");
  expect(sim.messages(mirror)).toMatchObject([{ content: "SHORT" }]);
  await message.delete();
  expect(sim.messages(mirror)).toMatchObject([
    { content: "[Original Message Deleted]", flags: 2 | 8 },
  ]);
});

test("[DMSG12] hiding the embeds is no edit, and the only change to a foreign message", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const post = await rest(sim, `POST /channels/${channelId}/messages`, {
    token: OTHER_TOKEN,
    body: { content: "x", embeds: [{ title: "t" }] },
  });
  const line = `PATCH /channels/${channelId}/messages/${(post.body as { id: string }).id}`;
  const hidden = await rest(sim, line, { token: TOKEN, body: { flags: 4 } });
  expect(hidden.body).toMatchObject({ flags: 4, edited_timestamp: null });
  const changed = await rest(sim, line, { token: TOKEN, body: { flags: 4, content: "y" } });
  expect(changed.body).toMatchObject({ code: 50_005 });
});

test("[DPING1] a create notifies those named, those with the role, or all who see; an edit nobody", async () => {
  const sim = await startSim();
  const guildId = sim.guildId("Desk");
  const channelId = sim.channelId("Desk", "signals");
  const [reader, analyst] = [sim.userId("reader"), sim.userId("analyst")];
  const roleId = sim.roleId("Desk", "Basic");
  sim.act({ kind: "giveRole", guildId, userId: reader, roleId });
  const post = (body: object) => rest(sim, `POST /channels/${channelId}/messages`, { body });
  await post({ content: `<@&${roleId}>` });
  await post({ content: `<@${analyst}>`, allowed_mentions: { parse: [] } });
  await post({ content: "@here" });
  const { body } = await post({ content: "quiet" });
  const line = `PATCH /channels/${channelId}/messages/${(body as { id: string }).id}`;
  await rest(sim, line, { body: { content: `<@${reader}>` } });
  const [byRole, byEveryone, byEdit, ...more] = sim.pings(channelId);
  expect(byRole?.notifiedIds).toEqual([reader]);
  expect(new Set(byEveryone?.notifiedIds)).toEqual(
    new Set([analyst, reader, sim.userId("other-bot")]),
  );
  expect(byEdit).toMatchObject({ cause: "edit", userIds: [reader], notifiedIds: [] });
  expect(more).toEqual([]);
});

test("[DPING2] a silent message names people and notifies nobody", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const body = { content: `<@${sim.userId("reader")}>`, flags: MessageFlags.SuppressNotifications };
  await rest(sim, `POST /channels/${channelId}/messages`, { body });
  expect(sim.pings(channelId)).toMatchObject([
    { userIds: [sim.userId("reader")], notifiedIds: [] },
  ]);
});

test("[DPING3] without the right to mention everyone, neither @everyone nor a closed role pings", async () => {
  const seed = {
    ...SEED,
    guilds: [
      {
        ...SEED.guilds[0],
        name: "Desk",
        everyonePermissions: "3072",
        roles: [{ name: "Closed", mentionable: false }, { name: "Open" }],
      },
    ],
    bots: [{ token: TOKEN, username: "mirror-bot", permissions: "0" }],
  };
  const sim = await startSim({ seed });
  const channelId = sim.channelId("Desk", "signals");
  const [closed, open] = [sim.roleId("Desk", "Closed"), sim.roleId("Desk", "Open")];
  const body = { content: `@everyone <@&${closed}> <@&${open}>` };
  const sent = await rest(sim, `POST /channels/${channelId}/messages`, { body });
  expect(sent.body).toMatchObject({ mention_everyone: false, mention_roles: [open] });
});
