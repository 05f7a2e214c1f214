/**
 * Keeps the backend's picture of this bot's servers fresh: whatever changes a
 * server's name, channels, roles or the bot's own roles sends that server again,
 * whole, and only if the report is another one than the last.
 *
 * A burst of changes is one report; a report that failed is sent again.
 */
import { type Channel, type Client, Events, type Guild } from "discord.js";
import type { PresenceBackend } from "../backend.ts";
import type { Clock } from "../clock.ts";
import { guildReport } from "./guild-report.ts";

const SETTLES_MS = 200; // what one deed in Discord's settings sends comes within this
const AGAIN_MS = 10_000;

export interface CatalogueDoors {
  readonly backend: Pick<PresenceBackend, "reportGuild" | "leftGuild" | "reportGuilds">;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

export class Catalogue {
  readonly #doors: CatalogueDoors;
  readonly #sent = new Map<string, string>(); // by server: the last report, as text
  readonly #waiting = new Map<string, () => void>(); // by server: how to call the next report off
  #stopped = false;

  constructor(doors: CatalogueDoors) {
    this.#doors = doors;
  }

  /** Listens to the client from its first event on. */
  attach(client: Client): void {
    // After a new session, too: what changed meanwhile was never told as an event.
    client.on(Events.ShardReady, (shardId) => this.#shardReady(client, shardId));
    client.on(Events.GuildCreate, (guild) => this.#changed(guild));
    client.on(Events.GuildAvailable, (guild) => this.#changed(guild));
    client.on(Events.GuildUpdate, (_, guild) => this.#changed(guild));
    client.on(Events.GuildDelete, (guild) => this.#left(client, guild));
    client.on(Events.GuildRoleCreate, ({ guild }) => this.#changed(guild));
    client.on(Events.GuildRoleUpdate, (_, { guild }) => this.#changed(guild));
    client.on(Events.GuildRoleDelete, ({ guild }) => this.#changed(guild));
    client.on(Events.ChannelCreate, ({ guild }) => this.#changed(guild));
    client.on(Events.ChannelUpdate, (_, channel) => this.#channelChanged(channel));
    client.on(Events.ChannelDelete, (channel) => this.#channelChanged(channel));
    client.on(Events.GuildMemberUpdate, (_, { id, guild }) => {
      if (id === client.user?.id) this.#changed(guild);
    });
  }

  stop(): void {
    this.#stopped = true;
    for (const callOff of this.#waiting.values()) callOff();
    this.#waiting.clear();
  }

  #shardReady(client: Client, shardId: number): void {
    if (client.user === null) return;
    const guilds = client.guilds.cache.filter((guild) => guild.shardId === shardId);
    for (const guild of guilds.values()) this.#changed(guild);
    const list = {
      botUserId: client.user.id,
      guildIds: [...guilds.keys()],
      shardIds: [shardId],
      shardCount: client.options.shardCount ?? client.ws.shards.size,
    };
    this.#doors.backend.reportGuilds(list).catch(this.#doors.onError);
  }

  #channelChanged(channel: Channel): void {
    if (!channel.isDMBased()) this.#changed(channel.guild);
  }

  #changed(guild: Guild): void {
    if (!this.#waiting.has(guild.id)) this.#sendAfter(SETTLES_MS, guild);
  }

  #sendAfter(ms: number, guild: Guild): void {
    if (this.#stopped) return;
    const send = () => {
      this.#waiting.delete(guild.id);
      this.#send(guild).catch((error: unknown) => {
        this.#doors.onError(error);
        if (!this.#waiting.has(guild.id)) this.#sendAfter(AGAIN_MS, guild);
      });
    };
    this.#waiting.set(guild.id, this.#doors.clock.after(ms, send));
  }

  async #send(guild: Guild): Promise<void> {
    // Not `guild.available`: discord.js takes a server that does not say so for away.
    const report = guildReport(guild);
    const text = JSON.stringify(report);
    if (report === null || this.#sent.get(guild.id) === text) return;
    await this.#doors.backend.reportGuild(guild.client.user.id, report);
    this.#sent.set(guild.id, text);
  }

  #left(client: Client, guild: Guild): void {
    this.#waiting.get(guild.id)?.();
    this.#waiting.delete(guild.id);
    this.#sent.delete(guild.id);
    if (client.user === null) return;
    this.#doors.backend.leftGuild(client.user.id, guild.id).catch(this.#doors.onError);
  }
}
