/**
 * Tells the backend that this bot is online: once when the gateway is ready,
 * again when a gateway shard comes or goes, and by a pulse every 15 s, which
 * carries how far away Discord is.
 */
import { type Client, Events, GatewayIntentBits } from "discord.js";
import type { Appearance, PresenceBackend } from "../backend.ts";
import type { Clock } from "../clock.ts";

const PULSE_MS = 15_000; // silent for 45 s is dead: two may be lost

const PRIVILEGED = [
  { name: "messageContent", bit: GatewayIntentBits.MessageContent },
  { name: "guildMembers", bit: GatewayIntentBits.GuildMembers },
] as const;

export interface PresenceDoors {
  readonly backend: Pick<PresenceBackend, "appear" | "pulse" | "leave">;
  readonly workerShards: readonly number[];
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

export class Presence {
  readonly #doors: PresenceDoors;
  readonly #shards = new Map<number, "ready" | "away">();
  #client: Client<true> | null = null;
  #cancelPulse = () => {};

  constructor(doors: PresenceDoors) {
    this.#doors = doors;
  }

  /** Follows the gateway shards from the client's first event on. */
  attach(client: Client): void {
    this.#shards.clear();
    client.on(Events.ShardReady, (shardId) => this.#shard(shardId, "ready"));
    client.on(Events.ShardResume, (shardId) => this.#shard(shardId, "ready"));
    client.on(Events.ShardReconnecting, (shardId) => this.#shard(shardId, "away"));
    client.on(Events.ShardDisconnect, (_, shardId) => this.#shard(shardId, "away"));
  }

  /** The gateway is ready. */
  start(client: Client<true>): void {
    this.#client = client;
    this.#appear();
    this.#pulseLater();
  }

  /** Says goodbye. */
  async stop(): Promise<void> {
    this.#cancelPulse();
    if (this.#client === null) return;
    this.#client = null;
    await this.#doors.backend.leave();
  }

  #shard(shardId: number, state: "ready" | "away"): void {
    if (this.#shards.get(shardId) === state) return;
    this.#shards.set(shardId, state);
    this.#appear();
  }

  #appear(): void {
    if (this.#client === null) return;
    this.#doors.backend.appear(this.#appearance(this.#client)).catch(this.#doors.onError);
  }

  #pulseLater(): void {
    this.#cancelPulse = this.#doors.clock.after(PULSE_MS, () => {
      this.#pulse().catch(this.#doors.onError);
      this.#pulseLater();
    });
  }

  async #pulse(): Promise<void> {
    if (this.#client === null) return;
    const { ping } = this.#client.ws;
    const isKnown = await this.#doors.backend.pulse(ping < 0 ? null : Math.round(ping));
    if (!isKnown) this.#appear();
  }

  #appearance(client: Client<true>): Appearance {
    const { intents } = client.options;
    const shards = [...this.#shards].sort(([a], [b]) => a - b);
    return {
      botUserId: client.user.id,
      botName: client.user.username,
      workerShards: [...this.#doors.workerShards],
      intents: PRIVILEGED.filter(({ bit }) => intents.has(bit)).map(({ name }) => name),
      shardCount: client.options.shardCount ?? client.ws.shards.size,
      gatewayShards: shards.map(([shardId, state]) => ({ shardId, state })),
    };
  }
}
