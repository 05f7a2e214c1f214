/**
 * The few Discord calls mirroring needs, on discord.js' REST client (which keeps
 * Discord's rate limits). Payloads are made by the domain; nothing here decides.
 */

import type { MirrorPayload } from "@heliograph/domain";
import {
  type REST,
  type RESTGetAPIChannelMessagesResult,
  type RESTPostAPIChannelMessageResult,
  Routes,
} from "discord.js";

export interface PostedMessage {
  readonly id: string;
  readonly authorId: string;
  /** Footer of each embed: carries the reference by which a mirror is recognised. */
  readonly footers: readonly string[];
}

export interface DiscordChannel {
  send(channelId: string, payload: MirrorPayload, options: SendOptions): Promise<string>;
  edit(channelId: string, messageId: string, payload: MirrorPayload): Promise<void>;
  remove(channelId: string, messageId: string): Promise<void>;
  /** The newest messages of a channel, at most 100, oldest first. */
  newest(channelId: string): Promise<readonly PostedMessage[]>;
}

export interface SendOptions {
  readonly nonce: string;
  readonly replyToMessageId: string | null;
}

const LOOK_BACK = 100; // Discord's page size: a channel that got more posts since is looked at no further

export function discordChannel(rest: REST): DiscordChannel {
  return {
    async send(channelId, payload, { nonce, replyToMessageId }) {
      const body = {
        ...payload,
        nonce,
        enforce_nonce: true,
        ...(replyToMessageId !== null && {
          message_reference: { message_id: replyToMessageId, fail_if_not_exists: false },
        }),
      };
      const message = (await rest.post(Routes.channelMessages(channelId), {
        body,
      })) as RESTPostAPIChannelMessageResult;
      return message.id;
    },
    async edit(channelId, messageId, payload) {
      await rest.patch(Routes.channelMessage(channelId, messageId), { body: payload });
    },
    async remove(channelId, messageId) {
      await rest.delete(Routes.channelMessage(channelId, messageId));
    },
    async newest(channelId) {
      const query = new URLSearchParams({ limit: String(LOOK_BACK) });
      const page = (await rest.get(Routes.channelMessages(channelId), {
        query,
      })) as RESTGetAPIChannelMessagesResult;
      return page.reverse().map((message) => ({
        id: message.id,
        authorId: message.author.id,
        footers: message.embeds.flatMap((embed) => embed.footer?.text ?? []),
      }));
    },
  };
}
