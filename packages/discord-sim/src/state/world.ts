/**
 * All guilds, channels, people, bots and messages of one simulator.
 *
 * Owns the records and the ids; decides nothing about requests. Whoever changes
 * a record here also emits the event (message-writes.ts, guild-writes.ts).
 */
import type { Clock } from "../clock.ts";
import { ChannelLog } from "./channel-log.ts";
import { Events } from "./events.ts";
import type {
  BotRecord,
  ChannelRecord,
  GuildRecord,
  MemberRecord,
  MessageRecord,
  RoleRecord,
  UserRecord,
} from "./records.ts";
import { SnowflakeSource } from "./snowflakes.ts";

export class World {
  readonly clock: Clock;
  readonly snowflakes: SnowflakeSource;
  readonly events = new Events();
  readonly guilds = new Map<string, GuildRecord>();
  readonly channels = new Map<string, ChannelRecord>();
  readonly users = new Map<string, UserRecord>();
  /** By token. */
  readonly bots = new Map<string, BotRecord>();
  /** Bytes of uploads by attachment id. */
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
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
    return this.guilds.get(guildId)?.members.find((member) => member.userId === userId);
  }

  findRole(guildId: string, roleId: string): RoleRecord | undefined {
    return this.guilds.get(guildId)?.roles.find((role) => role.id === roleId);
  }

  /** In the order a client would list them. */
  channelsOf(guildId: string): ChannelRecord[] {
    return [...this.channels.values()]
      .filter((channel) => channel.guildId === guildId)
      .sort((a, b) => a.position - b.position);
  }

  guildsOf(userId: string): GuildRecord[] {
    return [...this.guilds.values()].filter((guild) =>
      guild.members.some((member) => member.userId === userId),
    );
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
