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

export interface SentMessage {
  readonly id: string;
  /** False when Discord answered with a message that an earlier send with this nonce posted. */
  readonly showsBody: boolean;
}

export interface DiscordChannel {
  send(body: MessageBody, options: SendOptions): Promise<SentMessage>;
  edit(messageId: string, body: MessageBody): Promise<void>;
  remove(messageId: string): Promise<void>;
  /** The newest messages of the channel, at most 100, oldest first. */
  newest(): Promise<readonly PostedMessage[]>;
}

const PAGE = 100; // Discord's largest

/** Aborting the signal ends what waits for a rate limit or an answer. */
export function discordChannel(rest: REST, channelId: string, signal: AbortSignal): DiscordChannel {
  const list = Routes.channelMessages(channelId);
  return {
    async send({ files = [], ...body }, { nonce, replyToMessageId }) {
      const reply = { message_id: replyToMessageId, fail_if_not_exists: false };
      const message = (await rest.post(list, {
        signal,
        files: [...files],
        body: {
          ...body,
          nonce,
          enforce_nonce: true,
          ...(replyToMessageId !== null && { message_reference: reply }),
        },
      })) as RESTPostAPIChannelMessageResult;
      return { id: message.id, showsBody: textOf(message) === textOf(body) };
    },
    async edit(messageId, { files = [], ...body }) {
      await rest.patch(Routes.channelMessage(channelId, messageId), {
        signal,
        files: [...files],
        // What is listed is what stays: the files sent along, in place of those that stood there.
        body: { ...body, attachments: files.map(({ name }, id) => ({ id, filename: name })) },
      });
    },
    async remove(messageId) {
      await rest.delete(Routes.channelMessage(channelId, messageId), { signal });
    },
    async newest() {
      const query = new URLSearchParams({ limit: String(PAGE) });
      const page = (await rest.get(list, { query, signal })) as RESTGetAPIChannelMessagesResult;
      return page.reverse().map(({ id, author, embeds }) => ({
        id,
        authorId: author.id,
        card: embeds.at(-1)?.author?.name ?? null,
      }));
    },
  };
}

interface Texts {
  readonly content: string;
  readonly embeds: readonly {
    title?: string;
    description?: string;
    author?: { name: string };
    fields?: readonly { name: string; value: string }[];
  }[];
}

/** All a reader reads, without the space that Discord trims. */
function textOf({ content, embeds }: Texts): string {
  const cards = embeds.flatMap(({ title, description, author, fields = [] }) => [
    title,
    description,
    author?.name,
    ...fields.flatMap(({ name, value }) => [name, value]),
  ]);
  return JSON.stringify([content, ...cards].map((text) => text?.trim() ?? ""));
}
