/** Roles in a simulated Discord follow access, with the real engine and a real bot process. */
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ConvexClient } from "convex/browser";
import { afterEach, expect, inject, test, vi } from "vitest";
import { api } from "../convex/_generated/api.js";
import type { Id } from "../convex/_generated/dataModel.js";
import { readTable } from "../tools/deployment/admin.ts";
import { importTable } from "../tools/deployment/customers.ts";
import { BOT_NAME, openDiscordWorld } from "../tools/deployment/discord-world.ts";
import { connectMachine } from "./machines.ts";

const deployment = inject("deployment");
const ROLES = ["Pro", "VIP", BOT_NAME, "Above the bot"];
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const holds = <T>(fact: () => T | Promise<T>, timeout = 15_000) =>
  vi.waitFor(fact, { timeout, interval: 20 });

async function openWorld() {
  const world = await openDiscordWorld(deployment, {
    members: ["nora"],
    roles: ROLES.map((name) => (name === BOT_NAME ? { name, botOf: name } : { name })),
  });
  const { client } = await connectMachine(deployment, "console", "roles");
  closers.push(
    () => client.close(),
    () => world.close(),
  );
  const guildId = world.targetGuildId;
  const discordId = world.sim.userId("nora");
  const roleId = (name: string) => world.sim.roleId("Members", name);
  const userId = await importPerson(discordId);
  return {
    ...{ world, client, guildId, discordId, roleId, userId },
    held: () =>
      world.sim
        .members(guildId)
        .find((member) => member.userId === discordId)
        ?.roles.map(({ name }) => name),
    map: async (name: string, tier: "basic" | "pro") => {
      const mapping = { guildId, guildName: "Members", roleId: roleId(name), name, tier };
      await client.mutation(api.roleMappings.save, { ...mapping, andAbove: true });
    },
  };
}

/** Somebody whose Discord account is linked. */
async function importPerson(discordId: string): Promise<Id<"users">> {
  const dir = await mkdtemp(join(tmpdir(), "roles-"));
  closers.push(() => rm(dir, { recursive: true }));
  const name = `nora ${randomBytes(4).toString("hex")}`;
  await importTable(deployment, dir, "users", [{ name }]);
  const user = (await readTable(deployment, "users")).find((row) => row.name === name);
  const userId = String(user?._id) as Id<"users">;
  const identity = { kind: "discord", value: discordId, userId, sinceMs: Date.now() };
  await importTable(deployment, dir, "identities", [identity]);
  return userId;
}

async function give(client: ConvexClient, userId: Id<"users">, tier: "basic" | "pro") {
  return await client.mutation(api.access.giveGrant, {
    userId,
    tier,
    untilMs: null,
    reason: "e2e",
  });
}

test("access gives roles and its end takes them; one above the bot is told and heals once it is moved; drift is mended, and who joins gets theirs", async () => {
  const { world, client, guildId, discordId, roleId, userId, held, map } = await openWorld();
  world.sim.act({ kind: "giveRole", guildId, userId: discordId, roleId: roleId("VIP") });
  await map("Pro", "pro");
  await (await world.startBot("roles")).logged("lease.held");

  const { grantId } = await give(client, userId, "pro");
  await holds(() => expect(held()).toEqual(["VIP", "Pro"]));
  const endedAtMs = Date.now();
  await client.mutation(api.access.revokeGrant, { grantId });
  await holds(() => expect(held()).toEqual(["VIP"]));
  expect(Date.now() - endedAtMs).toBeLessThan(2_000);

  await map("Above the bot", "basic");
  await give(client, userId, "basic");
  const state = async () => {
    const rows = await readTable(deployment, "memberRoles");
    return rows.find((row) => row.discordId === discordId);
  };
  await holds(async () =>
    expect(await state()).toMatchObject({ state: "blocked", code: "bot_below_role" }),
  );
  world.sim.act({ kind: "moveRole", guildId, roleId: roleId("Above the bot"), position: 1 });
  await holds(() => expect(held()).toEqual(["VIP", "Above the bot"]));
  await holds(async () => expect(await state()).toMatchObject({ state: "settled", code: null }));
  expect(held()).toEqual(["VIP", "Above the bot"]);

  const moved = { guildId, userId: discordId };
  world.sim.act({ kind: "takeRole", ...moved, roleId: roleId("Above the bot") });
  await client.mutation(api.memberRoles.sweepNow, { guildId });
  await holds(() => expect(held()).toEqual(["VIP", "Above the bot"]));
  world.sim.act({ kind: "leave", ...moved });
  await holds(async () => expect(await state()).toMatchObject({ code: "not_in_server" }));
  world.sim.act({ kind: "join", ...moved });
  await holds(() => expect(held()).toEqual(["Above the bot"]));
}, 60_000);
