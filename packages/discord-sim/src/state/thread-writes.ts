/**
 * Threads: opening, changing, joining, archiving by themselves. Each changes
 * the world and emits its event.
 *
 * [DTHR4] A thread without messages for its time is archived; a message wakes it unless it is locked.
 */
import { ChannelType } from "discord-api-types/v10";
import { newChannel } from "./new-records.ts";
import type { ChannelRecord, MessageRecord, ThreadRecord } from "./records.ts";
import { snowflakeTimeMs } from "./snowflakes.ts";
import type { World } from "./world.ts";

export type NewThread = {
  /** The id of the message it starts from; a new one unless given. */
  id?: string;
  parent: ChannelRecord;
  type: number;
  name: string;
  ownerId: string;
  autoArchiveMinutes?: number | undefined;
  slowmodeSeconds?: number | undefined;
  invitable?: boolean | undefined;
  appliedTagIds?: string[] | undefined;
};

export type ThreadChange = Partial<
  Pick<ChannelRecord, "name" | "slowmodeSeconds"> &
    Pick<ThreadRecord, "archived" | "locked" | "autoArchiveMinutes" | "invitable" | "appliedTagIds">
>;

const DEFAULT_ARCHIVE_MINUTES = 1_440;
const MINUTE_MS = 60_000;

export class ThreadWrites {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
    world.events.listen((event) => {
      if (event.type === "messageCreated") this.#noteActivity(event.message);
    });
    for (const channel of world.channels.values()) this.#archiveInTime(channel);
  }

  open(wish: NewThread): ChannelRecord {
    const { parent, ownerId, name, type, slowmodeSeconds = 0 } = wish;
    const nowMs = this.#world.clock.nowMs();
    const isPerson = this.#world.users.has(ownerId);
    const thread: ThreadRecord = {
      ownerId,
      archived: false,
      locked: false,
      archivedAtMs: nowMs,
      autoArchiveMinutes: wish.autoArchiveMinutes ?? DEFAULT_ARCHIVE_MINUTES,
      invitable: wish.invitable ?? true,
      appliedTagIds: wish.appliedTagIds ?? [],
      members: isPerson ? [{ userId: ownerId, joinedAtMs: nowMs }] : [],
      totalSent: 0,
      createdAtMs: nowMs,
    };
    const channel = newChannel({
      id: wish.id ?? this.#world.snowflakes.next(),
      guildId: parent.guildId,
      parentId: parent.id,
      name,
      type,
      slowmodeSeconds,
      thread,
    });
    this.#world.channels.set(channel.id, channel);
    this.#world.events.emit({ type: "threadAdded", channel });
    this.#archiveInTime(channel);
    return channel;
  }

  change(channel: ChannelRecord, { name, slowmodeSeconds, ...change }: ThreadChange): void {
    const { thread } = channel;
    if (thread === null) return;
    if (name !== undefined) channel.name = name;
    if (slowmodeSeconds !== undefined) channel.slowmodeSeconds = slowmodeSeconds;
    const turns = change.archived !== undefined && change.archived !== thread.archived;
    Object.assign(thread, change);
    if (turns) thread.archivedAtMs = this.#world.clock.nowMs();
    this.#world.events.emit({ type: "threadUpdated", channel });
    if (!thread.archived) this.#archiveInTime(channel);
  }

  join(channel: ChannelRecord, userId: string): void {
    const { thread } = channel;
    if (thread === null || thread.members.some((member) => member.userId === userId)) return;
    thread.members.push({ userId, joinedAtMs: this.#world.clock.nowMs() });
    const event = { type: "threadMembersChanged" as const, channel };
    this.#world.events.emit({ ...event, addedIds: [userId], removedIds: [] });
  }

  leave(channel: ChannelRecord, userId: string): void {
    const { thread } = channel;
    if (thread === null || !thread.members.some((member) => member.userId === userId)) return;
    thread.members = thread.members.filter((member) => member.userId !== userId);
    const event = { type: "threadMembersChanged" as const, channel };
    this.#world.events.emit({ ...event, addedIds: [], removedIds: [userId] });
  }

  remove(channel: ChannelRecord): void {
    this.#world.dropChannel(channel.id);
    this.#world.events.emit({ type: "threadRemoved", channel });
  }

  /** Who writes joins; an archived thread wakes. */
  #noteActivity({ channelId, authorId, webhook }: MessageRecord): void {
    const channel = this.#world.channels.get(channelId);
    if (channel === undefined || channel.thread === null) return;
    if (channel.thread.archived) this.change(channel, { archived: false });
    if (webhook === null) this.join(channel, authorId);
  }

  /** Looks again when the thread would be old enough if nobody wrote until then. */
  #archiveInTime(channel: ChannelRecord): void {
    const { thread } = channel;
    if (thread === null || thread.archived) return;
    const { clock } = this.#world;
    const limitMs = thread.autoArchiveMinutes * MINUTE_MS;
    const leftMs = limitMs - (clock.nowMs() - this.#lastActivityMs(channel, thread));
    clock.after(Math.max(leftMs, 1), () => {
      if (!this.#world.channels.has(channel.id) || thread.archived) return;
      const idleMs = clock.nowMs() - this.#lastActivityMs(channel, thread);
      if (idleMs >= limitMs) this.change(channel, { archived: true });
      else this.#archiveInTime(channel);
    });
  }

  #lastActivityMs(channel: ChannelRecord, thread: ThreadRecord): number {
    const lastId = this.#world.log(channel.id).lastId();
    const writtenAtMs = lastId === null ? 0 : snowflakeTimeMs(lastId);
    return Math.max(writtenAtMs, thread.archivedAtMs);
  }
}

/** The kind of thread that a channel's messages start. */
export function publicThreadType(parent: ChannelRecord): number {
  return parent.type === ChannelType.GuildAnnouncement
    ? ChannelType.AnnouncementThread
    : ChannelType.PublicThread;
}
