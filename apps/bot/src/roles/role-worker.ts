/**
 * Brings about the roles of one shard's members, while its lease is held.
 *
 *   pushed work list -> MemberQueue -> applyRoles (Discord) -> Settler -> backend
 */
import type { Backend, RoleSettlement, RoleWork, Unsubscribe } from "../backend.ts";
import type { Clock } from "../clock.ts";
import type { ShardWorker, WorkerLease } from "../lease/shard-worker.ts";
import { errorText, type Log } from "../log.ts";
import { Settler } from "../mirror/settler.ts";
import { applyRoles } from "./apply-roles.ts";
import { MemberQueue } from "./member-queue.ts";
import type { RoleFailure } from "./role-error.ts";
import type { RoleServer } from "./role-server.ts";

const LINGERS_MS = 5_000; // before a row that was settled and is due all the same is worked on again
const MOST_RUNNING = 40;

export interface RoleDoors {
  readonly backend: Pick<Backend, "watchRoles" | "settleRoles">;
  readonly clock: Clock;
  readonly log: Log;
  /** A server whose calls wait for their turn, and end when the signal is aborted. */
  readonly openServer: (guildId: string, signal: AbortSignal) => RoleServer;
  /** Discord does not accept the bot's token any more. */
  readonly onTokenRefused: () => void;
}

export class RoleWorker implements ShardWorker {
  readonly #doors: RoleDoors;
  readonly #lease: WorkerLease;
  readonly #queue = new MemberQueue();
  readonly #limited = new Map<string, number>(); // servers at their limit, until when
  readonly #settler: Settler<RoleSettlement>;
  readonly #gone = new AbortController();
  readonly #running = new Map<Promise<void>, AbortController>();
  #unsubscribe: Unsubscribe = () => {};
  #stopped = false;

  constructor(doors: RoleDoors, lease: WorkerLease) {
    this.#doors = doors;
    this.#lease = lease;
    const { shard, epoch } = lease;
    this.#settler = new Settler<RoleSettlement>({
      send: (results) => doors.backend.settleRoles(shard, epoch, results),
      onSettled: (results) => this.#settled(results),
      onLeaseLost: lease.onLost,
      onError: (error) => doors.log("roles.settle_failed", { shard, error: errorText(error) }),
      clock: doors.clock,
      gone: this.#gone.signal,
    });
  }

  start(): void {
    this.#unsubscribe = this.#doors.backend.watchRoles(this.#lease.shard, (rows) => {
      if (this.#stopped) return;
      this.#queue.offer(rows);
      this.#pump();
    });
  }

  /** Takes no new work; resolves when what was begun has been settled. */
  async finish(): Promise<void> {
    this.#takeNoMore();
    await Promise.all(this.#running.keys());
    await this.#settler.idle();
  }

  /** The lease is gone: ends what was begun. Resolves when nothing more is sent to Discord. */
  async abandon(): Promise<void> {
    this.#takeNoMore();
    this.#gone.abort();
    for (const controller of this.#running.values()) controller.abort();
    await Promise.all(this.#running.keys());
  }

  #takeNoMore(): void {
    this.#stopped = true;
    this.#unsubscribe();
  }

  #pump(): void {
    while (!this.#stopped && this.#running.size < MOST_RUNNING && this.#lease.mayAct()) {
      const work = this.#queue.take((guildId) => !this.#limited.has(guildId));
      if (work === undefined) return;
      // One controller for each: a signal that outlives its request would collect listeners.
      const controller = new AbortController();
      const run = this.#work(work, controller.signal).finally(() => {
        this.#running.delete(run);
        this.#pump();
      });
      this.#running.set(run, controller);
    }
  }

  async #work(work: RoleWork, signal: AbortSignal): Promise<void> {
    const server = this.#doors.openServer(work.guildId, signal);
    const { settlement, failure } = await applyRoles(work, server);
    this.#queue.finish(work);
    if (signal.aborted) return; // in doubt: whoever holds the lease next tries again
    this.#settler.add(settlement);
    if (failure !== null) this.#noteFailure(work, failure);
  }

  #noteFailure({ memberRoleId, guildId, attempt }: RoleWork, failure: RoleFailure): void {
    const { code, message, reach, retryAfterMs } = failure;
    this.#doors.log("roles.not_applied", { memberRoleId, guildId, attempt, code, message });
    if (reach === "bot") this.#doors.onTokenRefused();
    if (reach === "server" && retryAfterMs !== undefined) this.#limit(guildId, retryAfterMs);
  }

  /** Everybody in the server would be refused alike: the rest of them wait here, untried. */
  #limit(guildId: string, forMs: number): void {
    const { clock } = this.#doors;
    const untilMs = clock.nowMs() + forMs;
    if ((this.#limited.get(guildId) ?? 0) >= untilMs) return;
    this.#limited.set(guildId, untilMs);
    clock.after(forMs, () => {
      if (this.#limited.get(guildId) !== untilMs) return;
      this.#limited.delete(guildId);
      this.#pump();
    });
  }

  #settled(results: readonly RoleSettlement[]): void {
    for (const work of this.#queue.settled(results)) {
      this.#doors.clock.after(LINGERS_MS, () => {
        this.#queue.letGo(work);
        this.#pump();
      });
    }
    this.#pump();
  }
}
