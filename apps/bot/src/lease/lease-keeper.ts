/**
 * Keeps, or waits for, the lease on one shard.
 *
 *   standby --free--> acquiring --held--> holding --lost / silent too long--> standby
 *
 * Whoever holds acts without asking again, so the keeper must let go by its own
 * clock before the backend could give the lease to another: a beat counts from
 * the moment it was sent, not answered.
 */
import type { Backend, LeaseStatus, Unsubscribe } from "../backend.ts";
import type { Clock } from "../clock.ts";

const BEAT_MS = 3_000; // the lease expires after 9 s: two beats may be lost
const EXPIRES_MS = 9_000;
const RETRY_MS = 1_000; // after an acquire or a beat that the backend failed to answer

export interface LeaseListener {
  /** This process may act on the shard from now on; nobody did for `silentMs` (null: ever). */
  held(epoch: number, silentMs: number | null): void;
  /** It may not any more; nothing that it started counts. */
  lost(): void;
}

export interface LeaseKeeperOptions {
  readonly shard: number;
  readonly backend: Pick<Backend, "watchLease" | "acquireLease" | "beatLease" | "releaseLease">;
  readonly clock: Clock;
  readonly listener: LeaseListener;
  readonly onError: (error: unknown) => void;
}

interface Held {
  readonly epoch: number;
  expiresAtMs: number;
}

export class LeaseKeeper {
  readonly #options: LeaseKeeperOptions;
  #held: Held | null = null;
  #acquiring = false;
  #free = false;
  #stopped = false;
  #unsubscribe: Unsubscribe = () => {};
  #cancelRetry = () => {};
  #cancelBeat = () => {};
  #cancelExpiry = () => {};

  constructor(options: LeaseKeeperOptions) {
    this.#options = options;
  }

  start(): void {
    const { shard, backend } = this.#options;
    this.#unsubscribe = backend.watchLease(shard, (status) => this.#heard(status));
  }

  /**
   * Whether this process may act as holder of that epoch, by the clock and not by
   * a timer: a process that was stopped for a while wakes up with both due.
   */
  mayAct(epoch: number): boolean {
    if (this.#held?.epoch !== epoch) return false;
    if (this.#options.clock.nowMs() < this.#held.expiresAtMs) return true;
    this.drop();
    return false;
  }

  /** Gives the lease back, so that a standby need not wait for it to expire. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    const epoch = this.#held?.epoch;
    this.drop();
    if (epoch !== undefined) await this.#options.backend.releaseLease(this.#options.shard, epoch);
  }

  /** Lets go at once; takes the lease again when it is free. */
  drop(): void {
    this.#cancelBeat();
    this.#cancelExpiry();
    if (this.#held !== null) {
      this.#held = null;
      this.#options.listener.lost();
    }
    this.#acquireIfFree();
  }

  #heard({ holder, epoch }: LeaseStatus): void {
    if (this.#stopped) return;
    this.#free = holder === null;
    const held = this.#held;
    const isTaken = held !== null && epoch > held.epoch;
    const isExpired = held !== null && epoch === held.epoch && holder === null;
    if (isTaken || isExpired) this.drop();
    else this.#acquireIfFree();
  }

  #acquireIfFree(): void {
    this.#cancelRetry();
    if (!this.#free || this.#acquiring || this.#stopped || this.#held !== null) return;
    this.#acquire().catch((error: unknown) => {
      this.#options.onError(error);
      this.#cancelRetry = this.#options.clock.after(RETRY_MS, () => this.#acquireIfFree());
    });
  }

  async #acquire(): Promise<void> {
    const { shard, backend, clock, listener } = this.#options;
    this.#acquiring = true;
    const sentAtMs = clock.nowMs();
    let lease: Awaited<ReturnType<Backend["acquireLease"]>>;
    try {
      lease = await backend.acquireLease(shard);
    } finally {
      this.#acquiring = false;
    }
    if (lease === null) return; // busy: the status will tell when it is not
    if (this.#stopped) return await backend.releaseLease(shard, lease.epoch);
    // An answer that took longer than the lease lasts is no lease; it expires and is free again.
    if (clock.nowMs() >= sentAtMs + EXPIRES_MS) return;
    this.#held = { epoch: lease.epoch, expiresAtMs: 0 };
    this.#confirm(this.#held, sentAtMs);
    listener.held(lease.epoch, lease.silentMs);
  }

  #confirm(held: Held, sentAtMs: number): void {
    const { clock } = this.#options;
    held.expiresAtMs = sentAtMs + EXPIRES_MS;
    this.#cancelExpiry();
    this.#cancelExpiry = clock.after(Math.max(0, held.expiresAtMs - clock.nowMs()), () =>
      this.drop(),
    );
    this.#beatAt(held, sentAtMs + BEAT_MS);
  }

  #beatAt(held: Held, atMs: number): void {
    const { clock, onError } = this.#options;
    this.#cancelBeat();
    this.#cancelBeat = clock.after(Math.max(0, atMs - clock.nowMs()), () => {
      this.#beat(held).catch((error: unknown) => {
        onError(error);
        if (this.#held === held) this.#beatAt(held, clock.nowMs() + RETRY_MS);
      });
    });
  }

  async #beat(held: Held): Promise<void> {
    const { shard, backend, clock } = this.#options;
    const sentAtMs = clock.nowMs();
    const isHeld = await backend.beatLease(shard, held.epoch);
    if (this.#held !== held) return;
    if (isHeld) this.#confirm(held, sentAtMs);
    else this.drop();
  }
}
