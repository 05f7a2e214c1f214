/**
 * When mutations may start. They share the turns of the slice loop, many in one entry,
 * because an entry costs more than a short mutation; those in the same turn see the same
 * snapshot, so mutations that touch the same documents must not be in it together.
 *
 *   free        side by side, until one is in a conflict
 *   colliding   the functions of a conflict, winner and loser: one after the other, for
 *               a minute, in the order of arrival, beside the free ones
 *   alone       a retry: after everybody who has begun, before everybody else
 *
 * One that takes long (many system calls, a file) gives its place away, unless it is alone.
 */
import type { Clock } from "../rooms.ts";

const PATIENCE_MS = 50; // half of the delivery target: beyond it a conflict is cheaper than waiting
const MAX_TOGETHER = 16; // as many as share the turns of the slice loop
const COLLIDING_MS = 60_000; // each time it ends, one turn's mutations run in vain

const KINDS = ["alone", "colliding", "free"] as const;
type Kind = (typeof KINDS)[number];

export class MutationLane {
  readonly #clock: Clock;
  /** Who waits, in the order of arrival. */
  readonly #waiting: Record<Kind, (() => void)[]> = { alone: [], colliding: [], free: [] };
  readonly #running: Record<Kind, number> = { alone: 0, colliding: 0, free: 0 };
  /** Functions lately in a conflict, and until when that counts. */
  readonly #colliding = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get waitingCount(): number {
    return KINDS.reduce((sum, kind) => sum + this.#waiting[kind].length, 0);
  }

  /** `path` is the function's. `alone`: nobody else runs meanwhile. */
  async run<T>(path: string, work: () => Promise<T>, alone: boolean): Promise<T> {
    const kind = alone ? "alone" : this.#isColliding(path) ? "colliding" : "free";
    await this.#enter(kind);
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      this.#leave(kind);
    };
    const cancel = alone ? () => {} : this.#clock.after(PATIENCE_MS, leave);
    try {
      return await work();
    } finally {
      cancel();
      leave();
    }
  }

  /** These functions were in a conflict with each other. */
  collided(...paths: readonly string[]): void {
    const until = this.#clock.nowMs() + COLLIDING_MS;
    for (const path of paths) this.#colliding.set(path, until);
  }

  #isColliding(path: string): boolean {
    const until = this.#colliding.get(path);
    if (until === undefined) return false;
    if (until > this.#clock.nowMs()) return true;
    this.#colliding.delete(path);
    return false;
  }

  #enter(kind: Kind): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting[kind].push(resolve);
    this.#startWaiting();
    return promise;
  }

  #leave(kind: Kind): void {
    this.#running[kind]--;
    this.#startWaiting();
  }

  #startWaiting(): void {
    for (const kind of KINDS) {
      while (this.#mayStart(kind)) {
        const start = this.#waiting[kind].shift();
        if (start === undefined) break;
        this.#running[kind]++;
        start();
      }
    }
  }

  #mayStart(kind: Kind): boolean {
    const { alone, colliding, free } = this.#running;
    if (alone > 0) return false;
    if (kind === "alone") return colliding + free === 0;
    if (this.#waiting.alone.length > 0 || colliding + free >= MAX_TOGETHER) return false;
    return kind === "free" || colliding === 0;
  }
}
