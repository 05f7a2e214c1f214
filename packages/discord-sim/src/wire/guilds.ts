/** How guilds and channels look on the wire, over REST and in GUILD_CREATE. */
import {
  type APIGuild,
  type APIOverwrite,
  type APITextChannel,
  ChannelType,
  type GatewayGuildCreateDispatchData,
  type GuildSystemChannelFlags,
  Locale,
  OverwriteType,
  PermissionFlagsBits,
} from "discord-api-types/v10";
import type { ChannelBarrier, ChannelRecord, GuildRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { memberToWire, roleToWire } from "./users.ts";

const LARGE_GUILD_MEMBERS = 250;

export function channelToWire(world: World, channel: ChannelRecord): APITextChannel {
  return {
    id: channel.id,
    type: ChannelType.GuildText,
    guild_id: channel.guildId,
    name: channel.name,
    topic: channel.topic,
    position: channel.position,
    parent_id: null,
    nsfw: false,
    rate_limit_per_user: 0,
    last_message_id: world.log(channel.id).lastId(),
    last_pin_timestamp: null,
    permission_overwrites: overwritesFor(channel.guildId, channel.barrier),
  };
}

/** The barrier as a client can read it: what @everyone is denied here. */
function overwritesFor(guildId: string, barrier: ChannelBarrier): APIOverwrite[] {
  if (barrier === null) return [];
  const denied =
    barrier === "access" ? PermissionFlagsBits.ViewChannel : PermissionFlagsBits.SendMessages;
  return [{ id: guildId, type: OverwriteType.Role, allow: "0", deny: denied.toString() }];
}

export function guildToWire(guild: GuildRecord): APIGuild {
  return {
    ...bareGuild,
    id: guild.id,
    name: guild.name,
    owner_id: guild.ownerId,
    roles: guild.roles.map(roleToWire),
  };
}

/** GUILD_CREATE as this user receives it. */
export function guildCreateToWire(
  world: World,
  guild: GuildRecord,
  userId: string,
): GatewayGuildCreateDispatchData {
  const joinedAtMs = world.findMember(guild.id, userId)?.joinedAtMs ?? 0;
  return {
    ...guildToWire(guild),
    joined_at: new Date(joinedAtMs).toISOString(),
    large: guild.members.length > LARGE_GUILD_MEMBERS,
    unavailable: false,
    member_count: guild.members.length,
    members: guild.members.map((member) => memberToWire(world, member)),
    channels: world.channelsOf(guild.id).map((channel) => channelToWire(world, channel)),
    threads: [],
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}

const bareGuild: Omit<APIGuild, "id" | "name" | "owner_id" | "roles"> = {
  icon: null,
  splash: null,
  discovery_splash: null,
  banner: null,
  description: null,
  features: [],
  emojis: [],
  stickers: [],
  verification_level: 0,
  default_message_notifications: 0,
  explicit_content_filter: 0,
  mfa_level: 0,
  nsfw_level: 0,
  premium_tier: 0,
  premium_progress_bar_enabled: false,
  preferred_locale: Locale.EnglishUS,
  application_id: null,
  afk_channel_id: null,
  afk_timeout: 300,
  system_channel_id: null,
  system_channel_flags: 0 as GuildSystemChannelFlags,
  rules_channel_id: null,
  public_updates_channel_id: null,
  safety_alerts_channel_id: null,
  vanity_url_code: null,
  hub_type: null,
  incidents_data: null,
};
