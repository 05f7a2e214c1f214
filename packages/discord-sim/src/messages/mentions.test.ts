import type { APIMessage } from "discord.js";
import { expect, test } from "vitest";
import { rest, startSim } from "../../test/sim-fixture.ts";

async function scene() {
  const sim = await startSim();
  const idOf = (name: string) => sim.users().find(({ username }) => username === name)?.id ?? "";
  const guild = sim.guilds().find(({ name }) => name === "Desk");
  const role = guild?.roles.find(({ name }) => name === "Basic")?.id ?? "";
  const [analyst, reader] = [idOf("analyst"), idOf("reader")];
  const channelId = sim.channelId("Desk", "signals");
  const content = `<@${analyst}> <@!${reader}> <@999> <@&${role}> <@&998> @everyone`;
  const send = async (body: object, method = "POST", tail = "") =>
    pings(
      (await rest(sim, `${method} /channels/${channelId}/messages${tail}`, { body }))
        .body as APIMessage,
    );
  return { sim, channelId, analyst, reader, role, content, send };
}

function pings(message: APIMessage) {
  const { mentions, mention_roles: roles, mention_everyone: everyone } = message;
  return { users: mentions.map(({ id }) => id), roles, everyone };
}

test("[DMEN1] without allowed_mentions all that exist ping", async () => {
  const { send, content, analyst, reader, role } = await scene();
  expect(await send({ content })).toEqual({
    users: [analyst, reader],
    roles: [role],
    everyone: true,
  });
});

test("[DMEN1] mentions in embeds ping nobody", async () => {
  const { send, content } = await scene();
  expect(await send({ embeds: [{ description: content }] })).toEqual({
    users: [],
    roles: [],
    everyone: false,
  });
});

test("[DMEN2] an empty list lets nothing through", async () => {
  const { send, content } = await scene();
  const silent = { users: [], roles: [], everyone: false };
  expect(await send({ content, allowed_mentions: { parse: [] } })).toEqual(silent);
  expect(await send({ content, allowed_mentions: {} })).toEqual(silent);
});

test("[DMEN2] listed ids and parsed kinds pass, the others do not", async () => {
  const { send, content, analyst, reader, role } = await scene();
  const one = { content, allowed_mentions: { parse: ["roles"], users: [reader] } };
  expect(await send(one)).toEqual({ users: [reader], roles: [role], everyone: false });
  const kind = { content, allowed_mentions: { parse: ["users", "everyone"] } };
  expect(await send(kind)).toEqual({ users: [analyst, reader], roles: [], everyone: true });
});

test("[DMEN2] a kind both parsed and listed is refused", async () => {
  const { sim, channelId, reader } = await scene();
  const body = { content: "x", allowed_mentions: { parse: ["users"], users: [reader] } };
  const answer = await rest(sim, `POST /channels/${channelId}/messages`, { body });
  expect(answer).toMatchObject({ status: 400, body: { code: 50_035 } });
});

test("[DMEN3] a reply pings its target's author, unless told not to", async () => {
  const { sim, channelId, send, analyst } = await scene();
  const target = sim.post({ channelId, username: "analyst", content: "entry" });
  const reply = { content: "done", message_reference: { message_id: target.id } };
  expect((await send(reply)).users).toEqual([analyst]);
  expect((await send({ ...reply, allowed_mentions: { parse: [] } })).users).toEqual([]);
  expect(
    (await send({ ...reply, allowed_mentions: { parse: [], replied_user: true } })).users,
  ).toEqual([analyst]);
});

test("[DMEN4] an edit without allowed_mentions parses again what the create kept silent", async () => {
  const { sim, channelId, send, content, analyst, reader, role } = await scene();
  await send({ content, allowed_mentions: { parse: [] } });
  const tail = `/${sim.messages(channelId)[0]?.id}`;
  const loud = { users: [analyst, reader], roles: [role], everyone: true };
  expect(await send({ content }, "PATCH", tail)).toEqual(loud);
  expect((await send({ content, allowed_mentions: { parse: [] } }, "PATCH", tail)).everyone).toBe(
    false,
  );
});
