/** How guilds and stickers look on the wire, over REST and in GUILD_CREATE. */
import {
  type APIGuild,
  type APISticker,
  GatewayIntentBits,
  type GuildFeature,
  type GuildSystemChannelFlags,
  Locale,
  StickerFormatType,
  StickerType,
} from "discord-api-types/v10";
import type { GuildRecord, StickerRecord } from "../state/records.ts";
import { canSee } from "../state/visibility.ts";
import type { World } from "../state/world.ts";
import { channelToWire, threadMemberToWire } from "./channels.ts";
import { memberToWire, roleToWire } from "./users.ts";

const LARGE_GUILD_MEMBERS = 250;

export function guildToWire(guild: GuildRecord): APIGuild {
  return {
    ...bareGuild,
    id: guild.id,
    name: guild.name,
    owner_id: guild.ownerId,
    roles: guild.roles.map(roleToWire),
    stickers: guild.stickers.map((sticker) => stickerToWire(guild.id, sticker)),
    features: guild.screening ? SCREENING_FEATURES : [],
  };
}

export function stickerToWire(guildId: string, { id, name }: StickerRecord): APISticker {
  return {
    id,
    name,
    description: null,
    tags: name,
    type: StickerType.Guild,
    format_type: StickerFormatType.PNG,
    available: true,
    guild_id: guildId,
  };
}

/** GUILD_CREATE as this user receives it: without the presences intent no other members stand in it. */
export function guildCreateToWire(
  world: World,
  guild: GuildRecord,
  { userId, intents }: { userId: string; intents: number },
) {
  const joinedAtMs = world.findMember(guild.id, userId)?.joinedAtMs ?? 0;
  const full = (intents & GatewayIntentBits.GuildPresences) !== 0;
  const shown = guild.members.filter((member) => full || member.userId === userId);
  const threads = world.activeThreadsOf(guild.id).filter((thread) => canSee(world, thread, userId));
  return {
    ...guildToWire(guild),
    joined_at: new Date(joinedAtMs).toISOString(),
    large: guild.members.length > LARGE_GUILD_MEMBERS,
    unavailable: false,
    member_count: guild.members.length,
    members: shown.map((member) => memberToWire(world, member)),
    channels: world.channelsOf(guild.id).map((channel) => channelToWire(world, channel)),
    threads: threads.map((thread) => {
      const own = thread.thread?.members.find((member) => member.userId === userId);
      const joined = own === undefined ? {} : { member: threadMemberToWire(thread.id, own) };
      return { ...channelToWire(world, thread), ...joined };
    }),
    voice_states: [],
    presences: [],
    stage_instances: [],
    guild_scheduled_events: [],
    soundboard_sounds: [],
  };
}

const SCREENING_FEATURES = ["COMMUNITY", "MEMBER_VERIFICATION_GATE_ENABLED"] as GuildFeature[];

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
