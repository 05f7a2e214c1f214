/**
 * Who may call Discord next: one budget for all of a bot token's calls, within
 * Discord's global limit, shared between the rooms of this process.
 *
 *   urgent   closes and stop-loss updates: before everything else
 *   mirror   other posts         \
 *   roles    members' roles       > by weight among those that wait
 *   upkeep   checks, catalogues  /
 *
 * A room that has nothing to do leaves its share to the others; one that comes
 * back does not make up for the time it was away.
 *
 * [BUD1] No window of `perMs` has more than `limit` starts.
 * [BUD2] Urgent calls start before all that wait; the others share by their weights, and none starves another.
 * [BUD3] What is aborted while it waits never starts and takes nothing of the budget.
 */
import type { Clock } from "../clock.ts";

export const CALL_KINDS = ["urgent", "mirror", "roles", "upkeep"] as const;
export type CallKind = (typeof CALL_KINDS)[number];
type SharingKind = Exclude<CallKind, "urgent">;

export interface CallLimit {
  readonly limit: number;
  readonly perMs: number;
}

/** Discord counts 50 in a second as they arrive; 50 ms are for calls that travel at different speeds. */
export const GLOBAL_LIMIT: CallLimit = { limit: 50, perMs: 1_050 };

const SHARING_KINDS: readonly SharingKind[] = ["mirror", "roles", "upkeep"];
const WEIGHTS: Readonly<Record<SharingKind, number>> = { mirror: 3, roles: 2, upkeep: 1 };

interface Waiting {
  readonly start: () => void;
}

export class CallBudget {
  readonly #clock: Clock;
  readonly #limit: CallLimit;
  readonly #starts: number[] = []; // of the current window, oldest first
  readonly #waiting: Record<CallKind, Set<Waiting>> = {
    urgent: new Set(),
    mirror: new Set(),
    roles: new Set(),
    upkeep: new Set(),
  };
  /** What each kind has had, by its weight: the least goes next. */
  readonly #had: Record<SharingKind, number> = { mirror: 0, roles: 0, upkeep: 0 };
  #cancel: (() => void) | null = null;

  constructor(clock: Clock, limit: CallLimit = GLOBAL_LIMIT) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Resolves when one call of this kind may start. Rejects with the signal's reason when it is aborted before. */
  enter(kind: CallKind, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const queue = this.#waiting[kind];
      const waiting: Waiting = {
        start: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      const abort = () => {
        queue.delete(waiting);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      if (queue.size === 0 && kind !== "urgent") this.#catchUp(kind);
      queue.add(waiting);
      this.#startNext();
    });
  }

  /** How many calls wait. */
  get waiting(): number {
    return CALL_KINDS.reduce((sum, kind) => sum + this.#waiting[kind].size, 0);
  }

  #startNext(): void {
    const nowMs = this.#clock.nowMs();
    while (this.#starts[0] !== undefined && this.#starts[0] <= nowMs - this.#limit.perMs) {
      this.#starts.shift();
    }
    while (this.#starts.length < this.#limit.limit) {
      const next = this.#takeNext();
      if (next === undefined) return;
      this.#starts.push(nowMs);
      next.start();
    }
    const [oldest] = this.#starts;
    if (oldest === undefined || this.waiting === 0) return;
    this.#cancel ??= this.#clock.after(oldest + this.#limit.perMs - nowMs, () => {
      this.#cancel = null;
      this.#startNext();
    });
  }

  #takeNext(): Waiting | undefined {
    const [urgent] = this.#waiting.urgent;
    if (urgent !== undefined) {
      this.#waiting.urgent.delete(urgent);
      return urgent;
    }
    const kind = this.#poorest();
    if (kind === undefined) return undefined;
    const [next] = this.#waiting[kind];
    if (next === undefined) return undefined;
    this.#waiting[kind].delete(next);
    this.#had[kind] += 1 / WEIGHTS[kind];
    return next;
  }

  /** The kind that waits and has had the least. */
  #poorest(): SharingKind | undefined {
    return SHARING_KINDS.filter((kind) => this.#waiting[kind].size > 0).sort(
      (a, b) => this.#had[a] - this.#had[b],
    )[0];
  }

  #catchUp(kind: SharingKind): void {
    const poorest = this.#poorest();
    if (poorest === undefined) return;
    this.#had[kind] = Math.max(this.#had[kind], this.#had[poorest]);
  }
}
