import { Events, type TextChannel } from "discord.js";
import { describe, expect, test } from "vitest";
import { login, next, OTHER_TOKEN, rest, startSim } from "../../test/sim-fixture.ts";
import { ManualClock } from "../clock.ts";
import type { DiscordSim } from "../index.ts";

async function textChannel(
  sim: DiscordSim,
  client: Awaited<ReturnType<typeof login>>,
  name = "mirror",
) {
  const channel = await client.channels.fetch(
    sim.channelId(name === "mirror" ? "Club" : "Desk", name),
  );
  return channel as TextChannel;
}

test("[DMSG1] one discord.js client sends, edits and deletes; another hears of each step", async () => {
  const sim = await startSim();
  const [writer, listener] = [await login(sim), await login(sim, OTHER_TOKEN)];
  const channel = await textChannel(sim, writer);

  const created = next(listener, Events.MessageCreate);
  const message = await channel.send("first");
  expect((await created)[0]).toMatchObject({
    id: message.id,
    content: "first",
    guildId: channel.guildId,
  });

  const updated = next(listener, Events.MessageUpdate);
  await message.edit("second");
  const [, after] = await updated;
  expect(after.content).toBe("second");
  expect(after.editedTimestamp).not.toBeNull();

  const deleted = next(listener, Events.MessageDelete);
  await message.delete();
  expect((await deleted)[0].id).toBe(message.id);
  expect(sim.messages(channel.id)).toEqual([]);
});

test("[DMSG7] a reply carries its target, which reads null once it is deleted", async () => {
  const sim = await startSim();
  const channel = sim.channelId("Desk", "signals");
  const target = sim.post({ channelId: channel, username: "analyst", content: "entry" });
  const body = { content: "stop moved", message_reference: { message_id: target.id } };
  const reply = await rest(sim, `POST /channels/${channel}/messages`, { body });
  expect(reply.body).toMatchObject({
    type: 19,
    message_reference: { message_id: target.id, channel_id: channel },
    referenced_message: { id: target.id, content: "entry" },
  });
  sim.remove({ channelId: channel, messageId: target.id });
  expect(sim.messages(channel)[0]).toMatchObject({
    message_reference: { message_id: target.id },
    referenced_message: null,
  });
});

test("[DMSG7] a reply to nothing is refused, or posted plainly when the request says so", async () => {
  const sim = await startSim();
  const line = `POST /channels/${sim.channelId("Desk", "signals")}/messages`;
  const refused = await rest(sim, line, {
    body: { content: "x", message_reference: { message_id: "123" } },
  });
  const errors = { message_reference: { _errors: [{ code: "REPLIES_UNKNOWN_MESSAGE" }] } };
  expect(refused).toMatchObject({ status: 400, body: { code: 50_035, errors } });
  const message_reference = { message_id: "123", fail_if_not_exists: false };
  const posted = await rest(sim, line, { body: { content: "x", message_reference } });
  expect(posted).toMatchObject({ status: 200, body: { type: 0, content: "x" } });
  expect(posted.body).not.toHaveProperty("message_reference");
});

test("[DMSG8] editing another author's message answers 50005 and changes nothing", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const { id } = sim.post({ channelId, username: "analyst", content: "mine" });
  const answer = await rest(sim, `PATCH /channels/${channelId}/messages/${id}`, {
    body: { content: "yours" },
  });
  expect(answer).toMatchObject({ status: 403, body: { code: 50_005 } });
  expect(sim.messages(channelId)[0]?.content).toBe("mine");
});

describe("[DMSG9] listing", () => {
  test.each([
    ["", ["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]],
    ["?limit=3", ["9", "8", "7"]],
    ["?limit=3&before={5}", ["4", "3", "2"]],
    ["?limit=3&after={5}", ["8", "7", "6"]],
    ["?limit=3&after=0", ["2", "1", "0"]],
    ["?limit=3&around={5}", ["6", "5", "4"]],
    ["?limit=3&before={1}", ["0"]],
  ])("[DMSG9] ten messages listed with %s give %j", async (query, expected) => {
    const sim = await startSim();
    const channelId = sim.channelId("Desk", "signals");
    for (let n = 0; n < 10; n += 1)
      sim.post({ channelId, username: "analyst", content: String(n) });
    const filled = query.replace(
      /\{(\d)\}/,
      (_, n) => sim.messages(channelId)[Number(n)]?.id ?? "",
    );
    const { body } = await rest(sim, `GET /channels/${channelId}/messages${filled}`);
    expect((body as { content: string }[]).map(({ content }) => content)).toEqual(expected);
  });

  test("[DMSG9] a limit over 100 is refused", async () => {
    const sim = await startSim();
    const answer = await rest(
      sim,
      `GET /channels/${sim.channelId("Desk", "signals")}/messages?limit=101`,
    );
    expect(answer).toMatchObject({
      status: 400,
      body: { code: 50_035, errors: { limit: { _errors: [{}] } } },
    });
  });
});

test("[DMSG10] discord.js deletes many at once, told as one event", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const channel = await textChannel(sim, client, "signals");
  const posted = ["a", "b", "c"].map((content) =>
    sim.post({ channelId: channel.id, username: "analyst", content }),
  );
  const heard = next(client, Events.MessageBulkDelete);
  await channel.bulkDelete(posted.slice(0, 2).map(({ id }) => id));
  expect([...(await heard)[0].keys()].sort()).toEqual(posted.slice(0, 2).map(({ id }) => id));
  expect(sim.messages(channel.id).map(({ content }) => content)).toEqual(["c"]);
});

test("[DMSG10] one id is too few, and a message of 15 days too old", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const channelId = sim.channelId("Desk", "signals");
  const ids = ["a", "b"].map((content) => sim.post({ channelId, username: "analyst", content }).id);
  const line = `POST /channels/${channelId}/messages/bulk-delete`;
  expect(await rest(sim, line, { body: { messages: ids.slice(1) } })).toMatchObject({
    status: 400,
    body: { code: 50_035 },
  });
  clock.advance(15 * 24 * 60 * 60_000);
  expect(await rest(sim, line, { body: { messages: ids } })).toMatchObject({
    status: 400,
    body: { code: 50_034 },
  });
  expect(sim.messages(channelId)).toHaveLength(2);
});
