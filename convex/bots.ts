/** Bots: who is online, and the servers, channels and roles they see. */
import { ConvexError, v } from "convex/values";
import { internalMutation } from "./_generated/server.js";
import {
  botsInGuild,
  forgetGuild as forget,
  keepGuild,
  keepOnlyGuilds,
  listChannels,
  listGuilds,
  listRoles,
} from "./model/bots/catalogue.ts";
import {
  expirePresence,
  findPulse,
  listPresences,
  appear as noteAppearance,
  leave as noteLeft,
  pulse as notePulse,
  noteRefused,
  sweepPresences,
} from "./model/bots/presence.ts";
import {
  vAppearance,
  vBotChannel,
  vBotGuild,
  vBotRole,
  vGuildReport,
  vPresenceState,
} from "./model/bots/validators.ts";
import { operatorQuery, workerMutation } from "./wrappers.ts";

const MOST_PER_CALL = 5_000; // ids of servers: twice what one gateway shard may hold
const vGuildOfBot = { botUserId: v.string(), guildId: v.string() };

/** Once the gateway is ready, and whenever something it says has changed. */
export const appear = workerMutation({
  args: vAppearance.fields,
  returns: v.null(),
  handler: async (ctx, appearance) => {
    await noteAppearance(ctx, ctx.machine._id, appearance);
    return null;
  },
});

/** Discord does not let the bot in. */
export const refused = workerMutation({
  args: { holder: v.string(), workerShards: v.array(v.number()), code: v.string() },
  returns: v.null(),
  handler: async (ctx, args) => {
    await noteRefused(ctx, ctx.machine._id, args);
    return null;
  },
});

/** Meant to be called every 15 s. Answers `unknown` to a bot that has to appear again. */
export const pulse = workerMutation({
  args: { holder: v.string(), pingMs: v.union(v.number(), v.null()) },
  returns: v.union(v.literal("noted"), v.literal("unknown")),
  handler: async (ctx, args) => {
    return (await notePulse(ctx, ctx.machine._id, args)) ? "noted" : "unknown";
  },
});

export const leave = workerMutation({
  args: { holder: v.string() },
  returns: v.null(),
  handler: async (ctx, { holder }) => {
    await noteLeft(ctx, ctx.machine._id, holder);
    return null;
  },
});

/** A server as the bot sees it now, whole. */
export const reportGuild = workerMutation({
  args: { botUserId: v.string(), report: vGuildReport },
  returns: v.null(),
  handler: async (ctx, { botUserId, report }) => {
    await keepGuild(ctx, botUserId, report);
    return null;
  },
});

/** The bot has left the server. */
export const leftGuild = workerMutation({
  args: vGuildOfBot,
  returns: v.null(),
  handler: async (ctx, of) => {
    await forget(ctx, of);
    return null;
  },
});

/** All servers of these gateway shards: what else is known of them is forgotten. */
export const reportGuilds = workerMutation({
  args: {
    botUserId: v.string(),
    guildIds: v.array(v.string()),
    shardIds: v.array(v.number()),
    shardCount: v.number(),
  },
  returns: v.null(),
  handler: async (ctx, args) => {
    if (args.guildIds.length > MOST_PER_CALL || !(args.shardCount >= 1)) {
      const message = `Send at most ${MOST_PER_CALL} servers, and at least one shard.`;
      throw new ConvexError({ code: "bad_guild_list", message });
    }
    await keepOnlyGuilds(ctx, args);
    return null;
  },
});

/** The bots: online first. Changes with every pulse. */
export const list = operatorQuery({
  args: {},
  returns: {
    bots: v.array(
      v.object({
        ...vAppearance.fields,
        botUserId: v.union(v.string(), v.null()),
        botName: v.union(v.string(), v.null()),
        state: vPresenceState,
        code: v.union(v.string(), v.null()),
        sinceMs: v.number(),
        heardAtMs: v.union(v.number(), v.null()),
        pingMs: v.union(v.number(), v.null()),
      }),
    ),
  },
  handler: async (ctx) => {
    const presences = await listPresences(ctx);
    const bots = presences.map(async ({ _id, _creationTime, machineId: _, epoch: __, ...bot }) => {
      const last = await findPulse(ctx, _id);
      return { ...bot, heardAtMs: last?.atMs ?? null, pingMs: last?.pingMs ?? null };
    });
    return { bots: await Promise.all(bots) };
  },
});

/** Every server that some bot is in; one that two bots are in is told twice. */
export const guilds = operatorQuery({
  args: {},
  returns: { guilds: v.array(v.object({ botUserId: v.string(), ...vBotGuild.fields })) },
  handler: async (ctx) => {
    const rows = await listGuilds(ctx);
    return { guilds: rows.map(({ _id, _creationTime, ...guild }) => guild) };
  },
});

/** The channels and roles of a server, as the first bot that is in it sees them. For pickers. */
export const guild = operatorQuery({
  args: { guildId: v.string() },
  returns: { channels: v.array(vBotChannel), roles: v.array(vBotRole) },
  handler: async (ctx, { guildId }) => {
    const [first] = await botsInGuild(ctx, guildId);
    if (first === undefined) return { channels: [], roles: [] };
    const channels = await listChannels(ctx, first);
    const roles = await listRoles(ctx, first);
    return { channels: channels.map(withoutOwner), roles: roles.map(withoutOwner) };
  },
});

/** Runs when a bot would be silent for too long. */
export const expire = internalMutation({
  args: { presenceId: v.id("botPresences"), epoch: v.number() },
  returns: v.null(),
  handler: async (ctx, { presenceId, epoch }) => {
    await expirePresence(ctx, presenceId, epoch);
    return null;
  },
});

export const forgetGuild = internalMutation({
  args: vGuildOfBot,
  returns: v.null(),
  handler: async (ctx, of) => {
    await forget(ctx, of);
    return null;
  },
});

export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await sweepPresences(ctx);
    return null;
  },
});

function withoutOwner<
  Row extends { _id: unknown; _creationTime: number; botUserId: string; guildId: string },
>(row: Row) {
  const { _id, _creationTime, botUserId: _, guildId: __, ...fields } = row;
  return fields;
}
