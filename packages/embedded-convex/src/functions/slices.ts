/**
 * The slice loop: pushes runs forward on the main thread, 2 ms at a time.
 *
 *   turn (one macrotask)                          next macrotask
 *   | run A: microtasks, syscalls ... ended |     | settle                |
 *   | run B: microtasks, syscalls ... ended |     | A: result, rejections |
 *   | run C: time is over -> next turn      |     | B: ...                |
 *
 * User code is entered without a time limit: a limit is a thread that Node makes and waits
 * for, 42 us on an idle machine, a third of a millisecond and more on a busy one, a second at
 * worst. Pushed code ends itself by its ticks (`tick-points.ts`), and the budget ends the
 * run. Only code that may have none (`Run.needsLimit`) gets a limited entry for each slice.
 *
 * Results are settled one macrotask later, after Node has reported the rejections
 * nobody handled, because those fail the function they belong to.
 */
import { enterLimited } from "./limited-entry.ts";
import type { Run } from "./run.ts";
import { TIMED_OUT } from "./time-budget.ts";

/** Delivery waits at most this long for user code that makes system calls. */
const TURN_MS = 2;
/**
 * When as many wait for a run, its result leaves before anything else runs: telling them
 * takes longer than the turn that this costs, and they work side by side with us.
 */
const MANY_WAITING = 16;
const MAX_READY = 16; // that share the turns; more would only make each other slower
const MAX_ACTIVE = 256; // with those that wait for something outside; each holds a realm of 1 MB
/** When all of those wait (for one slow thread, say), others may still pass by, one at a time. */
const MAX_WAITING = 1024;
/**
 * Until a run has had this much it stays in front: most end within it, so they end in the
 * order they came and use one realm, instead of all at the end and each with a realm.
 */
const QUANTUM_MS = 10;
/**
 * A limit fires this much after the user time is used up. In between every system
 * call is refused, so that the engine's own code is never what gets interrupted.
 */
const GRACE_MS = 150;

interface Entry {
  readonly run: Run;
  readonly done: () => void;
  /** Answers that arrived while it waited. */
  readonly arrived: (() => void)[];
  state: "new" | "ready" | "waiting" | "ended";
  /** Since it came to the front. */
  spentMs: number;
}

export class SliceLoop {
  readonly #queue: Entry[] = [];
  readonly #active: Entry[] = [];
  #ended: Entry[] = [];
  #scheduled = false;
  #turnStart = 0;
  #turnMs = TURN_MS;

  /** Resolves when the run has ended and its rejections are known. */
  run(run: Run): Promise<void> {
    return new Promise((resolve) => {
      const entry: Entry = { run, done: resolve, arrived: [], state: "new", spentMs: 0 };
      run.onWake((deliver) => this.#wake(entry, deliver));
      this.#queue.push(entry);
      this.#schedule();
    });
  }

  #wake(entry: Entry, deliver: () => void): void {
    if (entry.state === "ended") return;
    entry.arrived.push(deliver);
    entry.state = "ready";
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turn();
    });
    // Of the same phase, but after the process has looked at its rejections.
    setImmediate(() => this.#settle());
  }

  #turn(): void {
    this.#turnStart = performance.now();
    this.#turnMs = TURN_MS;
    while (this.#hasTime() && this.#admit()) this.#pushFirst();
    if (this.#active.some(({ state }) => state !== "waiting") || this.#queue.length > 0)
      this.#schedule();
  }

  /** Fills up the active runs; false when none can go on. */
  #admit(): boolean {
    let ready = this.#active.filter(({ state }) => state !== "waiting").length;
    for (; ready < MAX_READY && this.#active.length < this.#mostActive(ready); ready++) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      this.#active.push(next);
    }
    return ready > 0;
  }

  #mostActive(ready: number): number {
    return ready === 0 ? MAX_WAITING : MAX_ACTIVE;
  }

  #pushFirst(): void {
    const index = this.#active.findIndex(({ state }) => state !== "waiting");
    const entry = this.#active[index];
    if (entry === undefined) return;
    this.#slice(entry);
    if (entry.state === "ready" && entry.spentMs < QUANTUM_MS) return;
    entry.spentMs = 0;
    this.#active.splice(this.#active.indexOf(entry), 1);
    if (entry.state !== "ended") {
      this.#active.push(entry); // behind the others
      return;
    }
    this.#ended.push(entry);
    if (entry.run.waiting >= MANY_WAITING) this.#turnMs = 0;
  }

  #hasTime(): boolean {
    return performance.now() - this.#turnStart < this.#turnMs;
  }

  #slice(entry: Entry): void {
    const { run } = entry;
    const start = performance.now();
    try {
      if (!run.needsLimit) this.#advance(entry);
      else if (!this.#advanceLimited(entry)) this.#end(entry);
    } catch (error) {
      run.systemFailure(error);
      this.#end(entry);
    }
    entry.spentMs += performance.now() - start;
  }

  #advance(entry: Entry): void {
    const { run } = entry;
    const limited = run.needsLimit;
    do {
      for (const deliver of entry.arrived.splice(0)) deliver();
      const progress = run.advance();
      entry.state = progress === "again" ? "ready" : progress;
    } while (entry.state === "ready" && this.#hasTime() && run.needsLimit === limited);
  }

  /** False when it was cut off in the middle. */
  #advanceLimited(entry: Entry): boolean {
    const limitMs = Math.max(entry.run.budget.remainingUserMs, 1) + GRACE_MS;
    return enterLimited(() => this.#advance(entry), limitMs);
  }

  #end(entry: Entry): void {
    entry.run.abort(TIMED_OUT);
    entry.state = "ended";
  }

  #settle(): void {
    const ended = this.#ended;
    this.#ended = [];
    for (const entry of ended) {
      entry.run.settle();
      entry.done();
    }
  }
}
