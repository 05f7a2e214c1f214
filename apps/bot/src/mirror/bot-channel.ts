/** A channel or thread in which the bot itself posts. */
import { type RESTPostAPIChannelMessageResult, Routes } from "discord.js";
import {
  type DiscordCalls,
  type DiscordChannel,
  readMessages,
  textOf,
  toEdit,
  toPost,
  toPosted,
} from "./discord-channel.ts";
import { revived } from "./thread-life.ts";

/** Aborting the signal ends what waits for a rate limit or an answer. */
export function botChannel(
  calls: DiscordCalls,
  channelId: string,
  signal: AbortSignal,
): DiscordChannel {
  const { rest, botUserId, onRemoving } = calls;
  const alive = <T>(act: () => Promise<T>) => revived(rest, channelId, signal, act);
  return {
    threadId: null,
    async send(body, { nonce, replyToMessageId }) {
      const reply = { message_id: replyToMessageId, fail_if_not_exists: false };
      const { body: shown, files } = toPost(body);
      const message = (await alive(() =>
        rest.post(Routes.channelMessages(channelId), {
          signal,
          files,
          body: {
            ...shown,
            nonce,
            enforce_nonce: true,
            ...(replyToMessageId !== null && { message_reference: reply }),
          },
        }),
      )) as RESTPostAPIChannelMessageResult;
      return { id: message.id, showsBody: textOf(message) === textOf(body) };
    },
    async edit(messageId, body) {
      const path = Routes.channelMessage(channelId, messageId);
      await alive(() => rest.patch(path, { ...toEdit(body), signal }));
    },
    async remove(messageId) {
      onRemoving(messageId);
      const path = Routes.channelMessage(channelId, messageId);
      await alive(() => rest.delete(path, { signal }));
    },
    async newest(sinceMs) {
      const messages = await readMessages(rest, channelId, { sinceMs, signal });
      const isOwn = (message: (typeof messages)[number]) =>
        message.author.id === botUserId && message.webhook_id === undefined;
      return messages.filter(isOwn).map(toPosted);
    },
  };
}
