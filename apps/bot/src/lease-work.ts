/**
 * What is done in Discord under the leases of the shards: mirrors, checks of their
 * targets, members' roles and sweeps. All of it is paced by one budget of calls.
 */
import type { Client } from "discord.js";
import type { Backend } from "./backend.ts";
import type { Clock } from "./clock.ts";
import { onceRest } from "./discord/connect-discord.ts";
import { errorText, type Log } from "./log.ts";
import { MediaCache } from "./mirror/media-cache.ts";
import { MirrorShard, type ShardCapture, type ShardDoors } from "./mirror/mirror-shard.ts";
import { Removals } from "./mirror/removals.ts";
import { WebhookBook } from "./mirror/webhook-book.ts";
import type { ReceiptBook } from "./receipts/receipt-book.ts";
import { DriftSweeper } from "./roles/drift-sweeper.ts";
import { roleServer } from "./roles/role-server.ts";
import { RoleWorker } from "./roles/role-worker.ts";
import { ServerEvents } from "./roles/server-events.ts";

export interface LeaseWorkDoors {
  readonly backend: Backend;
  readonly clock: Clock;
  readonly log: Log;
  readonly receipts: ReceiptBook;
  readonly capture: ShardCapture;
  readonly shards: readonly number[];
  /** Server time, in ms. */
  readonly nowMs: () => number;
  readonly onTokenRefused: () => void;
}

export class LeaseWork {
  readonly #shards: readonly MirrorShard[];
  readonly #removals: Removals;

  constructor(client: Client<true>, doors: LeaseWorkDoors) {
    const { backend, clock, log } = doors;
    this.#removals = new Removals({
      clock,
      tell: (messageIds) => Promise.all(this.#shards.map((shard) => shard.noteRemoved(messageIds))),
      onError: (error) => log("mirror.removal_not_noted", { error: errorText(error) }),
    });
    const calls = {
      rest: client.rest,
      once: onceRest(client),
      webhooks: new WebhookBook(client.rest, client.user.id),
      botUserId: client.user.id,
      onRemoving: (messageId: string) => this.#removals.noteOurs(messageId),
    };
    const loadMedia = new MediaCache((mediaId) => backend.media(mediaId)).load;
    const shared = { ...doors, calls, loadMedia, others: roleWorkers(client, doors) };
    this.#shards = doors.shards.map((shard) => new MirrorShard(shard, shared));
    this.#removals.listen(client.ws);
  }

  /** Asks for the leases. */
  start(): void {
    for (const shard of this.#shards) shard.start();
  }

  /** Finishes and settles what was begun, for at most that long, and gives the leases back. */
  async stop(withinMs: number): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.stop(withinMs)));
    this.#removals.stop();
  }
}

function roleWorkers(
  client: Client<true>,
  { backend, clock, log, onTokenRefused }: LeaseWorkDoors,
): NonNullable<ShardDoors["others"]> {
  const openServer = (guildId: string, signal: AbortSignal) => roleServer(client, guildId, signal);
  return [
    (lease) => new RoleWorker({ backend, clock, log, openServer, onTokenRefused }, lease),
    (lease) => new DriftSweeper({ backend, clock, log, openServer }, lease),
    (lease) => new ServerEvents({ backend, clock, log, client }, lease),
  ];
}
