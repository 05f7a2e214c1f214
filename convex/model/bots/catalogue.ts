/**
 * The catalogue: servers, channels and roles as each bot sees them, fresh by gateway events. The only
 * writer of `botGuilds`, `botChannels` and `botRoles`.
 *
 * [CTG1] A report writes only the rows that it changes.
 * [CTG2] What is gone in Discord is gone here: channels, roles, and the whole server when the bot has left.
 */
import { ConvexError } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import type { GuildReport } from "./validators.ts";

/** Discord's own limits, with some room. */
const MOST_CHANNELS = 600;
const MOST_ROLES = 300;
/** Servers of one bot that the console lists. */
const MOST_GUILDS = 500;

interface Reader {
  readonly db: DatabaseReader;
}

/** A server of a bot. */
export interface GuildOfBot {
  readonly botUserId: string;
  readonly guildId: string;
}

type Of<Table extends "botChannels" | "botRoles"> = Omit<Doc<Table>, "_id" | "_creationTime">;

/** Keeps the server as reported. Safe to repeat: the same again writes nothing. Throws `guild_too_large`. */
export async function keepGuild(
  ctx: MutationCtx,
  botUserId: string,
  { guild, channels, roles }: GuildReport,
): Promise<void> {
  if (channels.length > MOST_CHANNELS || roles.length > MOST_ROLES) {
    const message = `A server has at most ${MOST_CHANNELS} channels and ${MOST_ROLES} roles.`;
    throw new ConvexError({ code: "guild_too_large", message });
  }
  const of = { botUserId, guildId: guild.guildId };
  const known = await findGuild(ctx, of);
  if (known === null) {
    await ctx.db.insert("botGuilds", { botUserId, ...guild });
    await ctx.scheduler.runAfter(0, internal.roles.follow, {}); // it may serve what waits for a bot
  } else if (!isSame(known, guild)) await ctx.db.patch("botGuilds", known._id, guild);
  await keepChannels(ctx, of, channels);
  await keepRoles(ctx, of, roles);
}

/** Forgets every server of these gateway shards that the bot is not in any more. */
export async function keepOnlyGuilds(
  ctx: MutationCtx,
  kept: {
    botUserId: string;
    guildIds: readonly string[];
    shardIds: readonly number[];
    shardCount: number;
  },
): Promise<void> {
  const here = new Set(kept.guildIds);
  const known = await listGuildsOfBot(ctx, kept.botUserId);
  for (const { botUserId, guildId } of known) {
    const shardId = Number((BigInt(guildId) >> 22n) % BigInt(kept.shardCount));
    if (here.has(guildId) || !kept.shardIds.includes(shardId)) continue;
    await ctx.scheduler.runAfter(0, internal.bots.forgetGuild, { botUserId, guildId });
  }
}

/** Forgets the server with all that was known of it. Safe to repeat. */
export async function forgetGuild(ctx: MutationCtx, of: GuildOfBot): Promise<void> {
  const guild = await findGuild(ctx, of);
  if (guild !== null) {
    await ctx.db.delete("botGuilds", guild._id);
    await ctx.scheduler.runAfter(0, internal.roles.follow, {}); // another bot may be there
  }
  for (const { _id } of await listChannels(ctx, of)) await ctx.db.delete("botChannels", _id);
  for (const { _id } of await listRoles(ctx, of)) await ctx.db.delete("botRoles", _id);
}

/** The server as the bot sees it, or null when it is not in it. */
export async function findGuild(ctx: Reader, of: GuildOfBot): Promise<Doc<"botGuilds"> | null> {
  return await ctx.db
    .query("botGuilds")
    .withIndex("by_bot_guild", (q) => q.eq("botUserId", of.botUserId).eq("guildId", of.guildId))
    .unique();
}

/** Which bots are in the server. */
export async function botsInGuild(ctx: Reader, guildId: string): Promise<Doc<"botGuilds">[]> {
  return await ctx.db
    .query("botGuilds")
    .withIndex("by_guildId", (q) => q.eq("guildId", guildId))
    .take(MOST_GUILDS);
}

/** The channel as the bot sees it, or null. */
export async function findChannel(
  ctx: Reader,
  botUserId: string,
  channelId: string,
): Promise<Doc<"botChannels"> | null> {
  return await ctx.db
    .query("botChannels")
    .withIndex("by_bot_channel", (q) => q.eq("botUserId", botUserId).eq("channelId", channelId))
    .unique();
}

export async function listChannels(ctx: Reader, of: GuildOfBot): Promise<Doc<"botChannels">[]> {
  return await ctx.db
    .query("botChannels")
    .withIndex("by_bot_guild", (q) => q.eq("botUserId", of.botUserId).eq("guildId", of.guildId))
    .take(MOST_CHANNELS);
}

export async function listRoles(ctx: Reader, of: GuildOfBot): Promise<Doc<"botRoles">[]> {
  return await ctx.db
    .query("botRoles")
    .withIndex("by_bot_guild", (q) => q.eq("botUserId", of.botUserId).eq("guildId", of.guildId))
    .take(MOST_ROLES);
}

/** The servers of one bot. */
export async function listGuildsOfBot(ctx: Reader, botUserId: string): Promise<Doc<"botGuilds">[]> {
  return await ctx.db
    .query("botGuilds")
    .withIndex("by_bot_guild", (q) => q.eq("botUserId", botUserId))
    .take(MOST_GUILDS);
}

/** Every server that some bot is in; one that two bots are in twice. */
export async function listGuilds(ctx: Reader): Promise<Doc<"botGuilds">[]> {
  return await ctx.db.query("botGuilds").withIndex("by_guildId").take(MOST_GUILDS);
}

async function keepChannels(
  ctx: MutationCtx,
  of: GuildOfBot,
  channels: GuildReport["channels"],
): Promise<void> {
  const known = new Map((await listChannels(ctx, of)).map((row) => [row.channelId, row]));
  for (const channel of channels) {
    const row = known.get(channel.channelId);
    known.delete(channel.channelId);
    const wanted: Of<"botChannels"> = { ...of, ...channel };
    if (row === undefined) await ctx.db.insert("botChannels", wanted);
    else if (!isSame(row, wanted)) await ctx.db.patch("botChannels", row._id, wanted);
  }
  for (const { _id } of known.values()) await ctx.db.delete("botChannels", _id);
}

async function keepRoles(
  ctx: MutationCtx,
  of: GuildOfBot,
  roles: GuildReport["roles"],
): Promise<void> {
  const known = new Map((await listRoles(ctx, of)).map((row) => [row.roleId, row]));
  for (const role of roles) {
    const row = known.get(role.roleId);
    known.delete(role.roleId);
    const wanted: Of<"botRoles"> = { ...of, ...role };
    if (row === undefined) await ctx.db.insert("botRoles", wanted);
    else if (!isSame(row, wanted)) await ctx.db.patch("botRoles", row._id, wanted);
  }
  for (const { _id } of known.values()) await ctx.db.delete("botRoles", _id);
}

/** Whether the row says all that already. Lists keep their order, objects are stored with sorted keys. */
function isSame(row: object, wanted: object): boolean {
  const has = new Map(Object.entries(row));
  return Object.entries(wanted).every(([key, value]) => textOf(has.get(key)) === textOf(value));
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
