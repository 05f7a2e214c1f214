/**
 * The slice loop: pushes runs forward on the main thread, 2 to 4 ms at a time.
 *
 *   turn (one macrotask)                                    next macrotask
 *   | limited entry                              |  | settle                |
 *   |  run A: microtasks, syscalls ... ended     |  | A: result, rejections |
 *   |  run B: microtasks, syscalls ... ended     |  | B: ...                |
 *   |  run C: time is over -> next turn          |
 *
 * An entry with a time limit costs 42 us, a plain one 6 us, so one limited entry
 * goes around all slices of a turn. When the limit fires, whatever run is current is
 * the culprit: it alone is ended, its realm thrown away. The others were not running.
 *
 * Results are settled one macrotask later, after Node has reported the rejections
 * nobody handled, because those fail the function they belong to.
 */
import { createContext, Script } from "node:vm";
import { isTimeout } from "./limited-entry.ts";
import type { Run } from "./run.ts";
import { TIMED_OUT } from "./time-budget.ts";

/**
 * Delivery waits at most this long for user code that makes system calls. Every turn pays
 * for a limited entry, whose thread must be scheduled: 2 ms made 9 entries a signal, 4 make 5.
 */
const TURN_MS = 4;
/** A turn in which a run has ended lasts no longer than this: its result waits for the end. */
const TURN_WITH_RESULT_MS = 2;
/**
 * When as many wait for a run, its result leaves before anything else runs: telling them
 * takes longer than the entry that this costs, and they work side by side with us.
 */
const MANY_WAITING = 16;
const MAX_READY = 16; // that share the turns; more would only make each other slower
const MAX_ACTIVE = 256; // with those that wait for something outside; each holds a realm of 1 MB
/**
 * Until a run has had this much it stays in front: most end within it, so they end in the
 * order they came and use one realm, instead of all at the end and each with a realm.
 */
const QUANTUM_MS = 10;
/**
 * The limit fires this much after the user time is used up. In between every system
 * call is refused, so that the engine's own code is never what gets interrupted.
 */
const GRACE_MS = 150;
/** Runs whose remaining time differs more than this do not share an entry. */
const FAIRNESS_MS = 25;

interface Entry {
  readonly run: Run;
  readonly done: () => void;
  /** Answers that arrived while it waited. */
  readonly arrived: (() => void)[];
  state: "new" | "ready" | "waiting" | "ended";
  /** Since it came to the front. */
  spentMs: number;
}

const ENTER = new Script("go()", { filename: "realm:enter" });

export class SliceLoop {
  readonly #queue: Entry[] = [];
  readonly #active: Entry[] = [];
  #ended: Entry[] = [];
  #current: Entry | null = null;
  #scheduled = false;
  #turnStart = 0;
  #turnMs = TURN_MS;
  #work: () => void = () => {};
  readonly #context = createContext({ go: () => this.#work() });

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
    while (this.#hasTime() && this.#admit()) this.#enter();
    if (this.#active.some(({ state }) => state !== "waiting") || this.#queue.length > 0)
      this.#schedule();
  }

  /** Fills up the active runs; false when none can go on. */
  #admit(): boolean {
    let ready = this.#active.filter(({ state }) => state !== "waiting").length;
    for (; ready < MAX_READY && this.#active.length < MAX_ACTIVE; ready++) {
      const next = this.#queue.shift();
      if (next === undefined) break;
      this.#active.push(next);
    }
    return ready > 0;
  }

  #enter(): void {
    const first = this.#active.find(({ state }) => state !== "waiting");
    if (first === undefined) return;
    const remaining = first.run.budget.remainingUserMs;
    this.#work = () => this.#slices(remaining);
    try {
      ENTER.runInContext(this.#context, { timeout: Math.ceil(Math.max(remaining, 1) + GRACE_MS) });
    } catch (error) {
      this.#interrupted(error);
    }
    this.#current = null;
  }

  #slices(remaining: number): void {
    while (this.#hasTime()) {
      const index = this.#active.findIndex(({ state }) => state !== "waiting");
      const entry = this.#active[index];
      if (entry === undefined) {
        if (!this.#admit()) return;
        continue;
      }
      if (Math.abs(entry.run.budget.remainingUserMs - remaining) > FAIRNESS_MS) return;
      this.#current = entry;
      this.#slice(entry);
      this.#current = null;
      if (entry.state === "ready" && entry.spentMs < QUANTUM_MS) return;
      entry.spentMs = 0;
      this.#active.splice(this.#active.indexOf(entry), 1);
      if (entry.state !== "ended") {
        this.#active.push(entry); // behind the others
        continue;
      }
      this.#ended.push(entry);
      this.#turnMs = entry.run.waiting < MANY_WAITING ? TURN_WITH_RESULT_MS : 0;
    }
  }

  #hasTime(): boolean {
    return performance.now() - this.#turnStart < this.#turnMs;
  }

  #slice(entry: Entry): void {
    const start = performance.now();
    entry.run.sliceEndsAtMs = this.#turnStart + this.#turnMs;
    do {
      for (const deliver of entry.arrived.splice(0)) deliver();
      const progress = entry.run.advance();
      entry.state = progress === "again" ? "ready" : progress;
    } while (entry.state === "ready" && this.#hasTime());
    entry.spentMs += performance.now() - start;
  }

  #interrupted(error: unknown): void {
    const entry = this.#current;
    // Between two slices nothing of a run's is interrupted: it was the machine that slept.
    if (entry === null && isTimeout(error)) return;
    if (entry === null) throw error;
    if (!isTimeout(error)) entry.run.systemFailure(error);
    entry.run.abort(TIMED_OUT);
    entry.state = "ended";
    this.#active.splice(this.#active.indexOf(entry), 1);
    this.#ended.push(entry);
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
