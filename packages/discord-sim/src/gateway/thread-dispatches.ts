/**
 * How a session hears of threads.
 *
 * [DTHR3] Sessions hear of threads opened, changed, joined, left and removed in channels they see.
 */
import { GatewayDispatchEvents as T } from "discord-api-types/v10";
import type { GuildEvent } from "../state/events.ts";
import type { ChannelRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { channelToWire, threadMemberToWire } from "../wire/channels.ts";
import { memberToWire } from "../wire/users.ts";
import type { Audience, Dispatch } from "./audience.ts";

type ThreadEvent = Extract<
  GuildEvent,
  { type: "threadAdded" | "threadUpdated" | "threadRemoved" | "threadMembersChanged" }
>;

export function threadDispatch({ world }: Audience, event: ThreadEvent): Dispatch {
  const { channel } = event;
  switch (event.type) {
    case "threadAdded":
      return { t: T.ThreadCreate, d: { ...channelToWire(world, channel), newly_created: true } };
    case "threadUpdated":
      return { t: T.ThreadUpdate, d: channelToWire(world, channel) };
    case "threadRemoved": {
      const { id, guildId, parentId, type } = channel;
      return { t: T.ThreadDelete, d: { id, guild_id: guildId, parent_id: parentId, type } };
    }
    case "threadMembersChanged":
      return { t: T.ThreadMembersUpdate, d: membersChange(world, channel, event) };
    default:
      return event satisfies never;
  }
}

function membersChange(
  world: World,
  channel: ChannelRecord,
  { addedIds, removedIds }: { addedIds: string[]; removedIds: string[] },
) {
  const members = channel.thread?.members ?? [];
  const added = members.filter(({ userId }) => addedIds.includes(userId));
  return {
    id: channel.id,
    guild_id: channel.guildId,
    member_count: members.length,
    removed_member_ids: removedIds,
    added_members: added.map((entry) => {
      const member = world.findMember(channel.guildId, entry.userId);
      const whole = member === undefined ? {} : { member: memberToWire(world, member) };
      return { ...threadMemberToWire(channel.id, entry), ...whole, presence: null };
    }),
  };
}
