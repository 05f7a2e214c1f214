/**
 * The clock that all three providers and the deliveries share. It runs with the
 * machine's clock, or stands still (`frozen`), and can be advanced: what falls
 * due on the way runs in order of time, and each task sees its own due time.
 *
 *        now        a1 a2    b            now + ms
 *   ------|----------*--*----*---------------|--->   a1 and a2 run together, then b
 *
 * Tasks may be asynchronous: advancing waits for them. [PCLK1]
 */

export type Task = () => void | Promise<void>;

type Planned = { dueMs: number; order: number; run: Task };

export type SimClockOptions = {
  /** Stands still until advanced. */
  frozen?: boolean;
  /** Where time begins; the machine's time unless given. */
  startMs?: number;
  /** Told when a task that the clock itself started fails. */
  reportBug?: (error: Error) => void;
};

const MAX_TIMER_MS = 2_000_000_000; // a longer setTimeout fires at once

export class SimClock {
  readonly #frozen: boolean;
  readonly #reportBug: (error: Error) => void;
  #offsetMs: number;
  #orders = 0;
  #planned: Planned[] = []; // by due time, then by order of planning
  #timer: NodeJS.Timeout | undefined;
  #advancing: Promise<void> = Promise.resolve();

  constructor({ frozen = false, startMs, reportBug }: SimClockOptions = {}) {
    this.#frozen = frozen;
    this.#offsetMs = frozen ? (startMs ?? Date.now()) : (startMs ?? Date.now()) - Date.now();
    this.#reportBug =
      reportBug ??
      ((error) => {
        throw error;
      });
  }

  /** Milliseconds since the Unix epoch, as the providers see it. */
  nowMs(): number {
    return this.#frozen ? this.#offsetMs : Date.now() + this.#offsetMs;
  }

  /** Whole seconds, as Stripe writes time. */
  nowSeconds(): number {
    return Math.floor(this.nowMs() / 1000);
  }

  /** Runs once at that time, or as soon as possible when it is over; the returned function cancels it. */
  at(dueMs: number, run: Task): () => void {
    this.#orders += 1;
    const entry = { dueMs, order: this.#orders, run };
    this.#planned.splice(this.#place(entry), 0, entry);
    this.#arm();
    return () => {
      const index = this.#planned.indexOf(entry);
      if (index >= 0) this.#planned.splice(index, 1);
    };
  }

  after(delayMs: number, run: Task): () => void {
    return this.at(this.nowMs() + delayMs, run);
  }

  /** Moves time on and resolves when everything that fell due has run. Calls queue up. */
  advance(ms: number): Promise<void> {
    const next = this.#advancing.then(() => this.#advanceTo(this.nowMs() + ms));
    this.#advancing = next.catch(() => undefined);
    return next;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#planned = [];
  }

  async #advanceTo(targetMs: number): Promise<void> {
    for (;;) {
      const due = this.#takeDue(targetMs);
      if (due.length === 0) break;
      this.#moveTo(due[0]?.dueMs ?? targetMs);
      await Promise.all(due.map(async ({ run }) => run()));
    }
    this.#moveTo(targetMs);
    this.#arm();
  }

  /** Everything planned for the earliest moment, if that is not after the target. */
  #takeDue(targetMs: number): Planned[] {
    const first = this.#planned[0];
    if (first === undefined || first.dueMs > targetMs) return [];
    const until = this.#planned.findIndex(({ dueMs }) => dueMs > first.dueMs);
    return this.#planned.splice(0, until < 0 ? this.#planned.length : until);
  }

  #moveTo(ms: number): void {
    this.#offsetMs += Math.max(0, ms - this.nowMs());
  }

  #place(entry: Planned): number {
    let low = 0;
    let high = this.#planned.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const dueMs = this.#planned[middle]?.dueMs ?? 0;
      if (dueMs <= entry.dueMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** A running clock wakes up by itself for what is next. */
  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#planned[0];
    if (this.#frozen || next === undefined) return;
    const waitMs = Math.min(Math.max(0, next.dueMs - this.nowMs()), MAX_TIMER_MS);
    this.#timer = setTimeout(() => this.#wake(), waitMs);
    this.#timer.unref();
  }

  #wake(): void {
    for (const { run } of this.#takeAllDue()) {
      Promise.resolve()
        .then(run)
        .catch((error: unknown) =>
          this.#reportBug(error instanceof Error ? error : new Error(String(error))),
        );
    }
    this.#arm();
  }

  #takeAllDue(): Planned[] {
    const nowMs = this.nowMs();
    const until = this.#planned.findIndex(({ dueMs }) => dueMs > nowMs);
    return this.#planned.splice(0, until < 0 ? this.#planned.length : until);
  }
}

export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;
