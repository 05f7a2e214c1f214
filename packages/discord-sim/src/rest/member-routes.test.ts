/** Coming, going, being banned and screened, and the events of it. */
import { Events, GatewayIntentBits as Intent, PermissionFlagsBits as P } from "discord.js";
import { expect, test } from "vitest";
import { GatewayPeer } from "../../test/gateway-peer.ts";
import { signIn } from "../../test/sign-in.ts";
import { login, next, OTHER_TOKEN, rest, SEED, startSim } from "../../test/sim-fixture.ts";
import { ManualClock } from "../clock.ts";
import type { DiscordSim } from "../index.ts";

/** Nobody but the bot and the analyst is in the Club. */
const CLUB = {
  ...SEED,
  guilds: [
    {
      name: "Club",
      channels: [{ name: "mirror" }],
      roles: [{ name: "Basic" }],
      members: ["analyst", "mirror-bot"],
    },
  ],
};

async function add(sim: DiscordSim, username: string, body: object) {
  const line = `PUT /guilds/${sim.guildId("Club")}/members/${sim.userId(username)}`;
  return rest(sim, line, { body });
}

test("[DREST5] discord.js gives and takes a role, and the session hears of both", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const guild = client.guilds.cache.find(({ name }) => name === "Desk");
  const role = guild?.roles.cache.find(({ name }) => name === "Basic");
  const reader = (await guild?.members.search({ query: "reader" }))?.first();
  if (role === undefined || reader === undefined)
    throw new Error("the seed has a role and a reader");

  const given = next(client, Events.GuildMemberUpdate);
  await reader.roles.add(role);
  expect((await given)[1].roles.cache.has(role.id)).toBe(true);

  const taken = next(client, Events.GuildMemberUpdate);
  await reader.roles.set([]);
  expect((await taken)[1].roles.cache.has(role.id)).toBe(false);
  expect(sim.requests().map(({ method, status }) => `${method} ${status}`)).toContain("PATCH 200");
});

test("[DMEM1] discord.js adds a person who agreed, with roles (201); a second time nothing changes (204)", async () => {
  const sim = await startSim({ seed: CLUB });
  const client = await login(sim);
  const guild = client.guilds.cache.find(({ name }) => name === "Club");
  const { access_token: accessToken } = await signIn(sim, "reader", "identify guilds.join");
  const heard = next(client, Events.GuildMemberAdd);
  const roles = [sim.roleId("Club", "Basic")];
  await guild?.members.add(sim.userId("reader"), { accessToken, roles, force: true });
  expect((await heard)[0].roles.cache.map(({ name }) => name)).toContain("Basic");
  const again = await add(sim, "reader", { access_token: accessToken, roles: [] });
  expect(again.status).toBe(204);
  const reader = sim.members(sim.guildId("Club")).find(({ username }) => username === "reader");
  expect(reader).toMatchObject({ roles: [{ name: "Basic" }], pending: false });
});

test("[DMEM1] a token of another person, application, scope or none answers 50025", async () => {
  const sim = await startSim({ seed: CLUB });
  const foreign = await signIn(sim, "analyst", "identify guilds.join");
  const narrow = await signIn(sim, "reader", "identify");
  const other = await signIn(sim, "reader", "identify guilds.join", { bot: "other-bot" });
  for (const access_token of [foreign.access_token, narrow.access_token, other.access_token, "x"]) {
    const answer = await add(sim, "reader", { access_token });
    expect(answer).toMatchObject({ status: 403, body: { code: 50_025 } });
  }
});

test("[DMEM1] a banned person is not added (40007), and after the ban is lifted is", async () => {
  const sim = await startSim({ seed: CLUB });
  const { access_token } = await signIn(sim, "reader", "identify guilds.join");
  const guildId = sim.guildId("Club");
  sim.act({ kind: "ban", guildId, userId: sim.userId("reader"), reason: "spam" });
  expect(await add(sim, "reader", { access_token })).toMatchObject({
    status: 403,
    body: { code: 40_007 },
  });
  sim.act({ kind: "unban", guildId, userId: sim.userId("reader") });
  expect((await add(sim, "reader", { access_token })).status).toBe(201);
});

test("[DMEM2] with screening who joins is pending until they pass; who is given a role is not", async () => {
  const sim = await startSim({
    seed: { ...CLUB, guilds: CLUB.guilds.map((guild) => ({ ...guild, screening: true })) },
  });
  const client = await login(sim);
  const { access_token } = await signIn(sim, "reader", "identify guilds.join");
  const added = await add(sim, "reader", { access_token });
  expect(added).toMatchObject({ status: 201, body: { pending: true } });
  const guildId = sim.guildId("Club");
  const userId = sim.userId("reader");
  const passed = next(client, Events.GuildMemberUpdate);
  sim.act({ kind: "passScreening", guildId, userId });
  expect((await passed).map(({ pending }) => pending)).toEqual([true, false]);
  sim.act({ kind: "leave", guildId, userId });
  const roles = [sim.roleId("Club", "Basic")];
  expect((await add(sim, "reader", { access_token, roles })).body).toMatchObject({
    pending: false,
  });
});

test("[DMEM3] discord.js kicks, bans, lists and lifts bans, and hears of each", async () => {
  const sim = await startSim();
  const client = await login(sim, undefined, [
    Intent.Guilds,
    Intent.GuildMembers,
    Intent.GuildModeration,
  ]);
  const guild = client.guilds.cache.find(({ name }) => name === "Desk");
  const readerId = sim.userId("reader");
  await guild?.members.fetch(readerId); // discord.js tells only of members it knows
  const left = next(client, Events.GuildMemberRemove);
  await guild?.members.kick(readerId);
  expect((await left)[0].id).toBe(readerId);

  const banned = next(client, Events.GuildBanAdd);
  await guild?.bans.create(readerId, { reason: "spam" });
  expect((await banned)[0].user.id).toBe(readerId);
  const bans = await guild?.bans.fetch();
  expect(bans?.map(({ user, reason }) => `${user.username}: ${reason}`)).toEqual(["reader: spam"]);

  const lifted = next(client, Events.GuildBanRemove);
  await guild?.bans.remove(readerId);
  expect((await lifted)[0].user.id).toBe(readerId);
  await expect(guild?.bans.fetch(readerId)).rejects.toMatchObject({ code: 10_026 });
});

test("[DMEM4] members are paged by id, up to 1,000 at once", async () => {
  const sim = await startSim();
  const guildId = sim.guildId("Desk");
  const read = async (query: string) =>
    (await rest(sim, `GET /guilds/${guildId}/members?${query}`)).body as { user: { id: string } }[];
  const all = await read("limit=1000");
  const ids = all.map(({ user }) => user.id);
  expect([...ids].sort((a, b) => Number(BigInt(a) - BigInt(b)))).toEqual(ids);
  const second = await read(`limit=2&after=${ids[1]}`);
  expect(second.map(({ user }) => user.id)).toEqual(ids.slice(2, 4));
  expect((await rest(sim, `GET /guilds/${guildId}/members?limit=1001`)).status).toBe(400);
});

test("[DMEM5] a bot hears of itself being removed and added as of the guild", async () => {
  const sim = await startSim();
  const peer = new GatewayPeer(sim);
  await peer.identify({ intents: Intent.Guilds });
  const guildId = sim.guildId("Club");
  sim.act({ kind: "leave", guildId, userId: sim.userId("mirror-bot") });
  expect((await peer.heard("GUILD_DELETE")).d).toEqual({ id: guildId });
  expect((await rest(sim, `GET /guilds/${guildId}`)).body).toMatchObject({ code: 10_004 });
  const before = peer.frames.length;
  sim.act({ kind: "join", guildId, userId: sim.userId("mirror-bot") });
  const back = await peer.heard("GUILD_CREATE", (frame) => peer.frames.indexOf(frame) >= before);
  expect(back.d).toMatchObject({ id: guildId });
});

test("[DMEM5] without the members intent a session hears of its own member alone", async () => {
  const sim = await startSim();
  const peer = new GatewayPeer(sim);
  await peer.identify({ intents: Intent.Guilds });
  const guildId = sim.guildId("Desk");
  const roleId = sim.roleId("Desk", "Basic");
  for (const username of ["reader", "mirror-bot"])
    sim.act({ kind: "giveRole", guildId, userId: sim.userId(username), roleId });
  const own = await peer.heard("GUILD_MEMBER_UPDATE");
  expect(own.d).toMatchObject({ user: { username: "mirror-bot" } });
  expect(peer.events().filter((name) => name === "GUILD_MEMBER_UPDATE")).toHaveLength(1);
});

test("[DMEM6] discord.js counts the members of each role, and leaves a guild", async () => {
  const sim = await startSim();
  const guildId = sim.guildId("Desk");
  const roleId = sim.roleId("Desk", "Basic");
  sim.act({ kind: "giveRole", guildId, userId: sim.userId("reader"), roleId });
  const counts = await rest(sim, `GET /guilds/${guildId}/roles/member-counts`);
  expect(counts.body).toMatchObject({ [roleId]: 1 });
  const client = await login(sim, OTHER_TOKEN);
  const gone = next(client, Events.GuildDelete);
  await client.guilds.cache.get(guildId)?.leave();
  expect((await gone)[0].id).toBe(guildId);
});

test("[DMEM6] renaming others takes a permission, renaming oneself another", async () => {
  const bots = [
    {
      token: "token-of-mirror-bot",
      username: "mirror-bot",
      permissions: (P.ChangeNickname | P.ViewChannel).toString(),
    },
  ];
  const sim = await startSim({ seed: { ...SEED, bots } });
  const guild = sim.guildId("Desk");
  const rename = (who: string) =>
    rest(sim, `PATCH /guilds/${guild}/members/${who}`, { body: { nick: "N" } });
  expect((await rename("@me")).body).toMatchObject({ nick: "N" });
  expect((await rename(sim.userId("reader"))).body).toMatchObject({ code: 50_013 });
});

test("[DMEM7] a ban takes the messages of the time it names, and leaves older and foreign ones", async () => {
  const clock = new ManualClock();
  const sim = await startSim({ clock });
  const channelId = sim.channelId("Desk", "signals");
  const say = (username: string, content: string) => sim.post({ channelId, username, content });
  say("reader", "old");
  clock.advance(7_200_000);
  say("reader", "new");
  say("analyst", "foreign");
  const line = `PUT /guilds/${sim.guildId("Desk")}/bans/${sim.userId("reader")}`;
  const banned = await rest(sim, line, { body: { delete_message_seconds: 3_600 } });
  expect(banned.status).toBe(204);
  expect(sim.messages(channelId).map(({ content }) => content)).toEqual(["old", "foreign"]);
});
