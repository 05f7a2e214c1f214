/**
 * The workers of one version.
 *
 *   HTTP actions   one worker of their own, warm; the next is made when it is stuck
 *   actions        up to MAX_WORKERS, each running several side by side
 *
 * A job is offered to the worker with the fewest jobs. If it is not begun within
 * PATIENCE_MS (an endless loop holds the thread), it is withdrawn and offered to another
 * one, which is made if need be. So a runaway action delays nobody but itself.
 */
import type { Clock, Logger } from "../../rooms.ts";
import { ActionWorker, type JobListener } from "./action-worker.ts";
import { CLAIM, type Job, type WorkerSetup } from "./protocol.ts";

const MAX_WORKERS = 4; // of each kind; more threads than this only fight for the processor
const JOBS_PER_WORKER = 8; // beyond it a further worker is made while there may be
const PATIENCE_MS = 250;
const NEW_WORKER_MS = 5_000; // a thread takes 50 ms to start here; a loaded machine may take seconds

type JobKind = Job["type"];
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
  readonly #workers: Record<JobKind, ActionWorker[]> = { action: [], http: [] };
  readonly #fresh = new WeakSet<ActionWorker>();
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
  }

  /** Starts the workers that the first call would otherwise wait for. */
  warm(): void {
    if (this.#setup.modules.get("")?.some(({ path }) => path === "http.js")) this.#keepOne("http");
    this.#keepOne("action");
  }

  /** `placed` hears of every worker the job is offered to; the last one has it. */
  start(job: Job, listener: JobListener, placed: (place: PlacedJob) => void): void {
    this.#offer(job, listener, placed, new Set());
  }

  stats(): PoolStats {
    const workers = this.#all();
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
    return [...this.#workers.action, ...this.#workers.http];
  }

  #offer(
    job: Job,
    listener: JobListener,
    placed: (place: PlacedJob) => void,
    tried: Set<ActionWorker>,
  ): void {
    const worker = this.#choose(job.type, tried);
    const patience = this.#fresh.has(worker) ? NEW_WORKER_MS : PATIENCE_MS;
    const mayMove = tried.size < MAX_WORKERS;
    const cancel = this.#clock.after(patience, () => {
      if (!mayMove || !this.#withdraw(job)) return;
      worker.forget(job.id);
      tried.add(worker);
      const again = { ...job, claim: newClaim() };
      this.#offer(again, listener, placed, tried);
    });
    placed({ worker, job });
    worker.start(job, {
      started: () => {
        cancel();
        this.#fresh.delete(worker);
        listener.started();
      },
      message: (message) => listener.message(message),
      lost: () => {
        cancel();
        listener.lost();
      },
    });
  }

  #withdraw(job: Job): boolean {
    return Atomics.compareExchange(job.claim, 0, CLAIM.waiting, CLAIM.withdrawn) === CLAIM.waiting;
  }

  #choose(kind: JobKind, avoid: ReadonlySet<ActionWorker>): ActionWorker {
    const workers = this.#workers[kind].filter((worker) => worker.isAlive);
    this.#workers[kind] = workers;
    const candidates = workers.filter((worker) => !avoid.has(worker));
    const [best] = candidates.toSorted((a, b) => a.jobCount - b.jobCount);
    const full = best === undefined || best.jobCount >= JOBS_PER_WORKER;
    const mayGrow =
      workers.length < MAX_WORKERS + avoid.size && (kind === "action" || best === undefined);
    if (best !== undefined && !(full && mayGrow)) return best;
    return this.#add(kind);
  }

  #keepOne(kind: JobKind): void {
    if (this.#workers[kind].length === 0) this.#add(kind);
  }

  #add(kind: JobKind): ActionWorker {
    const background = kind === "action";
    const setup = { ...this.#setup, warm: background ? null : "http.js", background };
    const worker = new ActionWorker(setup, this.#env, this.#logger, () =>
      this.#replace(kind, worker),
    );
    this.#fresh.add(worker);
    this.#workers[kind].push(worker);
    return worker;
  }

  #replace(kind: JobKind, dead: ActionWorker): void {
    this.#workers[kind] = this.#workers[kind].filter((worker) => worker !== dead);
    if (!this.#closed) this.#keepOne(kind);
  }
}

export function newClaim(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4));
}
