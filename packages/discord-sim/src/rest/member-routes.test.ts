import { Events } from "discord.js";
import { expect, test } from "vitest";
import { login, next, startSim } from "../../test/sim-fixture.ts";

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
