/**
 * Who may call Discord next: one budget for all of a bot token's calls, within
 * Discord's global limit, shared between the rooms of this process.
 *
 *   urgent   closes and stop-loss updates: before everything else
 *   mirror   other posts         \
 *   roles    members' roles       > by weight among those that wait
 *   upkeep   checks, catalogues  /
 *
 * Roles and upkeep together take at most half of a window: a post that comes then has its turn at once.
 * A room that has nothing to do leaves its share to the others; one that comes
 * back does not make up for the time it was away.
 *
 * Discord counts calls as they arrive, in windows that open with the first. When
 * that was is not told, but it was before the first answer:
 *
 *   ours       |--1-2-3---------------|--4-5---
 *   Discord's    |--1-2-3---------------|-4-5--
 *                    first answer            never earlier than a window after it, less the way there and back
 *
 * Of a full window the shortest way ever seen is taken off, so that no call can be
 * early; of one with room left the usual way, so that what keeps within the limit
 * does not fall behind a little each second.
 *
 * [BUD1] While more waits than the limit, Discord never counts more than that in a window, however long
 *        each call is on its way; what comes within the limit does not wait.
 * [BUD2] Urgent calls start before all that wait; the others share by their weights, and none starves another.
 * [BUD3] What is aborted while it waits never starts and takes nothing of the budget.
 * [BUD4] However many roles and checks wait, half of each window is left for posts.
 */
import type { Clock } from "../clock.ts";

export const CALL_KINDS = ["urgent", "mirror", "roles", "upkeep"] as const;
export type CallKind = (typeof CALL_KINDS)[number];
type SharingKind = Exclude<CallKind, "urgent">;

export interface CallLimit {
  readonly limit: number;
  readonly perMs: number;
}

/** Of every bot token. */
export const GLOBAL_LIMIT: CallLimit = { limit: 50, perMs: 1_000 };

const SHARING_KINDS: readonly SharingKind[] = ["mirror", "roles", "upkeep"];
const WEIGHTS: Readonly<Record<SharingKind, number>> = { mirror: 3, roles: 2, upkeep: 1 };

/** To be called when the call is answered, or has failed without an answer. */
export type CallEnded = (how: "answered" | "failed") => void;

interface Waiting {
  readonly start: (ended: CallEnded) => void;
}

interface Window {
  readonly openedAtMs: number;
  counted: number;
  /** Of roles and upkeep among the counted. */
  others: number;
  unanswered: number;
  /** Answered when Discord's window may have closed: they may have opened its next one. */
  answeredLate: number;
  firstAnswerAtMs: number | null;
}

const USUAL_OF = 15; // windows whose first answers say what is usual
const KNOWN_AFTER = 100; // answers after which the shortest way is taken for known: two windows, the first of them cold

export class CallBudget {
  readonly #clock: Clock;
  readonly #limit: CallLimit;
  #window: Window | null = null;
  /** How long the first answer of each of the last windows took, oldest first. */
  readonly #firstAnswersInMs: number[] = [];
  #answers = 0;
  #shortestMs = Number.POSITIVE_INFINITY; // there and back
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
  enter(kind: CallKind, signal?: AbortSignal): Promise<CallEnded> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason);
      const queue = this.#waiting[kind];
      const waiting: Waiting = {
        start: (ended) => {
          signal?.removeEventListener("abort", abort);
          resolve(ended);
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
    const window = this.#windowAt(nowMs);
    while (window.counted < this.#limit.limit) {
      const next = this.#takeNext(window);
      if (next === undefined) break;
      window.counted += 1;
      window.unanswered += 1;
      next.start((how) => this.#ended(window, nowMs, how));
    }
    this.#wakeUp(window, nowMs);
  }

  /** The window of now; a new one if the last has surely closed at Discord's, too. */
  #windowAt(nowMs: number): Window {
    const last = this.#window;
    if (last !== null && nowMs < this.#nextOpensAtMs(last)) return last;
    const late = last === null ? 0 : last.unanswered + last.answeredLate;
    this.#window = {
      openedAtMs: nowMs,
      counted: late, // they count in the new window, too
      others: 0,
      unanswered: 0,
      answeredLate: 0,
      firstAnswerAtMs: null,
    };
    return this.#window;
  }

  #nextOpensAtMs({ openedAtMs, counted, firstAnswerAtMs }: Window): number {
    const { perMs, limit } = this.#limit;
    const isFull = counted === limit;
    if (firstAnswerAtMs === null) return openedAtMs + (isFull ? 2 : 1) * perMs; // unless an answer says more
    const wayMs = isFull ? this.#shortestWayMs() : medianOf(this.#firstAnswersInMs);
    return Math.max(openedAtMs, firstAnswerAtMs - wayMs) + perMs;
  }

  #shortestWayMs(): number {
    return this.#answers < KNOWN_AFTER ? 0 : this.#shortestMs;
  }

  #ended(window: Window, startedAtMs: number, how: "answered" | "failed"): void {
    window.unanswered -= 1;
    if (how === "failed") return;
    const nowMs = this.#clock.nowMs();
    if (nowMs >= window.openedAtMs + this.#limit.perMs) window.answeredLate += 1;
    this.#answers += 1;
    this.#shortestMs = Math.min(this.#shortestMs, nowMs - startedAtMs);
    if (window.firstAnswerAtMs !== null) return;
    window.firstAnswerAtMs = nowMs;
    this.#firstAnswersInMs.push(nowMs - startedAtMs);
    if (this.#firstAnswersInMs.length > USUAL_OF) this.#firstAnswersInMs.shift();
    if (this.#window === window) this.#wakeUp(window, nowMs);
  }

  /** Goes on when the next window opens, if somebody waits for it. */
  #wakeUp(window: Window, nowMs: number): void {
    this.#cancel?.();
    this.#cancel = null;
    if (this.waiting === 0) return;
    const inMs = Math.max(0, this.#nextOpensAtMs(window) - nowMs);
    this.#cancel = this.#clock.after(Math.ceil(inMs), () => this.#startNext());
  }

  #takeNext(window: Window): Waiting | undefined {
    const [urgent] = this.#waiting.urgent;
    if (urgent !== undefined) {
      this.#waiting.urgent.delete(urgent);
      return urgent;
    }
    const othersMay = window.others < this.#limit.limit / 2;
    const kind = this.#poorest(othersMay ? SHARING_KINDS : ["mirror"]);
    if (kind === undefined) return undefined;
    const [next] = this.#waiting[kind];
    if (next === undefined) return undefined;
    this.#waiting[kind].delete(next);
    this.#had[kind] += 1 / WEIGHTS[kind];
    if (kind !== "mirror") window.others += 1;
    return next;
  }

  /** The kind that waits and has had the least. */
  #poorest(among: readonly SharingKind[] = SHARING_KINDS): SharingKind | undefined {
    return among
      .filter((kind) => this.#waiting[kind].size > 0)
      .sort((a, b) => this.#had[a] - this.#had[b])[0];
  }

  #catchUp(kind: SharingKind): void {
    const poorest = this.#poorest();
    if (poorest === undefined) return;
    this.#had[kind] = Math.max(this.#had[kind], this.#had[poorest]);
  }
}

function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
