/**
 * Tells a session of the active threads in channels that it has begun to see:
 * a permission changed, and THREAD_LIST_SYNC makes up for what it was not told.
 *
 * Owns which channels each session saw last.
 *
 * [DTHR5] Who begins to see a channel hears of its active threads.
 */
import { GatewayIntentBits, GatewayDispatchEvents as T } from "discord-api-types/v10";
import type { GuildEvent } from "../state/events.ts";
import { canSee } from "../state/visibility.ts";
import { channelToWire, threadMemberToWire } from "../wire/channels.ts";
import { type Audience, type Dispatch, onShard } from "./audience.ts";

export class ThreadSync {
  #seen = new Set<string>();

  /** Remembers what is visible now; call when the session begins. */
  note({ world, userId }: Audience): void {
    const guildIds = world.guildsOf(userId).map(({ id }) => id);
    this.#seen = new Set(
      guildIds
        .flatMap((id) => world.channelsOf(id))
        .filter((channel) => canSee(world, channel, userId))
        .map(({ id }) => id),
    );
  }

  /** Null unless the event made channels with active threads visible. */
  after(audience: Audience, event: GuildEvent): Dispatch | null {
    const { world, userId, intents } = audience;
    const guildId = changesSight(event, userId);
    if (guildId === null || !onShard(guildId, audience.shard)) return null;
    if ((intents & GatewayIntentBits.Guilds) === 0) return null;
    const opened: string[] = [];
    for (const channel of world.channelsOf(guildId)) {
      const visible = canSee(world, channel, userId);
      if (visible && !this.#seen.has(channel.id)) opened.push(channel.id);
      if (visible) this.#seen.add(channel.id);
      else this.#seen.delete(channel.id);
    }
    // A guild that the bot has just joined brings its threads with it.
    return event.type === "memberAdded" ? null : syncOf(audience, guildId, opened);
  }
}

/** The guild in which this bot may now see more, or less. */
function changesSight(event: GuildEvent, userId: string): string | null {
  switch (event.type) {
    case "channelUpdated":
    case "channelAdded":
      return event.channel.guildId;
    case "roleUpdated":
    case "roleRemoved":
      return event.guildId;
    case "memberUpdated":
    case "memberAdded":
      return event.member.userId === userId ? event.guildId : null;
    default:
      return null;
  }
}

function syncOf(
  { world, userId }: Audience,
  guildId: string,
  channelIds: string[],
): Dispatch | null {
  const threads = world
    .activeThreadsOf(guildId)
    .filter(({ parentId }) => channelIds.includes(parentId ?? ""))
    .filter((thread) => canSee(world, thread, userId));
  if (threads.length === 0) return null;
  const members = threads.flatMap(({ id, thread }) =>
    (thread?.members ?? [])
      .filter((member) => member.userId === userId)
      .map((member) => threadMemberToWire(id, member)),
  );
  const shown = threads.map((thread) => channelToWire(world, thread));
  const d = { guild_id: guildId, channel_ids: channelIds, threads: shown, members };
  return { t: T.ThreadListSync, d };
}
