/** How webhooks look on the wire; the token only to those who may post with it. */
import type { WebhookRecord } from "../state/records.ts";
import type { World } from "../state/world.ts";
import { userToWire } from "./users.ts";

export function webhookToWire(
  { world, baseUrl }: { world: World; baseUrl: string },
  webhook: WebhookRecord,
  { creator }: { creator: boolean },
) {
  const { id, type, guildId, channelId, name, avatar, applicationId, token, source } = webhook;
  const user = world.users.get(webhook.creatorId);
  return {
    id,
    type,
    guild_id: guildId,
    channel_id: channelId,
    name,
    avatar: avatar === null ? null : id,
    application_id: applicationId,
    ...(creator && user !== undefined && { user: userToWire(user) }),
    ...(token !== null && { token, url: `${baseUrl}/api/webhooks/${id}/${token}` }),
    ...(source !== null && {
      source_guild: {
        id: source.guildId,
        name: world.guilds.get(source.guildId)?.name,
        icon: null,
      },
      source_channel: {
        id: source.channelId,
        name: world.channels.get(source.channelId)?.name,
      },
    }),
  };
}
