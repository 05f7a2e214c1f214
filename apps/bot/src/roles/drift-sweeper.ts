/** Does the sweeps that are asked for in its shard, one at a time. */
import type { Backend, SweepResult, SweepWork, Unsubscribe } from "../backend.ts";
import type { Clock } from "../clock.ts";
import type { ShardWorker, WorkerLease } from "../lease/shard-worker.ts";
import { errorText, type Log } from "../log.ts";
import type { RoleServer } from "./role-server.ts";
import { sweepServer } from "./sweep-server.ts";

const AGAIN_MS = 60_000; // after a sweep that could not be reported

export interface SweeperDoors {
  readonly backend: Pick<Backend, "watchSweeps" | "sweepRows" | "noteDrift" | "endSweep">;
  readonly clock: Clock;
  readonly log: Log;
  readonly openServer: (guildId: string, signal: AbortSignal) => RoleServer;
}

export class DriftSweeper implements ShardWorker {
  readonly #doors: SweeperDoors;
  readonly #lease: WorkerLease;
  readonly #gone = new AbortController();
  #asked: readonly SweepWork[] = [];
  #running: Promise<void> | null = null;
  #unsubscribe: Unsubscribe = () => {};

  constructor(doors: SweeperDoors, lease: WorkerLease) {
    this.#doors = doors;
    this.#lease = lease;
  }

  start(): void {
    this.#unsubscribe = this.#doors.backend.watchSweeps(this.#lease.shard, (sweeps) => {
      this.#asked = sweeps;
      this.#begin();
    });
  }

  /** A sweep can wait: the next holder begins it anew. */
  async finish(): Promise<void> {
    await this.abandon();
  }

  async abandon(): Promise<void> {
    this.#unsubscribe();
    this.#gone.abort();
    await this.#running;
  }

  #begin(): void {
    this.#running ??= this.#drain();
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // what finds nothing to do must not end before it is noted as running
    const tried = new Set<string>();
    for (;;) {
      const next = this.#asked.find(({ sweepId }) => !tried.has(sweepId));
      if (next === undefined || this.#gone.signal.aborted || !this.#lease.mayAct()) break;
      tried.add(next.sweepId);
      await this.#sweep(next);
    }
    this.#running = null;
  }

  async #sweep(work: SweepWork): Promise<void> {
    const { backend, clock, log, openServer } = this.#doors;
    const { shard, epoch } = this.#lease;
    const { sweepId, guildId } = work;
    const result = await sweepServer(work, {
      server: openServer(guildId, this.#gone.signal),
      rowsOf: (...page) => backend.sweepRows(...page),
      noteDrift: (drifts) => backend.noteDrift(shard, epoch, drifts),
    }).catch(brokenOff);
    if (this.#gone.signal.aborted) return;
    try {
      await backend.endSweep(shard, epoch, sweepId, result);
    } catch (error) {
      log("roles.sweep_failed", { guildId, error: errorText(error) });
      clock.after(AGAIN_MS, () => this.#begin()); // it stays asked for, and nobody asks twice
    }
  }
}

/** One that stayed open would be asked for no more. */
function brokenOff(error: unknown): SweepResult {
  return { state: "failed", code: "backend_refused", message: errorText(error) };
}
