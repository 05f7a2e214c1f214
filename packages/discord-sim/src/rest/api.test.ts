import { describe, expect, test } from "vitest";
import { login, rest, SEED, startSim, TOKEN } from "../../test/sim-fixture.ts";

test("[DREST1] a missing and an unknown token answer 401 with code 0", async () => {
  const sim = await startSim();
  for (const token of ["", "wrong"]) {
    const answer = await rest(sim, "GET /users/@me", { token });
    expect(answer).toMatchObject({ status: 401, body: { code: 0, message: "401: Unauthorized" } });
  }
});

test("[DREST1] /gateway needs no token and names the socket's address", async () => {
  const sim = await startSim();
  const answer = await rest(sim, "GET /gateway", { token: "" });
  expect(answer).toMatchObject({ status: 200, body: { url: sim.url.replace("http", "ws") } });
});

describe("[DREST2] what does not exist has its own code", () => {
  test.each([
    ["GET /nowhere", 404, 0],
    ["GET /channels/123", 404, 10_003],
    ["GET /guilds/123", 404, 10_004],
    ["GET /guilds/{guild}/members/123", 404, 10_007],
    ["GET /channels/{channel}/messages/123", 404, 10_008],
    ["PUT /guilds/{guild}/members/{analyst}/roles/123", 404, 10_011],
    ["GET /users/123", 404, 10_013],
  ])("[DREST2] %s answers %i with code %i", async (line, status, code) => {
    const sim = await startSim();
    const ids: Record<string, string | undefined> = {
      guild: sim.guilds()[0]?.id,
      channel: sim.channelId("Desk", "signals"),
      analyst: sim.users().find(({ username }) => username === "analyst")?.id,
    };
    const filled = line.replace(/\{(\w+)\}/g, (_, name) => ids[name] ?? "");
    expect(await rest(sim, filled)).toMatchObject({ status, body: { code } });
  });
});

test("[DREST3] an access barrier answers 50001 to reading and writing", async () => {
  const sim = await startSim();
  const channel = sim.channelId("Desk", "signals");
  sim.setBarrier(channel, "access");
  expect(await rest(sim, `GET /channels/${channel}/messages`)).toMatchObject({
    status: 403,
    body: { code: 50_001 },
  });
  const posted = await rest(sim, `POST /channels/${channel}/messages`, { body: { content: "hi" } });
  expect(posted).toMatchObject({ status: 403, body: { code: 50_001 } });
});

test("[DREST3] a permissions barrier lets read, answers 50013 to writing, and can be taken away", async () => {
  const sim = await startSim();
  const channel = sim.channelId("Desk", "signals");
  const post = () => rest(sim, `POST /channels/${channel}/messages`, { body: { content: "hi" } });
  sim.setBarrier(channel, "permissions");
  expect(await rest(sim, `GET /channels/${channel}/messages`)).toMatchObject({
    status: 200,
    body: [],
  });
  expect(await post()).toMatchObject({ status: 403, body: { code: 50_013 } });
  sim.setBarrier(channel, null);
  expect(await post()).toMatchObject({ status: 200 });
});

test("[DREST4] discord.js reads itself, guilds, channels, roles and members", async () => {
  const sim = await startSim();
  const client = await login(sim);
  expect((await client.users.fetch(client.user.id, { force: true })).username).toBe("mirror-bot");
  const guild = await client.guilds.fetch({ guild: sim.guilds()[0]?.id ?? "", force: true });
  expect(guild.name).toBe("Desk");
  expect([...(await guild.channels.fetch()).values()].map((channel) => channel?.name)).toEqual([
    "signals",
    "lounge",
  ]);
  expect([...(await guild.roles.fetch()).values()].map(({ name }) => name).sort()).toEqual([
    "@everyone",
    "Basic",
    "mirror-bot",
    "other-bot",
  ]);
  const members = await guild.members.list({ limit: 1_000 });
  expect(members.map(({ user }) => user.username).sort()).toEqual([
    "analyst",
    "mirror-bot",
    "other-bot",
    "reader",
  ]);
  expect((await client.application.fetch()).name).toBe("mirror-bot");
});

test("[DREST4] the member list is closed to an application without the members intent", async () => {
  const bots = [{ token: TOKEN, username: "mirror-bot", privilegedIntents: 0 }];
  const sim = await startSim({ seed: { ...SEED, bots } });
  const answer = await rest(sim, `GET /guilds/${sim.guilds()[0]?.id}/members`);
  expect(answer).toMatchObject({ status: 403, body: { code: 50_001 } });
});

test("[DREST7] a guild the bot left answers 50001 to role changes and lists, and is unknown when asked for", async () => {
  const sim = await startSim();
  const [guildId, userId] = [sim.guildId("Desk"), sim.userId("reader")];
  sim.act({ kind: "leave", guildId, userId: sim.userId("mirror-bot") });
  const path = `/guilds/${guildId}`;
  const role = sim.roleId("Desk", "Basic");
  const code = async (line: string) => (await rest(sim, line)).body as { code: number };
  expect(await code(`GET ${path}`)).toMatchObject({ code: 10_004 });
  expect(await code(`GET ${path}/members/${userId}`)).toMatchObject({ code: 50_001 });
  expect(await code(`PUT ${path}/members/${userId}/roles/${role}`)).toMatchObject({ code: 50_001 });
  expect(await code(`PUT /guilds/1/members/${userId}/roles/${role}`)).toMatchObject({
    code: 10_004,
  });
});
