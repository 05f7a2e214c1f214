/**
 * The few Discord calls mirroring needs, on discord.js' REST client (which keeps
 * Discord's rate limits). Nothing here decides.
 */
import {
  type REST,
  type RESTGetAPIChannelMessagesResult,
  type RESTPostAPIChannelMessageResult,
  Routes,
} from "discord.js";
import type { MessageBody, PostedMessage } from "./mirror-parts.ts";

export interface SendOptions {
  /** At most 25 characters. Within minutes Discord answers a repeat with the first message. */
  readonly nonce: string;
  readonly replyToMessageId: string | null;
}

export interface DiscordChannel {
  /** Returns the message's id. */
  send(channelId: string, body: MessageBody, options: SendOptions): Promise<string>;
  edit(channelId: string, messageId: string, body: MessageBody): Promise<void>;
  remove(channelId: string, messageId: string): Promise<void>;
  /** The newest messages of a channel, at most 100, oldest first. */
  newest(channelId: string): Promise<readonly PostedMessage[]>;
}

const PAGE = 100; // Discord's largest

export function discordChannel(rest: REST): DiscordChannel {
  return {
    async send(channelId, body, { nonce, replyToMessageId }) {
      const reply = { message_id: replyToMessageId, fail_if_not_exists: false };
      const message = (await rest.post(Routes.channelMessages(channelId), {
        body: {
          ...body,
          nonce,
          enforce_nonce: true,
          ...(replyToMessageId !== null && { message_reference: reply }),
        },
      })) as RESTPostAPIChannelMessageResult;
      return message.id;
    },
    async edit(channelId, messageId, body) {
      await rest.patch(Routes.channelMessage(channelId, messageId), { body });
    },
    async remove(channelId, messageId) {
      await rest.delete(Routes.channelMessage(channelId, messageId));
    },
    async newest(channelId) {
      const query = new URLSearchParams({ limit: String(PAGE) });
      const route = Routes.channelMessages(channelId);
      const page = (await rest.get(route, { query })) as RESTGetAPIChannelMessagesResult;
      return page.reverse().map(({ id, author, content, embeds }) => ({
        id,
        authorId: author.id,
        content,
        embedAuthors: embeds.flatMap((embed) => embed.author?.name ?? []),
      }));
    },
  };
}
