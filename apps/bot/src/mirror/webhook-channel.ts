/**
 * A channel in which a webhook of the bot's posts under the analyst's name and
 * picture. Webhooks have no nonce: a post that may have gone through is looked for
 * by its card before it is sent again, and nothing repeats a request by itself.
 */
import { type APIMessage, DiscordAPIError, Routes } from "discord.js";
import {
  type DiscordCalls,
  type DiscordChannel,
  readMessages,
  textOf,
  toEdit,
  toPost,
  toPosted,
} from "./discord-channel.ts";
import { isUnknownMessage } from "./discord-error.ts";
import { revived } from "./thread-life.ts";
import type { Webhook, WebhookBook } from "./webhook-book.ts";

/** The name and the picture of a message; the picture may be missing. */
export interface Face {
  readonly username: string;
  readonly avatarUrl: string | null;
}

export interface WebhookTarget {
  /** The channel the webhook belongs to. */
  readonly channelId: string;
  /** The thread of it to post in, or null. */
  readonly threadId: string | null;
  readonly face: Face;
}

const UNKNOWN_WEBHOOK = 10_015;
const INVALID_WEBHOOK_TOKEN = 50_027;

export function webhookChannel(
  calls: DiscordCalls & { readonly webhooks: WebhookBook },
  { channelId, threadId, face }: WebhookTarget,
  signal: AbortSignal,
): DiscordChannel {
  const { rest, once, webhooks, botUserId, onRemoving } = calls;
  const placeId = threadId ?? channelId;
  const query = new URLSearchParams(threadId === null ? {} : { thread_id: threadId });

  /** With the channel's webhook, and once more with a new one if somebody has removed it. */
  const withWebhook = async <T>(act: (webhook: Webhook) => Promise<T>): Promise<T> => {
    const webhook = await webhooks.of(channelId, signal);
    try {
      return await revived(rest, placeId, signal, () => act(webhook));
    } catch (error) {
      if (!isWebhookGone(error)) throw error;
      webhooks.forget(channelId);
      return await act(await webhooks.of(channelId, signal));
    }
  };
  /** What another webhook posted, one that is gone, can only be removed. */
  const removeAsBot = async (messageId: string) => {
    onRemoving(messageId);
    await rest.delete(Routes.channelMessage(placeId, messageId), { signal });
  };

  return {
    threadId: null,
    async send(body) {
      const waited = new URLSearchParams([...query, ["wait", "true"]]);
      const { username, avatarUrl } = face;
      const { body: shown, files } = toPost(body);
      const message = (await withWebhook(({ id, token }) =>
        once.post(Routes.webhook(id, token), {
          signal,
          auth: false,
          query: waited,
          files,
          body: { ...shown, username, ...(avatarUrl !== null && { avatar_url: avatarUrl }) },
        }),
      )) as APIMessage;
      return { id: message.id, showsBody: textOf(message) === textOf(body) };
    },
    async edit(messageId, body) {
      try {
        await withWebhook(({ id, token }) =>
          rest.patch(Routes.webhookMessage(id, token, messageId), {
            ...toEdit(body),
            query,
            signal,
            auth: false,
          }),
        );
      } catch (error) {
        if (isUnknownMessage(error)) await removeAsBot(messageId); // or it says so itself
        throw error;
      }
    },
    async remove(messageId) {
      try {
        onRemoving(messageId);
        await withWebhook(({ id, token }) =>
          rest.delete(Routes.webhookMessage(id, token, messageId), { query, signal, auth: false }),
        );
      } catch (error) {
        if (!isUnknownMessage(error)) throw error;
        await removeAsBot(messageId);
      }
    },
    async newest(sinceMs) {
      const messages = await readMessages(rest, placeId, { sinceMs, signal });
      const isOwn = ({ webhook_id, application_id }: APIMessage) =>
        webhook_id !== undefined && application_id === botUserId;
      return messages.filter(isOwn).map(toPosted);
    },
  };
}

/** The webhook does not exist any more, or its token was changed: never asked again. */
function isWebhookGone(error: unknown): boolean {
  if (!(error instanceof DiscordAPIError)) return false;
  return error.code === UNKNOWN_WEBHOOK || error.code === INVALID_WEBHOOK_TOKEN;
}
