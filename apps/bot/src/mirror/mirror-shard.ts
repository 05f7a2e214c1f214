/** One shard of guilds: works on its mirrors, and on what else it is given, whenever, and only while, it holds the shard's lease. */
import type { Backend } from "../backend.ts";
import { pause } from "../clock.ts";
import { LeaseKeeper } from "../lease/lease-keeper.ts";
import type { ShardWorker, WorkerLease } from "../lease/shard-worker.ts";
import { errorText } from "../log.ts";
import { type MirrorDoors, MirrorWorker } from "./mirror-worker.ts";
import { openTarget, type TargetCalls } from "./open-target.ts";
import { TargetChecker } from "./target-checker.ts";

export interface ShardDoors extends Omit<MirrorDoors, "openTarget"> {
  /** What works beside the mirrors. */
  readonly others?: readonly ((lease: WorkerLease) => ShardWorker)[];
  readonly backend: Pick<
    Backend,
    | "watchWork"
    | "settle"
    | "noteLost"
    | "watchChecks"
    | "expectedIn"
    | "reportCheck"
    | "watchLease"
    | "acquireLease"
    | "beatLease"
    | "releaseLease"
  >;
  /** Capturing the sources of the shard's guilds goes with the lease. */
  readonly capture: ShardCapture;
  readonly calls: TargetCalls;
  /** Server time, in ms. */
  readonly nowMs: () => number;
}

/** What is told when the lease comes and goes. */
export interface ShardCapture {
  held(shard: number, silentMs: number | null): void;
  lost(shard: number): void;
}

export class MirrorShard {
  readonly #shard: number;
  readonly #doors: ShardDoors;
  readonly #keeper: LeaseKeeper;
  #mirrors: MirrorWorker | null = null;
  #workers: readonly ShardWorker[] = []; // the mirrors' own among them
  #abandoned: Promise<unknown> = Promise.resolve(); // the last workers have let go of Discord

  constructor(shard: number, doors: ShardDoors) {
    this.#shard = shard;
    this.#doors = doors;
    const { backend, clock, log } = doors;
    this.#keeper = new LeaseKeeper({
      shard,
      backend,
      clock,
      listener: {
        held: (epoch, silentMs) => this.#held(epoch, silentMs),
        lost: () => this.#lost(),
      },
      onError: (error) => log("lease.failed", { shard, error: errorText(error) }),
    });
  }

  start(): void {
    this.#keeper.start();
  }

  /** Messages were removed by nobody of ours; whoever holds the shard says so. */
  async noteRemoved(messageIds: readonly string[]): Promise<void> {
    await this.#mirrors?.noteRemoved(messageIds);
  }

  /** Finishes and settles what was begun, for at most that long, and gives the lease back. */
  async stop(withinMs: number): Promise<void> {
    const finished = Promise.all(this.#workers.map((worker) => worker.finish()));
    await Promise.race([finished, pause(this.#doors.clock, withinMs)]);
    await this.#keeper.stop();
    await this.#abandoned;
  }

  #held(epoch: number, silentMs: number | null): void {
    this.#doors.log("lease.held", { shard: this.#shard, epoch });
    this.#doors.capture.held(this.#shard, silentMs);
    const lease: WorkerLease = {
      shard: this.#shard,
      epoch,
      mayAct: () => this.#keeper.mayAct(epoch),
      onLost: () => this.#keeper.drop(),
    };
    const { calls, others = [] } = this.#doors;
    const open: MirrorDoors["openTarget"] = (work, signal) => openTarget(calls, work, signal);
    const mirrors = new MirrorWorker({ ...this.#doors, openTarget: open }, lease);
    const checker = new TargetChecker(this.#doors, lease);
    const workers = [mirrors, checker, ...others.map((begin) => begin(lease))];
    this.#mirrors = mirrors;
    this.#workers = workers;
    // What those before began must not land on top of what these do.
    this.#abandoned.then(() => {
      if (this.#workers !== workers) return;
      for (const worker of workers) worker.start();
    }, this.#failed);
  }

  #lost(): void {
    this.#doors.log("lease.lost", { shard: this.#shard });
    this.#doors.capture.lost(this.#shard);
    const workers = this.#workers;
    this.#mirrors = null;
    this.#workers = [];
    this.#abandoned = Promise.all([this.#abandoned, ...workers.map((worker) => worker.abandon())]);
    this.#abandoned.catch(this.#failed);
  }

  readonly #failed = (error: unknown): void => {
    this.#doors.log("mirror.failed", { shard: this.#shard, error: errorText(error) });
  };
}
