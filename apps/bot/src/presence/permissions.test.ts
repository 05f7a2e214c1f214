/** The domain's computation of permissions against that of discord.js, over random servers. */
import { channelPermissions, has, PERMISSION_BITS, type PermissionName } from "@heliograph/domain";
import { ChannelType, Client, Guild, PermissionFlagsBits, type TextChannel } from "discord.js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { guildReport } from "./guild-report.ts";

const GUILD = "1000";
const BOT = "77";
const ROLES = ["2000", "2001", "2002", "2003"];
const CHANNEL = "3000";

const bits = fc
  .subarray(Object.values(PERMISSION_BITS))
  .map((some) => some.reduce((sum, bit) => sum | bit, 0n) & ~PERMISSION_BITS.Administrator);
const roleBits = fc.oneof(
  { weight: 9, arbitrary: bits },
  { weight: 1, arbitrary: fc.constant(PERMISSION_BITS.Administrator) },
);
const overwriteOf = (id: string, type: 0 | 1) =>
  fc.option(fc.record({ allow: bits, deny: bits })).map((some) => {
    return some === null ? [] : [{ id, type, allow: `${some.allow}`, deny: `${some.deny}` }];
  });
const worlds = fc.record({
  ownerId: fc.constantFrom("5", "5", "5", BOT),
  permissions: fc.array(roleBits, { minLength: ROLES.length, maxLength: ROLES.length }),
  everyone: bits,
  held: fc.subarray(ROLES),
  overwrites: fc
    .tuple(
      overwriteOf(GUILD, 0),
      ...ROLES.map((id) => overwriteOf(id, 0)),
      overwriteOf(BOT, 1),
      overwriteOf("99", 1),
    )
    .map((all) => all.flat()),
});
type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never;

/** The server as discord.js builds it from what the gateway sends. */
function openGuild({ ownerId, permissions, everyone, held, overwrites }: World): Guild {
  const client = new Client({ intents: [] });
  Reflect.set(client, "user", { id: BOT });
  const role = (id: string, bitfield: bigint | undefined, position: number) => {
    return { id, name: id, permissions: `${bitfield}`, position, managed: false, colors: {} };
  };
  const channel = { id: CHANNEL, type: ChannelType.GuildText, name: "c", position: 0 };
  return Reflect.construct(Guild, [
    client,
    {
      id: GUILD,
      name: "Desk",
      owner_id: ownerId,
      roles: [
        role(GUILD, everyone, 0),
        ...ROLES.map((id, index) => role(id, permissions[index], index + 1)),
      ],
      channels: [{ ...channel, permission_overwrites: overwrites }],
      members: [{ user: { id: BOT, username: "bot" }, roles: held }],
    },
  ]);
}

test("what the bot may do in a channel is what discord.js says", () => {
  fc.assert(
    fc.property(worlds, (world) => {
      const guild = openGuild(world);
      const report = guildReport(guild);
      const [channel] = report?.channels ?? [];
      if (report === null || channel === undefined) throw new Error("there is one");
      const view = { ...report.guild, botUserId: BOT, roles: report.roles };
      const ours = channelPermissions(view, channel);
      const text = guild.channels.cache.get(CHANNEL) as TextChannel;
      const theirs = text.permissionsFor(BOT);
      const maySend = theirs?.has(PermissionFlagsBits.SendMessages) === true;
      for (const name of Object.keys(PERMISSION_BITS) as PermissionName[]) {
        // What discord.js leaves to its caller: nothing without seeing, no files without sending.
        const isHidden = theirs?.has(PermissionFlagsBits.ViewChannel) !== true;
        const needsSending = ["Embed Links", "Attach Files", "Mention Everyone"].includes(name);
        const isAllowed = theirs?.has(PERMISSION_BITS[name]) === true;
        const expected = isAllowed && !isHidden && (maySend || !needsSending);
        expect([name, has(ours, name)]).toEqual([name, expected]);
      }
    }),
    { numRuns: 300 },
  );
});

test("every name stands for Discord's own bit", () => {
  expect(PERMISSION_BITS).toEqual({
    "Create Invite": PermissionFlagsBits.CreateInstantInvite,
    Administrator: PermissionFlagsBits.Administrator,
    "View Channel": PermissionFlagsBits.ViewChannel,
    "Send Messages": PermissionFlagsBits.SendMessages,
    "Embed Links": PermissionFlagsBits.EmbedLinks,
    "Attach Files": PermissionFlagsBits.AttachFiles,
    "Read Message History": PermissionFlagsBits.ReadMessageHistory,
    "Mention Everyone": PermissionFlagsBits.MentionEveryone,
    "Manage Roles": PermissionFlagsBits.ManageRoles,
    "Manage Webhooks": PermissionFlagsBits.ManageWebhooks,
    "Send Messages in Threads": PermissionFlagsBits.SendMessagesInThreads,
  });
});
