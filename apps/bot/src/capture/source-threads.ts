/** The threads of a source in which something may have been missed. */
import { type APIChannel, ChannelType, type REST, Routes, SnowflakeUtil } from "discord.js";
import type { WatchedSource } from "../backend.ts";

export interface SourceThread {
  readonly id: string;
  readonly name: string;
}

interface ListedThread {
  readonly id: string;
  readonly name?: string;
  readonly parent_id?: string | null;
  readonly last_message_id?: string | null;
}

const ALIVE_MS = 7 * 24 * 60 * 60_000; // Discord archives a thread after that long at the latest
const MOST = 50; // each costs a request at least, of 50 a second that mirroring needs, too
const ONLY_THREADS: readonly ChannelType[] = [ChannelType.GuildForum, ChannelType.GuildMedia];
const THREADED: readonly ChannelType[] = [
  ...ONLY_THREADS,
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
];

/**
 * The threads with posts of the last days, those with the newest first. `holdsPosts`: whether posts
 * stand in the channel itself, too. Throws what Discord refuses.
 */
export async function listRecentThreads(
  { channelId }: WatchedSource,
  { rest, nowMs }: { rest: Pick<REST, "get">; nowMs: () => number },
): Promise<{ threads: SourceThread[]; holdsPosts: boolean }> {
  const channel = (await rest.get(Routes.channel(channelId))) as APIChannel;
  const holdsPosts = !ONLY_THREADS.includes(channel.type);
  const isThreaded = THREADED.includes(channel.type);
  if (!isThreaded || !("guild_id" in channel) || channel.guild_id === undefined) {
    return { threads: [], holdsPosts };
  }
  const active = await list(Routes.guildActiveThreads(channel.guild_id), rest);
  const archived = await list(Routes.channelThreads(channelId, "public"), rest, "100");
  const threads = [...active.filter(({ parent_id: parent }) => parent === channelId), ...archived]
    .filter((thread) => lastPostMs(thread) > nowMs() - ALIVE_MS)
    .sort((a, b) => lastPostMs(b) - lastPostMs(a))
    .slice(0, MOST)
    .map(({ id, name = "" }) => ({ id, name }));
  return { threads, holdsPosts };
}

async function list(
  route: `/${string}`,
  rest: Pick<REST, "get">,
  limit?: string,
): Promise<ListedThread[]> {
  const query = new URLSearchParams(limit === undefined ? {} : { limit });
  const { threads } = (await rest.get(route, { query })) as { threads: ListedThread[] };
  return threads;
}

function lastPostMs({ id, last_message_id: last }: ListedThread): number {
  return SnowflakeUtil.timestampFrom(last ?? id);
}
