/** Makes what a forward carries: the message as it is now, with its own copies of the files. */
import type { ForwardRecord, MessageRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { refuse } from "../wire/api-error.ts";
import { copyAttachments } from "./uploads.ts";

/** Throws when there is nothing in it that could be shown. */
export function takeForward(
  world: World,
  source: MessageRecord,
  toChannelId: string,
): ForwardRecord {
  if (source.poll !== null || ![0, 19].includes(source.type)) throw refuse.cannotForward();
  const inner = source.forward?.snapshot ?? source; // a forwarded forward carries the first message
  const snapshot = structuredClone(inner);
  snapshot.channelId = toChannelId;
  snapshot.attachments = copyAttachments(world, inner.attachments);
  const { guildId } = world.getChannel(source.channelId);
  const from = { guildId, channelId: source.channelId, messageId: source.id };
  return { from, snapshot };
}
