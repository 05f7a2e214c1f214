/** What works in Discord under a shard's lease. */

/** The lease under which it works. */
export interface WorkerLease {
  readonly shard: number;
  readonly epoch: number;
  /** Asked before every piece of work. */
  readonly mayAct: () => boolean;
  /** The backend says that somebody else holds it. */
  readonly onLost: () => void;
}

export interface ShardWorker {
  start(): void;
  /** Takes no new work; resolves when what was begun has been settled. */
  finish(): Promise<void>;
  /** The lease is gone: ends what was begun. Resolves when nothing more is sent to Discord. */
  abandon(): Promise<void>;
}
