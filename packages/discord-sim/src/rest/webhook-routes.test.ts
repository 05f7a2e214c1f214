/** Webhooks through discord.js, and by token alone. */
import {
  ChannelType,
  Events,
  type ForumChannel,
  GatewayIntentBits as Intent,
  type TextChannel,
  WebhookClient,
} from "discord.js";
import { expect, test } from "vitest";
import { login, next, OTHER_TOKEN, PNG, rest, SEED, startSim } from "../../test/sim-fixture.ts";
import type { DiscordSim } from "../index.ts";

async function openWebhook(sim: DiscordSim, channelName = "signals") {
  const client = await login(sim);
  const channel = client.channels.cache.get(sim.channelId("Desk", channelName)) as TextChannel;
  const webhook = await channel.createWebhook({ name: "Mirror" });
  return { client, channel, webhook };
}

/** As somebody who has nothing but the address. */
function raw(sim: DiscordSim, line: string, body?: unknown) {
  return rest(sim, line, { token: "", ...(body !== undefined && { body }) });
}

test("[DWEB1] discord.js makes, lists, renames and removes webhooks, and sessions are told", async () => {
  const sim = await startSim();
  const client = await login(sim, undefined, [Intent.Guilds, Intent.GuildWebhooks]);
  const channel = client.channels.cache.get(sim.channelId("Desk", "signals")) as TextChannel;
  const told = next(client, Events.WebhooksUpdate);
  const webhook = await channel.createWebhook({ name: "Mirror" });
  expect((await told)[0].id).toBe(channel.id);
  await webhook.edit({ name: "Renamed", channel: sim.channelId("Desk", "lounge") });
  const found = await channel.guild.fetchWebhooks();
  expect(found.map(({ name, channelId }) => [name, channelId])).toEqual([
    ["Renamed", sim.channelId("Desk", "lounge")],
  ]);
  await webhook.delete();
  expect(sim.webhooks()).toEqual([]);
});

test("[DWEB1] without the right to manage webhooks each step answers 50013", async () => {
  const bots = [{ token: OTHER_TOKEN, username: "other-bot", permissions: "0" }];
  const sim = await startSim({ seed: { ...SEED, bots } });
  const path = `/channels/${sim.channelId("Desk", "signals")}/webhooks`;
  for (const method of ["GET", "POST"]) {
    const answer = await rest(sim, `${method} ${path}`, {
      token: OTHER_TOKEN,
      ...(method === "POST" && { body: { name: "Mirror" } }),
    });
    expect(answer.body).toMatchObject({ code: 50_013 });
  }
});

test("[DWEB1] an official looking name is refused, and another application sees no token", async () => {
  const sim = await startSim();
  const { channel } = await openWebhook(sim);
  await expect(channel.createWebhook({ name: "Discord news" })).rejects.toMatchObject({
    code: 50_035,
  });
  const seen = await rest(sim, `GET /channels/${channel.id}/webhooks`, { token: OTHER_TOKEN });
  expect(seen.body).toHaveLength(1);
  expect(JSON.stringify(seen.body)).not.toContain('"token"');
});

test("[DWEB2] the sixteenth webhook of a channel answers 30007", async () => {
  const sim = await startSim();
  const line = `POST /channels/${sim.channelId("Desk", "signals")}/webhooks`;
  for (let n = 0; n < 15; n += 1)
    expect((await rest(sim, line, { body: { name: `w${n}` } })).status).toBe(200);
  expect((await rest(sim, line, { body: { name: "w15" } })).body).toMatchObject({ code: 30_007 });
});

test("[DWEB3] discord.js posts under a given name and picture; the session hears it", async () => {
  const sim = await startSim();
  const { client, webhook } = await openWebhook(sim);
  const heard = next(client, Events.MessageCreate);
  const sent = await webhook.send({
    content: "LONG",
    username: "Ana Lyst",
    avatarURL: "http://127.0.0.1/a.png",
    files: [{ attachment: PNG, name: "a.png" }],
  });
  const [message] = await heard;
  expect(message).toMatchObject({
    id: sent.id,
    webhookId: webhook.id,
    author: { username: "Ana Lyst", bot: true },
  });
  expect(message.attachments.size).toBe(1);
});

test("[DWEB3] without wait the answer is an empty 204; a nonce does not keep it single", async () => {
  const sim = await startSim();
  const { channel, webhook } = await openWebhook(sim);
  const line = `POST /webhooks/${webhook.id}/${webhook.token}`;
  for (let n = 0; n < 2; n += 1) {
    const body = { content: "x", nonce: "same", enforce_nonce: true };
    expect(await raw(sim, line, body)).toMatchObject({ status: 204, body: null });
  }
  expect(sim.messages(channel.id)).toHaveLength(2);
  expect((await raw(sim, line, {})).body).toMatchObject({ code: 50_006 });
});

test("[DWEB4] a webhook client edits and deletes its messages; the bot can edit none of them", async () => {
  const sim = await startSim();
  const { channel, webhook } = await openWebhook(sim);
  const client = new WebhookClient(
    { id: webhook.id, token: webhook.token ?? "" },
    { rest: { api: sim.apiUrl } },
  );
  const sent = await client.send("first");
  const edited = await client.editMessage(sent.id, "second");
  expect(edited).toMatchObject({ content: "second" });
  expect(edited.edited_timestamp).not.toBeNull();
  expect((await client.fetchMessage(sent.id)).content).toBe("second");
  const line = `PATCH /channels/${channel.id}/messages/${sent.id}`;
  expect((await rest(sim, line, { body: { content: "x" } })).body).toMatchObject({ code: 50_005 });
  const other = sim.post({ channelId: channel.id, username: "analyst", content: "mine" });
  await expect(client.deleteMessage(other.id)).rejects.toMatchObject({ code: 10_008 });
  await client.deleteMessage(sent.id);
  expect(sim.messages(channel.id)).toHaveLength(1);
});

test("[DWEB4] in a thread it posts and edits with thread_id, and not in a thread elsewhere", async () => {
  const sim = await startSim();
  const { channel, webhook } = await openWebhook(sim);
  const userId = sim.userId("analyst");
  const open = (channelId: string) =>
    sim.act({ kind: "openThread", channelId, userId, name: "t" }).id ?? "";
  const [inside, elsewhere] = [open(channel.id), open(sim.channelId("Desk", "lounge"))];
  const sent = await webhook.send({ content: "x", threadId: inside });
  expect(sim.messages(inside).map(({ id }) => id)).toEqual([sent.id]);
  await webhook.editMessage(sent, { content: "y", threadId: inside });
  expect(sim.messages(inside)[0]?.content).toBe("y");
  const foreign = webhook.send({ content: "x", threadId: elsewhere });
  await expect(foreign).rejects.toMatchObject({ code: 10_003 });
});

test("[DWEB5] a wrong token answers 50027, a removed webhook 10015", async () => {
  const sim = await startSim();
  const { webhook } = await openWebhook(sim);
  const wrong = await raw(sim, `POST /webhooks/${webhook.id}/wrong`, { content: "x" });
  expect(wrong).toMatchObject({ status: 401, body: { code: 50_027 } });
  const line = `/webhooks/${webhook.id}/${webhook.token}`;
  expect((await raw(sim, `DELETE ${line}`)).status).toBe(204);
  const gone = await raw(sim, `POST ${line}`, { content: "x" });
  expect(gone).toMatchObject({ status: 404, body: { code: 10_015 } });
});

test("[DWEB6] a forum takes a thread's name or id, and a channel no name", async () => {
  const channels = [{ name: "signals" }, { name: "ideas", type: "forum" as const }];
  const sim = await startSim({ seed: { ...SEED, guilds: [{ name: "Desk", channels }] } });
  const client = await login(sim);
  const forum = client.channels.cache.get(sim.channelId("Desk", "ideas")) as ForumChannel;
  const webhook = await forum.createWebhook({ name: "Mirror" });
  await expect(webhook.send("x")).rejects.toMatchObject({ code: 220_001 });
  const first = await webhook.send({ content: "first", threadName: "EURUSD" });
  expect(client.channels.cache.get(first.channelId)?.type).toBe(ChannelType.PublicThread);
  expect(first.id).toBe(first.channelId);
  await webhook.send({ content: "second", threadId: first.channelId });
  expect(sim.messages(first.channelId).map(({ content }) => content)).toEqual(["first", "second"]);
  const both = webhook.send({ content: "x", threadName: "n", threadId: first.channelId });
  await expect(both).rejects.toMatchObject({ code: 220_002 });
  const text = client.channels.cache.get(sim.channelId("Desk", "signals")) as TextChannel;
  const plain = await text.createWebhook({ name: "Mirror" });
  await expect(plain.send({ content: "x", threadName: "n" })).rejects.toMatchObject({
    code: 220_003,
  });
});

test("[DMEN5] a webhook pings named users, and roles or everyone only when allowed", async () => {
  const sim = await startSim();
  const { channel, webhook } = await openWebhook(sim);
  const [user, role] = [sim.userId("reader"), sim.roleId("Desk", "Basic")];
  const content = `<@${user}> <@&${role}> @everyone`;
  await webhook.send(content);
  await webhook.send({ content, allowedMentions: { parse: [] } });
  await webhook.send({ content, allowedMentions: { parse: ["everyone"], roles: [role] } });
  expect(
    sim.pings(channel.id).map(({ userIds, roleIds, everyone }) => ({ userIds, roleIds, everyone })),
  ).toEqual([
    { userIds: [user], roleIds: [], everyone: false },
    { userIds: [], roleIds: [role], everyone: true },
  ]);
});
