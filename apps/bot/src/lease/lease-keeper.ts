/**
 * Keeps, or waits for, the lease on one shard.
 *
 *   standby --free--> acquiring --held--> holding --lost / silent too long--> standby
 *
 * Whoever holds acts without asking again, so the keeper must let go by its own
 * clock before the backend could give the lease to another: a beat counts from
 * the moment it was sent, not answered.
 */
import type { Backend, Unsubscribe } from "../backend.ts";
import type { Clock } from "../clock.ts";

const BEAT_MS = 3_000; // the lease expires after 9 s: two beats may be lost
const EXPIRES_MS = 9_000;

export interface LeaseListener {
  /** This process may act on the shard from now on. */
  held(epoch: number): void;
  /** It may not any more; nothing that it started counts. */
  lost(): void;
}

type LeaseBackend = Pick<Backend, "watchLease" | "acquireLease" | "beatLease" | "releaseLease">;

export class LeaseKeeper {
  readonly #shard: number;
  readonly #backend: LeaseBackend;
  readonly #clock: Clock;
  readonly #listener: LeaseListener;
  readonly #onError: (error: unknown) => void;
  #epoch: number | null = null;
  #acquiring = false;
  #free = false;
  #stopped = false;
  #unsubscribe: Unsubscribe = () => {};
  #cancelBeat = () => {};
  #cancelExpiry = () => {};

  constructor(
    shard: number,
    backend: LeaseBackend,
    clock: Clock,
    listener: LeaseListener,
    onError: (error: unknown) => void,
  ) {
    this.#shard = shard;
    this.#backend = backend;
    this.#clock = clock;
    this.#listener = listener;
    this.#onError = onError;
  }

  get epoch(): number | null {
    return this.#epoch;
  }

  start(): void {
    this.#unsubscribe = this.#backend.watchLease(this.#shard, (status) => {
      this.#free = status.holder === null;
      if (this.#epoch !== null && status.epoch !== this.#epoch && status.epoch > this.#epoch)
        this.#drop();
      if (this.#free) this.#acquire().catch(this.#onError);
    });
  }

  /** Gives the lease back, so that a standby need not wait for it to expire. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#unsubscribe();
    const epoch = this.#epoch;
    this.#drop();
    if (epoch !== null) await this.#backend.releaseLease(this.#shard, epoch);
  }

  /** The backend has said so while settling, or the lease is given up. */
  drop(): void {
    this.#drop();
    if (this.#free) this.#acquire().catch(this.#onError);
  }

  async #acquire(): Promise<void> {
    if (this.#acquiring || this.#stopped || this.#epoch !== null) return;
    this.#acquiring = true;
    try {
      const sentAtMs = this.#clock.nowMs();
      const lease = await this.#backend.acquireLease(this.#shard);
      if (lease === null) return;
      // An answer that took longer than the lease lasts is no lease.
      if (this.#stopped || this.#clock.nowMs() - sentAtMs >= EXPIRES_MS) return;
      this.#epoch = lease.epoch;
      this.#confirmed(sentAtMs);
      this.#listener.held(lease.epoch);
    } finally {
      this.#acquiring = false;
    }
  }

  #confirmed(sentAtMs: number): void {
    this.#cancelExpiry();
    this.#cancelBeat();
    const nowMs = this.#clock.nowMs();
    this.#cancelExpiry = this.#clock.after(sentAtMs + EXPIRES_MS - nowMs, () => this.drop());
    this.#cancelBeat = this.#clock.after(Math.max(0, sentAtMs + BEAT_MS - nowMs), () => {
      this.#beat().catch(this.#onError);
    });
  }

  async #beat(): Promise<void> {
    const epoch = this.#epoch;
    if (epoch === null) return;
    const sentAtMs = this.#clock.nowMs();
    const held = await this.#backend.beatLease(this.#shard, epoch);
    if (this.#epoch !== epoch) return;
    if (held) this.#confirmed(sentAtMs);
    else this.drop();
  }

  #drop(): void {
    this.#cancelBeat();
    this.#cancelExpiry();
    if (this.#epoch === null) return;
    this.#epoch = null;
    this.#listener.lost();
  }
}
