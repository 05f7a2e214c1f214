/** Opens the target of a mirror, whatever kind it is: channel, thread or forum, as the bot or under the analyst's name. */
import { markOf, webhookName } from "@heliograph/domain";
import { type APIMessage, type APIThreadChannel, Routes } from "discord.js";
import type { MirrorWork } from "../backend.ts";
import { botChannel } from "./bot-channel.ts";
import { type DiscordCalls, type DiscordChannel, toPost } from "./discord-channel.ts";
import { type ForumDoors, forumChannel } from "./forum-channel.ts";
import type { WebhookBook } from "./webhook-book.ts";
import { type Face, webhookChannel } from "./webhook-channel.ts";

export type TargetCalls = DiscordCalls & { readonly webhooks: WebhookBook };

const THREAD_NAME_LENGTH = 100; // what Discord allows

export function openTarget(
  calls: TargetCalls,
  work: MirrorWork,
  signal: AbortSignal,
): DiscordChannel {
  const { place, target } = work;
  switch (place.kind) {
    case "channel":
      return inChannel(calls, work, { channelId: target.channelId, threadId: null }, signal);
    case "thread": {
      const within = { channelId: place.parentChannelId, threadId: target.channelId };
      return inChannel(calls, work, within, signal);
    }
    case "forum":
      return inForum(calls, work, signal);
    default:
      return place satisfies never;
  }
}

interface Within {
  readonly channelId: string;
  readonly threadId: string | null;
}

function inChannel(
  calls: TargetCalls,
  work: MirrorWork,
  { channelId, threadId }: Within,
  signal: AbortSignal,
): DiscordChannel {
  if (work.mode === "bot") return botChannel(calls, threadId ?? channelId, signal);
  return webhookChannel(calls, { channelId, threadId, face: faceOf(work) }, signal);
}

function inForum(calls: TargetCalls, work: MirrorWork, signal: AbortSignal): DiscordChannel {
  const { guildId, channelId } = work.target;
  const mark = markOf(work);
  const target = {
    guildId,
    channelId,
    threadId: work.applied?.threadId ?? work.replyTo?.threadId ?? null,
    name: threadName(work, mark),
    mark,
  };
  const open: ForumDoors["open"] = async (name, body) => {
    if (work.mode === "bot") {
      const path = Routes.threads(channelId);
      const { body: message, files } = toPost(body);
      const request = { signal, files, body: { name, message } };
      return ((await calls.once.post(path, request)) as APIThreadChannel).id;
    }
    const { id, token } = await calls.webhooks.of(channelId, signal);
    const { username, avatarUrl } = faceOf(work);
    const { body: shown, files } = toPost(body);
    const message = (await calls.once.post(Routes.webhook(id, token), {
      signal,
      auth: false,
      query: new URLSearchParams({ wait: "true" }),
      files,
      body: {
        ...shown,
        username,
        ...(avatarUrl !== null && { avatar_url: avatarUrl }),
        thread_name: name,
      },
    })) as APIMessage;
    return message.channel_id;
  };
  const inThread = (threadId: string) => inChannel(calls, work, { channelId, threadId }, signal);
  return forumChannel(target, { calls, inThread, open, signal });
}

function faceOf({ message, mode }: MirrorWork): Face {
  if (message === null || mode === "bot") return { username: "Heliograph", avatarUrl: null };
  return { username: webhookName(message), avatarUrl: message.authorAvatarUrl };
}

/** The first line of the post, and the mark. */
function threadName({ message }: MirrorWork, mark: string): string {
  const [line = ""] = (message?.content ?? "").trim().split("\n");
  const plain = line.replace(/[*_~`|>#]|<[^>]*>/g, "").trim();
  const ending = ` · ${mark}`;
  return plain === "" ? mark : `${plain.slice(0, THREAD_NAME_LENGTH - ending.length)}${ending}`;
}
