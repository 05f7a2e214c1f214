/**
 * A stand-in for Discord on loopback: REST v10, gateway v10, a page to watch it.
 *
 *   const sim = await startDiscordSim({ seed });
 *   new Client({ rest: { api: sim.apiUrl }, intents }).login("token of a seeded bot");
 */
import type { APIMessage } from "discord-api-types/v10";
import type { Faults } from "./faults/faults.ts";
import type { PersonEdit, PersonPost } from "./people/person-actions.ts";
import type { LoggedRequest } from "./rest/request-log.ts";
import { type DiscordSimOptions, startServer } from "./server.ts";
import type {
  ChannelBarrier,
  ChannelRecord,
  GuildRecord,
  MessageRecord,
  UserRecord,
} from "./state/records.ts";
import { refuse } from "./wire/api-error.ts";
import { messageToWire } from "./wire/messages.ts";

export { type Clock, ManualClock, systemClock } from "./clock.ts";
export type { FaultCommand, Faults } from "./faults/faults.ts";
export type { Person, PersonEdit, PersonFile, PersonPost } from "./people/person-actions.ts";
export type { LoggedRequest } from "./rest/request-log.ts";
export type { DiscordSimOptions } from "./server.ts";
export type { ApplicationSeed, BotSeed, GuildSeed, Seed, UserSeed } from "./state/seed.ts";
export { ApiError } from "./wire/api-error.ts";

export type DiscordSim = {
  /** Where the page is: `http://127.0.0.1:4010`. */
  readonly url: string;
  readonly port: number;
  /** What a client takes for Discord's REST address: `http://127.0.0.1:4010/api`. */
  readonly apiUrl: string;

  /** A channel's messages, oldest first, with everything a person would see. */
  messages(channelId: string): APIMessage[];
  guilds(): readonly Readonly<GuildRecord>[];
  channels(): readonly Readonly<ChannelRecord>[];
  users(): readonly Readonly<UserRecord>[];
  /** Throws when there is none or more than one. */
  channelId(guildName: string, channelName: string): string;
  /** REST requests so far, oldest first. */
  requests(): readonly LoggedRequest[];
  /** How many gateway sessions have a live socket. */
  connectedSessions(): number;

  /** Acting as a person; the same refusals as over REST, thrown as ApiError. */
  post(post: PersonPost): APIMessage;
  edit(edit: PersonEdit): APIMessage;
  /** A late link preview: embeds change, edited_timestamp does not. */
  preview(change: { channelId: string; messageId: string; embeds: readonly object[] }): void;
  remove(target: { channelId: string; messageId: string }): void;
  bulkRemove(target: { channelId: string; messageIds: readonly string[] }): void;
  /** Keeps bots out of a channel ("access", 50001) or from writing ("permissions", 50013); null lets them. */
  setBarrier(channelId: string, barrier: ChannelBarrier): void;

  readonly faults: Faults;
  /** Ends every socket, frees the port and writes the state file. */
  close(): Promise<void>;
};

/** Resolves once the port answers; rejects when it is taken or the state file is broken. */
export async function startDiscordSim(options: DiscordSimOptions = {}): Promise<DiscordSim> {
  const server = await startServer(options);
  const { world, people } = server;
  const url = server.baseUrl();
  const show = (message: MessageRecord) =>
    messageToWire({ world, baseUrl: url, viewer: "person" }, message);
  return {
    url,
    port: server.port,
    apiUrl: `${url}/api`,
    messages: (channelId) => world.log(channelId).all().map(show),
    guilds: () => [...world.guilds.values()],
    channels: () => [...world.channels.values()],
    users: () => [...world.users.values()],
    channelId: (guildName, channelName) =>
      findChannelId(server.world.guilds.values(), world.channels.values(), guildName, channelName),
    requests: () => server.requests.all(),
    connectedSessions: () => server.gateway.connectedSessions().length,
    post: (post) => show(people.post(post)),
    edit: (edit) => show(people.edit(edit)),
    preview: (change) => people.preview(change),
    remove: (target) => people.remove(target),
    bulkRemove: (target) => people.bulkRemove(target),
    setBarrier(channelId, barrier) {
      const channel = world.channels.get(channelId);
      if (channel === undefined) throw refuse.unknownChannel();
      server.guilds.setBarrier(channel, barrier);
    },
    faults: server.faults,
    close: () => server.close(),
  };
}

function findChannelId(
  guilds: Iterable<GuildRecord>,
  channels: Iterable<ChannelRecord>,
  guildName: string,
  channelName: string,
): string {
  const guildIds = [...guilds].filter(({ name }) => name === guildName).map(({ id }) => id);
  const found = [...channels].filter(
    ({ name, guildId }) => name === channelName && guildIds.includes(guildId),
  );
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`${found.length} channels are called ${guildName}/${channelName}`);
  return found[0].id;
}
