/** One shard of target guilds: works on its mirrors whenever, and only while, it holds the shard's lease. */
import type { Backend } from "../backend.ts";
import { pause } from "../clock.ts";
import { LeaseKeeper } from "../lease/lease-keeper.ts";
import { errorText } from "../log.ts";
import { type MirrorDoors, MirrorWorker } from "./mirror-worker.ts";
import { openTarget, type TargetCalls } from "./open-target.ts";
import { TargetChecker } from "./target-checker.ts";

export interface ShardDoors extends Omit<MirrorDoors, "openTarget"> {
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
  readonly calls: TargetCalls;
  /** Server time, in ms. */
  readonly nowMs: () => number;
}

export class MirrorShard {
  readonly #shard: number;
  readonly #doors: ShardDoors;
  readonly #keeper: LeaseKeeper;
  #worker: MirrorWorker | null = null;
  #checker: TargetChecker | null = null;
  #abandoned: Promise<void> = Promise.resolve(); // the last worker has let go of Discord

  constructor(shard: number, doors: ShardDoors) {
    this.#shard = shard;
    this.#doors = doors;
    const { backend, clock, log } = doors;
    this.#keeper = new LeaseKeeper({
      shard,
      backend,
      clock,
      listener: { held: (epoch) => this.#held(epoch), lost: () => this.#lost() },
      onError: (error) => log("lease.failed", { shard, error: errorText(error) }),
    });
  }

  start(): void {
    this.#keeper.start();
  }

  /** Messages were removed by nobody of ours; whoever holds the shard says so. */
  async noteRemoved(messageIds: readonly string[]): Promise<void> {
    await this.#worker?.noteRemoved(messageIds);
  }

  /** Finishes and settles what was begun, for at most that long, and gives the lease back. */
  async stop(withinMs: number): Promise<void> {
    this.#checker?.stop();
    const finished = this.#worker?.finish() ?? Promise.resolve();
    await Promise.race([finished, pause(this.#doors.clock, withinMs)]);
    await this.#keeper.stop();
    await this.#abandoned;
  }

  #held(epoch: number): void {
    this.#doors.log("lease.held", { shard: this.#shard, epoch });
    const { calls } = this.#doors;
    const open: MirrorDoors["openTarget"] = (work, signal) => openTarget(calls, work, signal);
    const worker = new MirrorWorker(
      { ...this.#doors, openTarget: open },
      {
        shard: this.#shard,
        epoch,
        mayAct: () => this.#keeper.mayAct(epoch),
        onLost: () => this.#keeper.drop(),
      },
    );
    this.#worker = worker;
    // What the one before began must not land on top of what this one does.
    this.#abandoned.then(() => {
      if (this.#worker !== worker) return;
      worker.start();
      this.#checker = new TargetChecker(this.#doors, { shard: this.#shard, epoch });
      this.#checker.start();
    }, this.#failed);
  }

  #lost(): void {
    this.#doors.log("lease.lost", { shard: this.#shard });
    this.#checker?.stop();
    this.#checker = null;
    const worker = this.#worker;
    this.#worker = null;
    if (worker === null) return;
    this.#abandoned = Promise.all([this.#abandoned, worker.abandon()]).then(() => undefined);
    this.#abandoned.catch(this.#failed);
  }

  readonly #failed = (error: unknown): void => {
    this.#doors.log("mirror.failed", { shard: this.#shard, error: errorText(error) });
  };
}
