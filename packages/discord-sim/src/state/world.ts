/**
 * All guilds, channels, people, bots and messages of one simulator.
 *
 * Owns the records and the ids; decides nothing about requests. Whoever changes
 * a record here also emits the event (the *-writes files).
 */
import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";
import { ChannelLog } from "./channel-log.ts";
import { Events } from "./events.ts";
import { channelPermissions } from "./permissions.ts";
import type {
  ApplicationRecord,
  BotRecord,
  ChannelRecord,
  GrantRecord,
  GuildRecord,
  MemberRecord,
  MessageRecord,
  PingRecord,
  RoleRecord,
  UserRecord,
  WebhookRecord,
} from "./records.ts";
import { SnowflakeSource } from "./snowflakes.ts";

export class World {
  readonly clock: Clock;
  readonly snowflakes: SnowflakeSource;
  readonly events = new Events();
  readonly guilds = new Map<string, GuildRecord>();
  /** Threads are channels, too. */
  readonly channels = new Map<string, ChannelRecord>();
  readonly users = new Map<string, UserRecord>();
  /** By token. */
  readonly bots = new Map<string, BotRecord>();
  /** By client id. */
  readonly applications = new Map<string, ApplicationRecord>();
  readonly webhooks = new Map<string, WebhookRecord>();
  /** By access token. */
  readonly grants = new Map<string, GrantRecord>();
  /** Bytes of uploads by attachment id. */
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Who was pinged, oldest first. */
  readonly pings: PingRecord[] = [];
  /** Signs attachment links. */
  linkSecret = randomBytes(32).toString("hex");
  readonly #indexes = new WeakMap<readonly MemberRecord[], ReadonlyMap<string, MemberRecord>>();
  readonly #logs = new Map<string, ChannelLog>();

  constructor(clock: Clock) {
    this.clock = clock;
    this.snowflakes = new SnowflakeSource(clock);
  }

  log(channelId: string): ChannelLog {
    const known = this.#logs.get(channelId);
    if (known !== undefined) return known;
    const fresh = new ChannelLog();
    this.#logs.set(channelId, fresh);
    return fresh;
  }

  findMessage(channelId: string, messageId: string): MessageRecord | undefined {
    return this.#logs.get(channelId)?.find(messageId);
  }

  findUserByName(username: string): UserRecord | undefined {
    return [...this.users.values()].find((user) => user.username === username);
  }

  findMember(guildId: string, userId: string): MemberRecord | undefined {
    const members = this.guilds.get(guildId)?.members;
    return members && this.#memberIndex(members).get(userId);
  }

  findRole(guildId: string, roleId: string): RoleRecord | undefined {
    return this.guilds.get(guildId)?.roles.find((role) => role.id === roleId);
  }

  /** In the order a client would list them; threads are not among them. */
  channelsOf(guildId: string): ChannelRecord[] {
    return [...this.channels.values()]
      .filter((channel) => channel.guildId === guildId && channel.thread === null)
      .sort((a, b) => a.position - b.position);
  }

  threadsOf(parentId: string): ChannelRecord[] {
    return [...this.channels.values()].filter(
      (channel) => channel.thread !== null && channel.parentId === parentId,
    );
  }

  /** Not archived, in the whole guild, newest first. */
  activeThreadsOf(guildId: string): ChannelRecord[] {
    return [...this.channels.values()]
      .filter(({ guildId: of, thread }) => of === guildId && thread?.archived === false)
      .reverse();
  }

  webhooksOf(channelId: string): WebhookRecord[] {
    return [...this.webhooks.values()].filter((webhook) => webhook.channelId === channelId);
  }

  guildsOf(userId: string): GuildRecord[] {
    return [...this.guilds.values()].filter((guild) =>
      guild.members.some((member) => member.userId === userId),
    );
  }

  /** Bits the user has there; none for who is no member. A thread asks its channel. */
  permissionsIn(channel: ChannelRecord, userId: string): bigint {
    const guild = this.guilds.get(channel.guildId);
    const member = this.findMember(channel.guildId, userId);
    if (guild === undefined || member === undefined) return 0n;
    const holder = channel.thread === null ? channel : this.channels.get(channel.parentId ?? "");
    return channelPermissions(guild, member, holder ?? channel);
  }

  /** Everything in it goes, too. Emits nothing. */
  dropChannel(channelId: string): void {
    for (const { attachments } of this.log(channelId).all())
      for (const { id } of attachments) this.files.delete(id);
    for (const { id } of this.webhooksOf(channelId)) this.webhooks.delete(id);
    this.#logs.delete(channelId);
    this.channels.delete(channelId);
  }

  /** Made anew when members came or went: then the list has another length, or is another. */
  #memberIndex(members: readonly MemberRecord[]): ReadonlyMap<string, MemberRecord> {
    const known = this.#indexes.get(members);
    if (known?.size === members.length) return known;
    const fresh = new Map(members.map((member) => [member.userId, member]));
    this.#indexes.set(members, fresh);
    return fresh;
  }

  /** For records known to exist: a message's author, a bot's user. */
  getUser(userId: string): UserRecord {
    const user = this.users.get(userId);
    if (user === undefined) throw new Error(`no user ${userId}, though a record names it`);
    return user;
  }

  getChannel(channelId: string): ChannelRecord {
    const channel = this.channels.get(channelId);
    if (channel === undefined) throw new Error(`no channel ${channelId}, though a record names it`);
    return channel;
  }
}
