import { PermissionFlagsBits as P } from "discord-api-types/v10";
import { expect, test } from "vitest";
import { newChannel, newMember, newRole } from "./new-records.ts";
import {
  ALL_PERMISSIONS,
  channelPermissions,
  standsAboveMember,
  standsAboveRole,
} from "./permissions.ts";
import type { GuildRecord, OverwriteRecord } from "./records.ts";

const READ = P.ViewChannel | P.ReadMessageHistory;

const guild: GuildRecord = {
  id: "1",
  name: "Desk",
  ownerId: "10",
  roles: [
    newRole({ id: "1", name: "@everyone", position: 0, permissions: READ.toString() }),
    newRole({ id: "2", name: "Basic", position: 1 }),
    newRole({ id: "3", name: "Pro", position: 2 }),
    newRole({ id: "4", name: "Admin", position: 3, permissions: P.Administrator.toString() }),
    newRole({ id: "5", name: "Twin of Pro", position: 2 }),
  ],
  members: [],
  bans: [],
  stickers: [],
  screening: false,
};

function member(userId: string, ...roleIds: string[]) {
  return newMember({ userId, joinedAtMs: 0, roleIds });
}

function overwrite(
  id: string,
  bits: { allow?: bigint; deny?: bigint },
  kind: OverwriteRecord["kind"] = "role",
): OverwriteRecord {
  return { id, kind, allow: String(bits.allow ?? 0n), deny: String(bits.deny ?? 0n) };
}

function permissionsOf(who: ReturnType<typeof member>, ...overwrites: OverwriteRecord[]): bigint {
  return channelPermissions(
    guild,
    who,
    newChannel({ id: "9", guildId: "1", name: "c", overwrites }),
  );
}

test("[DPERM1] everyone's overwrite, then the roles' together, then the member's", () => {
  const everyone = overwrite("1", { deny: P.ReadMessageHistory });
  const basic = overwrite("2", { deny: P.ReadMessageHistory | P.AttachFiles });
  const pro = overwrite("3", { allow: P.ReadMessageHistory });
  const own = overwrite("20", { deny: P.ReadMessageHistory }, "member");
  expect(permissionsOf(member("20"), everyone)).toBe(P.ViewChannel);
  expect(permissionsOf(member("20", "2", "3"), everyone, basic, pro)).toBe(READ);
  expect(permissionsOf(member("20", "2", "3"), everyone, basic, pro, own)).toBe(P.ViewChannel);
});

test("[DPERM2] administrators and the owner pass every overwrite", () => {
  const shut = overwrite("1", { deny: ALL_PERMISSIONS });
  expect(permissionsOf(member("20", "4"), shut)).toBe(ALL_PERMISSIONS);
  expect(permissionsOf(member("10"), shut)).toBe(ALL_PERMISSIONS);
});

test("[DPERM3] without seeing the channel nothing is left", () => {
  const hidden = overwrite("1", { deny: P.ViewChannel, allow: P.SendMessages });
  expect(permissionsOf(member("20"), hidden)).toBe(0n);
});

test("[DPERM4] of two roles at one place the older is the higher; nobody stands above the owner", () => {
  const [, , pro, , twin] = guild.roles;
  if (pro === undefined || twin === undefined) throw new Error("both are above");
  expect(standsAboveRole(guild, member("20", "3"), twin)).toBe(true);
  expect(standsAboveRole(guild, member("20", "5"), pro)).toBe(false);
  expect(standsAboveRole(guild, member("20", "3"), pro)).toBe(false);
  expect(standsAboveMember(guild, member("20", "4"), member("10"))).toBe(false);
  expect(standsAboveMember(guild, member("10"), member("20", "4"))).toBe(true);
  expect(standsAboveMember(guild, member("20", "2"), member("30"))).toBe(true);
});
