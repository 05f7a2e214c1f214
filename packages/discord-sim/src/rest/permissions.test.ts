/** A bot held to its permissions: overwrites, the order of roles, and the codes of each refusal. */
import { ChannelType, Events, PermissionFlagsBits as P, type TextChannel } from "discord.js";
import { expect, test } from "vitest";
import { login, next, PNG, rest, SEED, startSim } from "../../test/sim-fixture.ts";
import type { DiscordSim, RoleSeed } from "../index.ts";

const SENDING = (P.ViewChannel | P.SendMessages | P.ReadMessageHistory).toString();

function everyoneId(sim: DiscordSim): string {
  return sim.guildId("Desk");
}

function seedWith(...roles: RoleSeed[]) {
  return { ...SEED, guilds: [{ ...SEED.guilds[0], name: "Desk", roles }] };
}

async function refused(sim: DiscordSim, line: string, body?: unknown) {
  const answer = await rest(sim, line, body === undefined ? {} : { body });
  return { status: answer.status, code: (answer.body as { code?: number } | null)?.code };
}

test("[DPERM5] a denied view answers 50001, a denied send 50013, and a role's overwrite opens it again", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const line = `POST /channels/${channelId}/messages`;
  const set = (id: string, bits: { allow?: bigint; deny?: bigint }) =>
    sim.act({
      kind: "setOverwrite",
      channelId,
      id,
      type: "role",
      allow: String(bits.allow ?? 0n),
      deny: String(bits.deny ?? 0n),
    });
  set(everyoneId(sim), { deny: P.ViewChannel });
  expect(await refused(sim, line, { content: "x" })).toEqual({ status: 403, code: 50_001 });
  expect(await refused(sim, `GET /channels/${channelId}`)).toEqual({ status: 403, code: 50_001 });
  set(everyoneId(sim), { deny: P.SendMessages });
  expect(await refused(sim, line, { content: "x" })).toEqual({ status: 403, code: 50_013 });
  set(sim.roleId("Desk", "mirror-bot"), { allow: P.SendMessages });
  expect((await rest(sim, line, { body: { content: "x" } })).status).toBe(200);
});

test("[DPERM5] discord.js reads the same permissions that the simulator enforces", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const channelId = sim.channelId("Desk", "signals");
  const changed = next(client, Events.ChannelUpdate);
  const deny = P.SendMessages.toString();
  sim.act({ kind: "setOverwrite", channelId, id: everyoneId(sim), type: "role", deny });
  await changed;
  const channel = client.channels.cache.get(channelId) as TextChannel;
  const allowed = channel.permissionsFor(client.user)?.has(P.SendMessages);
  expect(allowed).toBe(false);
  await expect(channel.send("x")).rejects.toMatchObject({ code: 50_013 });
});

test("[DPERM5] discord.js edits overwrites, and cannot hand out bits it lacks", async () => {
  const sim = await startSim({
    seed: {
      ...SEED,
      bots: [
        {
          ...SEED.bots[0],
          token: "token-of-mirror-bot",
          username: "mirror-bot",
          permissions: (P.ManageRoles | P.ViewChannel).toString(),
        },
      ],
    },
  });
  const client = await login(sim);
  const channel = client.channels.cache.get(sim.channelId("Desk", "signals")) as TextChannel;
  const updated = next(client, Events.ChannelUpdate);
  await channel.permissionOverwrites.edit(sim.roleId("Desk", "Basic"), { ViewChannel: false });
  await updated;
  expect(
    channel.permissionOverwrites.cache.get(sim.roleId("Desk", "Basic"))?.deny.has(P.ViewChannel),
  ).toBe(true);
  const beyond = channel.permissionOverwrites.edit(sim.roleId("Desk", "Basic"), {
    BanMembers: true,
  });
  await expect(beyond).rejects.toMatchObject({ code: 50_013 });
});

test("[DPERM8] files, embeds and polls each take their permission", async () => {
  const seed = {
    ...SEED,
    guilds: [{ ...SEED.guilds[0], name: "Desk", everyonePermissions: SENDING }],
    bots: [{ token: "token-of-mirror-bot", username: "mirror-bot", permissions: "0" }],
  };
  const sim = await startSim({ seed });
  const client = await login(sim);
  const channel = client.channels.cache.get(sim.channelId("Desk", "signals")) as TextChannel;
  await channel.send("plain");
  await expect(channel.send({ files: [{ attachment: PNG, name: "a.png" }] })).rejects.toMatchObject(
    { code: 50_013 },
  );
  await expect(channel.send({ embeds: [{ title: "t" }] })).rejects.toMatchObject({ code: 50_013 });
  const poll = {
    question: { text: "?" },
    answers: [{ text: "a" }],
    duration: 1,
    allowMultiselect: false,
  };
  await expect(channel.send({ poll })).rejects.toMatchObject({ code: 50_013 });
});

test("[DPERM6] a role below the bot is given, at or above it or managed it is not; moving it heals", async () => {
  const sim = await startSim({
    seed: seedWith({ name: "Basic" }, { name: "Own", botOf: "mirror-bot" }, { name: "Staff" }),
  });
  const guild = sim.guildId("Desk");
  const reader = sim.userId("reader");
  const give = (role: string) =>
    refused(sim, `PUT /guilds/${guild}/members/${reader}/roles/${sim.roleId("Desk", role)}`);
  expect((await give("Basic")).status).toBe(204);
  expect(await give("Staff")).toEqual({ status: 403, code: 50_013 });
  expect(await give("mirror-bot")).toEqual({ status: 403, code: 50_013 });
  expect(await give("@everyone")).toEqual({ status: 404, code: 10_011 });
  sim.act({ kind: "moveRole", guildId: guild, roleId: sim.roleId("Desk", "Staff"), position: 1 });
  expect((await give("Staff")).status).toBe(204);
  expect(
    sim
      .members(guild)
      .find(({ userId }) => userId === reader)
      ?.roles.map(({ name }) => name),
  ).toEqual(["Basic", "Staff"]);
});

test("[DPERM6] the other cause of 50013 is the missing permission", async () => {
  const bots = [{ token: "token-of-mirror-bot", username: "mirror-bot", permissions: SENDING }];
  const sim = await startSim({ seed: { ...SEED, bots } });
  const client = await login(sim);
  const guild = client.guilds.cache.find(({ name }) => name === "Desk");
  const member = await guild?.members.fetch(sim.userId("reader"));
  const role = sim.roleId("Desk", "Basic");
  await expect(member?.roles.add(role)).rejects.toMatchObject({ code: 50_013 });
  await expect(member?.kick()).rejects.toMatchObject({ code: 50_013 });
  await expect(guild?.roles.create({ name: "x" })).rejects.toMatchObject({ code: 50_013 });
});

test("[DPERM6] one PATCH sets all roles; foreign high roles may stay, not come or go", async () => {
  const sim = await startSim({
    seed: seedWith({ name: "Basic" }, { name: "Own", botOf: "mirror-bot" }, { name: "Staff" }),
  });
  const guildId = sim.guildId("Desk");
  const [basic, staff] = [sim.roleId("Desk", "Basic"), sim.roleId("Desk", "Staff")];
  const userId = sim.userId("reader");
  sim.act({ kind: "giveRole", guildId, userId, roleId: staff });
  const set = (...roles: string[]) =>
    refused(sim, `PATCH /guilds/${guildId}/members/${userId}`, { roles });
  expect((await set(staff, basic)).status).toBe(200);
  expect(await set(basic)).toEqual({ status: 403, code: 50_013 });
  expect(await set(staff, "123")).toEqual({ status: 404, code: 10_011 });
});

test("[DPERM6] discord.js makes, changes, moves and removes roles below its own", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const guild = client.guilds.cache.find(({ name }) => name === "Desk");
  const made = next(client, Events.GuildRoleCreate);
  const role = await guild?.roles.create({ name: "Pro", colors: { primaryColor: 0xff0000 } });
  expect((await made)[0].name).toBe("Pro");
  await role?.setPosition(2);
  expect(sim.guilds()[0]?.roles.find(({ name }) => name === "Pro")?.position).toBe(2);
  await role?.setName("Advanced");
  const own = guild?.roles.botRoleFor(client.user.id);
  await expect(own?.setName("mine")).rejects.toMatchObject({ code: 50_013 });
  const gone = next(client, Events.GuildRoleDelete);
  await role?.delete();
  expect((await gone)[0].name).toBe("Advanced");
});

test("[DPERM7] a member with a higher role is neither kicked, banned nor renamed; the owner neither", async () => {
  const sim = await startSim({
    seed: seedWith({ name: "Own", botOf: "mirror-bot" }, { name: "Staff" }),
  });
  const client = await login(sim);
  const guild = client.guilds.cache.find(({ name }) => name === "Desk");
  const guildId = guild?.id ?? "";
  sim.act({
    kind: "giveRole",
    guildId,
    userId: sim.userId("reader"),
    roleId: sim.roleId("Desk", "Staff"),
  });
  const [staff, owner] = [
    await guild?.members.fetch({ user: sim.userId("reader"), force: true }),
    await guild?.members.fetch(sim.userId("analyst")),
  ];
  for (const member of [staff, owner]) {
    await expect(member?.kick()).rejects.toMatchObject({ code: 50_013 });
    await expect(member?.ban()).rejects.toMatchObject({ code: 50_013 });
    await expect(member?.setNickname("x")).rejects.toMatchObject({ code: 50_013 });
  }
});

test("[DREST6] discord.js makes channels of each kind, changes and removes them, and hears of it", async () => {
  const sim = await startSim();
  const client = await login(sim);
  const guild = client.guilds.cache.find(({ name }) => name === "Desk");
  const types = [
    ChannelType.GuildText,
    ChannelType.GuildAnnouncement,
    ChannelType.GuildForum,
    ChannelType.GuildCategory,
  ] as const;
  for (const type of types) {
    const heard = next(client, Events.ChannelCreate);
    await guild?.channels.create({ name: `made-${type}`, type });
    expect((await heard)[0].type).toBe(type);
  }
  const text = guild?.channels.cache.find(({ name }) => name === "made-0") as TextChannel;
  await text.setTopic("what it is for");
  expect(sim.channels().find(({ id }) => id === text.id)?.topic).toBe("what it is for");
  const gone = next(client, Events.ChannelDelete);
  await text.delete();
  expect((await gone)[0].id).toBe(text.id);
  expect((await rest(sim, `GET /channels/${text.id}`)).body).toMatchObject({ code: 10_003 });
});
