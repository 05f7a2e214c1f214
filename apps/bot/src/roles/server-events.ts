/**
 * Tells the backend what Discord says about members and roles: who came and who left, and that something has
 * changed which may let roles through that were blocked. What comes together is told together.
 */
import {
  type Client,
  Events,
  GatewayDispatchEvents,
  type GatewayGuildMemberAddDispatchData,
  type GatewayGuildMemberRemoveDispatchData,
  type Guild,
  type GuildMember,
  type Role,
} from "discord.js";
import type { Backend, MemberChange } from "../backend.ts";
import type { Clock } from "../clock.ts";
import type { ShardWorker, WorkerLease } from "../lease/shard-worker.ts";
import { errorText, type Log } from "../log.ts";

const GATHER_MEMBERS_MS = 50; // a raid of joins is a few calls
const GATHER_ROLES_MS = 1_000; // moving one role tells of every role it passes
const MOST_MEMBERS = 100; // of one call

export interface EventDoors {
  readonly backend: Pick<Backend, "membersChanged" | "serverChanged">;
  readonly clock: Clock;
  readonly log: Log;
  readonly client: Client<true>;
}

type Moves = Map<string, "joined" | "left">;

export class ServerEvents implements ShardWorker {
  readonly #doors: EventDoors;
  readonly #lease: WorkerLease;
  readonly #moves = new Map<string, Moves>(); // by server, the newest of each account
  readonly #changed = new Set<string>();
  #sending: Promise<void> = Promise.resolve();
  #detach = () => {};

  constructor(doors: EventDoors, lease: WorkerLease) {
    this.#doors = doors;
    this.#lease = lease;
  }

  start(): void {
    const { client } = this.#doors;
    const { ws } = client;
    // Raw, for members: the client tells only of those it keeps, and it keeps none but the bot itself.
    const joined = ({ guild_id, user }: GatewayGuildMemberAddDispatchData) =>
      this.#moved(guild_id, user.id, "joined");
    const left = ({ guild_id, user }: GatewayGuildMemberRemoveDispatchData) =>
      this.#moved(guild_id, user.id, "left");
    const changed = ({ guild }: Role) => this.#roleChanged(guild.id);
    const updated = (_: Role, { guild }: Role) => this.#roleChanged(guild.id);
    const self = (_: unknown, { id, guild }: GuildMember) => {
      if (id === client.user.id) this.#roleChanged(guild.id);
    };
    const entered = ({ id }: Guild) => this.#roleChanged(id);
    ws.on(GatewayDispatchEvents.GuildMemberAdd, joined);
    ws.on(GatewayDispatchEvents.GuildMemberRemove, left);
    client.on(Events.GuildRoleCreate, changed);
    client.on(Events.GuildRoleUpdate, updated);
    client.on(Events.GuildRoleDelete, changed);
    client.on(Events.GuildMemberUpdate, self);
    client.on(Events.GuildCreate, entered);
    client.on(Events.ShardReady, this.#missedEvents); // a new session: what the last one missed is lost
    this.#detach = () => {
      ws.off(GatewayDispatchEvents.GuildMemberAdd, joined);
      ws.off(GatewayDispatchEvents.GuildMemberRemove, left);
      client.off(Events.GuildRoleCreate, changed);
      client.off(Events.GuildRoleUpdate, updated);
      client.off(Events.GuildRoleDelete, changed);
      client.off(Events.GuildMemberUpdate, self);
      client.off(Events.GuildCreate, entered);
      client.off(Events.ShardReady, this.#missedEvents);
    };
    this.#missedEvents();
  }

  async finish(): Promise<void> {
    this.#detach();
    await this.#sending;
  }

  async abandon(): Promise<void> {
    this.#detach();
    this.#moves.clear();
    this.#changed.clear();
  }

  #moved(guildId: string, userId: string, how: "joined" | "left"): void {
    const known = this.#moves.get(guildId);
    if (known !== undefined) return void known.set(userId, how);
    this.#moves.set(guildId, new Map([[userId, how]]));
    this.#doors.clock.after(GATHER_MEMBERS_MS, () => this.#tellMoves(guildId));
  }

  /** Nobody listened for a while: members may have come and left, and what was blocked may have been cured. */
  readonly #missedEvents = (): void => {
    for (const guildId of this.#doors.client.guilds.cache.keys()) {
      this.#tellChange(guildId, true);
    }
  };

  #roleChanged(guildId: string): void {
    if (this.#changed.has(guildId)) return;
    this.#changed.add(guildId);
    this.#doors.clock.after(GATHER_ROLES_MS, () => {
      if (this.#changed.delete(guildId)) this.#tellChange(guildId, false);
    });
  }

  #tellChange(guildId: string, missedEvents: boolean): void {
    const { shard, epoch } = this.#lease;
    this.#tell(() => this.#doors.backend.serverChanged(shard, epoch, { guildId, missedEvents }));
  }

  #tellMoves(guildId: string): void {
    const moves = [...(this.#moves.get(guildId) ?? [])];
    this.#moves.delete(guildId);
    const { shard, epoch } = this.#lease;
    while (moves.length > 0) {
      const part = moves.splice(0, MOST_MEMBERS);
      const of = (how: "joined" | "left") =>
        part.filter(([, did]) => did === how).map(([userId]) => userId);
      const change: MemberChange = { guildId, joined: of("joined"), left: of("left") };
      this.#tell(() => this.#doors.backend.membersChanged(shard, epoch, change));
    }
  }

  #tell(call: () => Promise<void>): void {
    if (!this.#lease.mayAct()) return;
    this.#sending = this.#sending.then(call).catch((error: unknown) => {
      // The drift sweep finds what was not told.
      this.#doors.log("roles.event_not_told", { error: errorText(error) });
    });
  }
}
