/** The shapes of bots: who is online, and what each sees of Discord. */
import { type Infer, v } from "convex/values";

export const vPresenceState = v.union(
  v.literal("online"),
  v.literal("offline"), // it stopped, or has not been heard of for a while
  v.literal("refused"), // Discord does not let it in: `code` says why
);

/** A privileged intent that the bot identified with. */
export const vIntent = v.union(v.literal("messageContent"), v.literal("guildMembers"));

export const vGatewayShard = v.object({
  shardId: v.number(),
  state: v.union(v.literal("ready"), v.literal("away")),
});

/** What a bot says of itself when it appears. */
export const vAppearance = v.object({
  holder: v.string(), // its name in leases
  botUserId: v.string(),
  botName: v.string(),
  workerShards: v.array(v.number()),
  intents: v.array(vIntent),
  shardCount: v.number(),
  gatewayShards: v.array(vGatewayShard), // those of this process
});

export type Appearance = Infer<typeof vAppearance>;

const vOverwrite = v.object({
  id: v.string(),
  kind: v.union(v.literal("role"), v.literal("member")),
  allow: v.string(),
  deny: v.string(),
});

export const vBotGuild = v.object({
  guildId: v.string(),
  name: v.string(),
  ownerId: v.string(),
  botRoleIds: v.array(v.string()),
});

export const vBotChannel = v.object({
  channelId: v.string(),
  name: v.string(),
  type: v.number(),
  position: v.number(),
  parentId: v.union(v.string(), v.null()),
  overwrites: v.array(vOverwrite), // of @everyone, of the bot's roles and of the bot
});

export const vBotRole = v.object({
  roleId: v.string(),
  name: v.string(),
  position: v.number(),
  permissions: v.string(),
  managed: v.boolean(),
  mentionable: v.boolean(),
});

/** A server as a bot sees it, whole. */
export const vGuildReport = v.object({
  guild: vBotGuild,
  channels: v.array(vBotChannel),
  roles: v.array(vBotRole),
});

export type GuildReport = Infer<typeof vGuildReport>;
