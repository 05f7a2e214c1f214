/** One shard of target guilds: works on its mirrors whenever, and only while, it holds the shard's lease. */
import type { Backend } from "../backend.ts";
import { pause } from "../clock.ts";
import { LeaseKeeper } from "../lease/lease-keeper.ts";
import { errorText } from "../log.ts";
import { type MirrorDoors, MirrorWorker } from "./mirror-worker.ts";

export interface ShardDoors extends MirrorDoors {
  readonly backend: Pick<
    Backend,
    "watchWork" | "settle" | "watchLease" | "acquireLease" | "beatLease" | "releaseLease"
  >;
  /** Capturing the sources of the shard's guilds goes with the lease. */
  readonly capture: ShardCapture;
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
  #worker: MirrorWorker | null = null;
  #abandoned: Promise<void> = Promise.resolve(); // the last worker has let go of Discord

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

  /** Finishes and settles what was begun, for at most that long, and gives the lease back. */
  async stop(withinMs: number): Promise<void> {
    const finished = this.#worker?.finish() ?? Promise.resolve();
    await Promise.race([finished, pause(this.#doors.clock, withinMs)]);
    await this.#keeper.stop();
    await this.#abandoned;
  }

  #held(epoch: number, silentMs: number | null): void {
    this.#doors.log("lease.held", { shard: this.#shard, epoch });
    this.#doors.capture.held(this.#shard, silentMs);
    const worker = new MirrorWorker(this.#doors, {
      shard: this.#shard,
      epoch,
      mayAct: () => this.#keeper.mayAct(epoch),
      onLost: () => this.#keeper.drop(),
    });
    this.#worker = worker;
    // What the one before began must not land on top of what this one does.
    this.#abandoned.then(() => {
      if (this.#worker === worker) worker.start();
    }, this.#failed);
  }

  #lost(): void {
    this.#doors.log("lease.lost", { shard: this.#shard });
    this.#doors.capture.lost(this.#shard);
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
