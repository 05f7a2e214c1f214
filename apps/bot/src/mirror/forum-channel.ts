/**
 * A forum in which each signal opens a post of its own, and what answers it goes
 * into that post. A forum post is a thread whose first message has the thread's id.
 *
 * Opening one knows no nonce: one that may have been opened is looked for by the
 * mark at the end of its name.
 */
import { type APIThreadChannel, type RESTGetAPIGuildThreadsResult, Routes } from "discord.js";
import type { DiscordCalls, DiscordChannel } from "./discord-channel.ts";
import { isUnknownChannel } from "./discord-error.ts";
import type { MessageBody } from "./mirror-parts.ts";

export interface ForumTarget {
  readonly guildId: string;
  readonly channelId: string;
  /** The post that is known to hold the mirror, or is to hold it; null to open one. */
  readonly threadId: string | null;
  /** Of the post to open; ends with the mark. */
  readonly name: string;
  readonly mark: string;
}

export interface ForumDoors {
  readonly calls: DiscordCalls;
  /** Writes into a post that is there. */
  readonly inThread: (threadId: string) => DiscordChannel;
  /** Opens a post; answers the id of it and of its first message. */
  readonly open: (name: string, body: MessageBody) => Promise<string>;
  readonly signal: AbortSignal;
}

export function forumChannel(target: ForumTarget, doors: ForumDoors): DiscordChannel {
  const { rest, onRemoving } = doors.calls;
  let { threadId } = target;
  /** In the post, as long as there is one; nothing stands in one that is gone. */
  const inside = async <T>(act: (thread: DiscordChannel) => Promise<T>, otherwise: () => T) => {
    if (threadId === null) return otherwise();
    try {
      return await act(doors.inThread(threadId));
    } catch (error) {
      if (!isUnknownChannel(error)) throw error;
      threadId = null;
      return otherwise();
    }
  };
  const open = async (body: MessageBody) => {
    threadId = await doors.open(target.name, body);
    return { id: threadId, showsBody: true };
  };
  return {
    get threadId() {
      return threadId;
    },
    async send(body, options) {
      const sent = await inside(
        (thread) => thread.send(body, options),
        () => null,
      );
      return sent ?? (await open(body));
    },
    async edit(messageId, body) {
      await inside(
        (thread) => thread.edit(messageId, body),
        () => {
          throw new GoneWithThread();
        },
      );
    },
    async remove(messageId) {
      if (messageId !== threadId) {
        return await inside(
          (thread) => thread.remove(messageId),
          () => undefined,
        );
      }
      onRemoving(messageId); // the first message, and with it the name that tells what it said
      await inside(
        async () => void (await rest.delete(Routes.channel(messageId), { signal: doors.signal })),
        () => undefined,
      );
    },
    async newest(sinceMs) {
      const before = threadId;
      threadId ??= await findPost(target, doors);
      const found = await inside(
        (thread) => thread.newest(sinceMs),
        () => [],
      );
      if (found.length === 0 && before === null) threadId = null; // somebody else's, named alike
      return found;
    },
  };
}

/** The post that held the message is gone, and the message with it. */
export class GoneWithThread extends Error {
  override readonly name = "GoneWithThread";
}

async function findPost(
  { guildId, channelId, mark }: ForumTarget,
  { calls, signal }: ForumDoors,
): Promise<string | null> {
  const path = Routes.guildActiveThreads(guildId);
  const { threads } = (await calls.rest.get(path, { signal })) as RESTGetAPIGuildThreadsResult;
  const isOpened = (thread: APIThreadChannel) =>
    thread.parent_id === channelId && (thread.name ?? "").endsWith(mark);
  return (threads as APIThreadChannel[]).find(isOpened)?.id ?? null;
}
