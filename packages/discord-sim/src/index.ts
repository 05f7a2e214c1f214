/**
 * A stand-in for Discord on loopback: REST v10, gateway v10, a page to watch it.
 *
 *   const sim = await startDiscordSim({ seed });
 *   new Client({ rest: { api: sim.apiUrl }, intents }).login("token of a seeded bot");
 */
import type { APIMessage } from "discord-api-types/v10";
import { advanceClock } from "./clock.ts";
import type { Faults } from "./faults/faults.ts";
import { act } from "./people/act.ts";
import type { ActionResult, SimAction } from "./people/actions.ts";
import { authorize } from "./people/authorize.ts";
import {
  membersOf,
  pingsIn,
  type SeenMember,
  type SeenWebhook,
  webhooksIn,
} from "./people/inspection.ts";
import type { PersonEdit, PersonPost } from "./people/person-actions.ts";
import type { LoggedRequest } from "./rest/request-log.ts";
import { type DiscordSimOptions, startServer } from "./server.ts";
import type {
  ChannelBarrier,
  ChannelRecord,
  GuildRecord,
  MessageRecord,
  PingRecord,
  UserRecord,
} from "./state/records.ts";
import type { World } from "./state/world.ts";
import { refuse } from "./wire/api-error.ts";
import { messageToWire } from "./wire/messages.ts";

export { AdjustableClock, type Clock, ManualClock } from "./clock.ts";
export type { FaultCommand, Faults } from "./faults/faults.ts";
export type { ActionResult, SimAction } from "./people/actions.ts";
export type { SeenMember, SeenWebhook } from "./people/inspection.ts";
export type { Person, PersonEdit, PersonFile, PersonPost } from "./people/person-actions.ts";
export type { LoggedRequest } from "./rest/request-log.ts";
export type { DiscordSimOptions } from "./server.ts";
export type { PingRecord } from "./state/records.ts";
export type {
  ApplicationSeed,
  BotSeed,
  ChannelSeed,
  GuildSeed,
  RoleSeed,
  Seed,
  UserSeed,
} from "./state/seed.ts";
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
  guildId(guildName: string): string;
  roleId(guildName: string, roleName: string): string;
  userId(username: string): string;
  /** Who is in a guild, with which roles. */
  members(guildId: string): SeenMember[];
  /** Who was pinged, oldest first; in one channel when one is given. */
  pings(channelId?: string): readonly PingRecord[];
  webhooks(channelId?: string): SeenWebhook[];
  /** REST requests so far, oldest first. */
  requests(): readonly LoggedRequest[];
  clearRequests(): void;
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

  /** Everything else that people and server owners do. */
  act(action: SimAction): ActionResult;
  /** Agrees at a consent page's address as this person, and tells where the browser goes; an empty name refuses. */
  authorize(url: string, username: string): string;
  /** Puts the simulator's clock forward; timers that fall due run at once. */
  advance(ms: number): void;
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
    messageToWire({ world, baseUrl: url, viewer: "person" }, message) as APIMessage; // made field by field of plain values
  return {
    url,
    port: server.port,
    apiUrl: `${url}/api`,
    messages: (channelId) => world.log(channelId).all().map(show),
    guilds: () => [...world.guilds.values()],
    channels: () => [...world.channels.values()],
    users: () => [...world.users.values()],
    ...namesOf(world),
    members: (guildId) => membersOf(world, guildId),
    pings: (channelId) => pingsIn(world, channelId),
    webhooks: (channelId) => webhooksIn(world, channelId),
    requests: () => server.requests.all(),
    clearRequests: () => server.requests.clear(),
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
    act: (action) => act(server, action),
    authorize: (consentUrl, username) => authorize(server, consentUrl, username),
    advance: (ms) => advanceClock(world.clock, ms),
    faults: server.faults,
    close: () => server.close(),
  };
}

/** Ids by names; each throws when there is none or more than one. */
function namesOf(world: World): Pick<DiscordSim, "guildId" | "channelId" | "roleId" | "userId"> {
  const guild = (name: string) => only([...world.guilds.values()], name, name);
  return {
    guildId: (name) => guild(name).id,
    channelId(guildName, name) {
      const { id } = guild(guildName);
      const inGuild = [...world.channels.values()].filter(({ guildId }) => guildId === id);
      return only(inGuild, name, `${guildName}/${name}`).id;
    },
    roleId: (guildName, name) => only(guild(guildName).roles, name, `${guildName}/@${name}`).id,
    userId(username) {
      const user = world.findUserByName(username);
      if (user === undefined) throw new Error(`nobody is called ${username}`);
      return user.id;
    },
  };
}

function only<T extends { name: string }>(known: readonly T[], name: string, shown: string): T {
  const found = known.filter((entry) => entry.name === name);
  if (found.length !== 1 || found[0] === undefined)
    throw new Error(`${found.length} are called ${shown}`);
  return found[0];
}
