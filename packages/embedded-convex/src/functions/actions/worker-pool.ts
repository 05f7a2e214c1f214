/**
 * The workers of one version.
 *
 *   HTTP actions   one worker for all, warm; suspects (`memory-suspects.ts`) as actions
 *   actions        a worker, and so a heap, for each of the first MAX_HEAPS that run at a
 *                  time; the next ones share with those that have the fewest
 *
 * A job that is not begun within PATIENCE_MS (an endless loop holds the thread) is
 * withdrawn and offered to another worker; the stuck one counts no more until it answers.
 * So a runaway action delays nobody but itself, and one that uses up its memory
 * (`memory-watch.ts`) ends only those that share its heap.
 */
import type { Clock, Logger } from "../../rooms.ts";
import { ActionWorker, type JobListener } from "./action-worker.ts";
import { MemorySuspects } from "./memory-suspects.ts";
import { MemoryWatch } from "./memory-watch.ts";
import { CLAIM, type Job, type WorkerSetup } from "./protocol.ts";

const MAX_HEAPS = 8; // more threads than this only fight for the processor
const MAX_THREADS = 64; // of each kind, with the stuck ones
const PATIENCE_MS = 250;
const NEW_WORKER_MS = 5_000; // a thread takes 50 ms to start here; a loaded machine may take seconds
const IDLE_MS = 60_000; // then one idle worker is enough

type WorkerKind = "action" | "http" | "suspect";
type CommonSetup = Omit<WorkerSetup, "warm" | "background">;

/** Now. */
export interface PoolStats {
  readonly running: number;
  /** Not begun. */
  readonly waiting: number;
  readonly workers: number;
}

export interface PlacedJob {
  readonly worker: ActionWorker;
  readonly job: Job;
}

export class WorkerPool {
  readonly #setup: CommonSetup;
  readonly #env: Readonly<Record<string, string>>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #workers: Record<WorkerKind, ActionWorker[]> = {
    action: [],
    http: [],
    suspect: [],
  };
  readonly #fresh = new WeakSet<ActionWorker>();
  readonly #memory: MemoryWatch;
  readonly #suspects = new MemorySuspects();
  #shrinking = false;
  #closed = false;

  constructor(
    setup: CommonSetup,
    env: Readonly<Record<string, string>>,
    doors: { readonly clock: Clock; readonly logger: Logger },
  ) {
    this.#setup = setup;
    this.#env = env;
    this.#clock = doors.clock;
    this.#logger = doors.logger;
    this.#memory = new MemoryWatch(doors.clock, () => this.#all());
  }

  /** Starts the workers that the first call would otherwise wait for. */
  warm(): void {
    if (this.#setup.modules.get("")?.some(({ path }) => path === "http.js")) this.#keepOne("http");
    this.#keepOne("action");
  }

  /** `placed` hears of every worker the job is offered to; the last one has it. */
  start(job: Job, listener: JobListener, placed: (place: PlacedJob) => void): void {
    this.#offer(job, listener, placed);
  }

  stats(): PoolStats {
    const workers = this.#all().filter(isThere);
    const jobs = workers.reduce((sum, worker) => sum + worker.jobCount, 0);
    const running = workers.reduce((sum, worker) => sum + worker.begunCount, 0);
    return { running, waiting: jobs - running, workers: workers.length };
  }

  /** Retired, and every thread has ended. */
  get isDone(): boolean {
    return this.#closed && this.#all().every((worker) => worker.jobCount === 0);
  }

  /** Lets running jobs finish. */
  retire(): void {
    this.#closed = true;
    for (const worker of this.#all()) worker.retire();
  }

  async terminate(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#all().map((worker) => worker.terminate()));
  }

  #all(): ActionWorker[] {
    return Object.values(this.#workers).flat();
  }

  #offer(job: Job, listener: JobListener, placed: (place: PlacedJob) => void): void {
    const kind = this.#kindOf(job);
    const worker = this.#choose(kind);
    const patience = this.#fresh.has(worker) ? NEW_WORKER_MS : PATIENCE_MS;
    const cancel = this.#clock.after(patience, () => {
      if (this.#workers[kind].length >= MAX_THREADS || !withdrawClaim(job)) return;
      worker.withdraw(job.id);
      this.#offer({ ...job, claim: newClaim() }, listener, placed);
    });
    placed({ worker, job });
    worker.start(job, {
      started: () => {
        cancel();
        this.#fresh.delete(worker);
        this.#memory.wake();
        listener.started();
      },
      message: (message) => {
        if (kind === "suspect" && message.type === "finished") this.#suspect(job, false);
        listener.message(message);
      },
      lost: (why) => {
        cancel();
        if (why === "out of memory") this.#suspect(job, true);
        listener.lost(why);
      },
    });
    // One that was placed while the next version took over: its thread ends with it.
    if (this.#closed) worker.retire();
    else if (kind === "action") this.#keepSpare();
  }

  #kindOf(job: Job): WorkerKind {
    return job.type === "http" && this.#suspects.has(job) ? "suspect" : job.type;
  }

  #suspect(job: Job, suspected: boolean): void {
    if (job.type !== "http") return;
    if (suspected) this.#suspects.add(job);
    else this.#suspects.clear(job);
  }

  #choose(kind: WorkerKind): ActionWorker {
    this.#workers[kind] = this.#workers[kind].filter(isThere);
    const alive = this.#workers[kind].filter((worker) => worker.isAlive);
    const usable = alive.filter((worker) => !worker.isStuck);
    const candidates = alive.length < MAX_THREADS ? usable : alive;
    const [best] = candidates.toSorted((a, b) => a.jobCount - b.jobCount);
    const enough = kind === "http" || best?.jobCount === 0 || candidates.length >= MAX_HEAPS;
    return best !== undefined && enough ? best : this.#add(kind);
  }

  /** The next action shall not wait for a thread to start. */
  #keepSpare(): void {
    const usable = this.#workers.action.filter((worker) => worker.isAlive && !worker.isStuck);
    if (usable.length >= MAX_HEAPS || usable.some((worker) => worker.jobCount === 0)) return;
    this.#add("action");
  }

  #shrinkLater(): void {
    if (this.#shrinking) return;
    this.#shrinking = true;
    this.#clock.after(IDLE_MS, () => {
      this.#shrinking = false;
      const idle = (kind: WorkerKind) =>
        this.#workers[kind].filter((worker) => worker.jobCount === 0);
      for (const worker of [...idle("action").slice(1), ...idle("suspect")]) worker.retire();
    });
  }

  #keepOne(kind: WorkerKind): void {
    if (this.#workers[kind].length === 0) this.#add(kind);
  }

  #add(kind: WorkerKind): ActionWorker {
    const background = kind !== "http";
    const setup = { ...this.#setup, warm: kind === "http" ? "http.js" : null, background };
    const worker = new ActionWorker(setup, this.#env, this.#logger, {
      died: () => this.#replace(kind, worker),
      idle: () => this.#shrinkLater(),
    });
    this.#fresh.add(worker);
    this.#workers[kind].push(worker);
    return worker;
  }

  #replace(kind: WorkerKind, dead: ActionWorker): void {
    this.#workers[kind] = this.#workers[kind].filter((worker) => worker !== dead);
    if (!this.#closed && kind !== "suspect") this.#keepOne(kind);
  }
}

/** Also one that takes no new jobs, while it has some. */
function isThere({ isAlive, jobCount }: ActionWorker): boolean {
  return isAlive || jobCount > 0;
}

/** False when a worker has begun with it, or it was withdrawn before: else nobody begins it now. */
export function withdrawClaim({ claim }: Job): boolean {
  return Atomics.compareExchange(claim, 0, CLAIM.waiting, CLAIM.withdrawn) === CLAIM.waiting;
}

export function newClaim(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4));
}
