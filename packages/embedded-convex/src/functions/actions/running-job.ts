/** One action or HTTP action on the main thread: answers its calls, collects its logs, waits for its end. */
import type { Clock, FunctionFailure } from "../../rooms.ts";
import { failureOfMessage, failureOfThrown, type PositionsOf } from "../failure.ts";
import { LogBuffer } from "../log-buffer.ts";
import type { Lost } from "./action-worker.ts";
import { MAX_ACTION_MB } from "./memory-watch.ts";
import { type ActionScope, runOperation } from "./operations.ts";
import type { FromWorker, Job } from "./protocol.ts";
import { type PlacedJob, type WorkerPool, withdrawClaim } from "./worker-pool.ts";

export type JobResult =
  | { readonly ok: true; readonly json: string }
  | { readonly ok: false; readonly failure: FunctionFailure };

interface JobSetup {
  readonly job: Job;
  readonly scope: ActionScope;
  readonly pool: WorkerPool;
  readonly positionsOf: PositionsOf;
  readonly clock: Clock;
  readonly onLogLine: (line: string) => void;
  /** HTTP actions only. */
  readonly onHttp?: (message: FromWorker & { type: "head" | "chunk" | "pullBody" }) => void;
}

const ACTION_LIMIT_MS = 600_000;
const TIMED_OUT = failureOfMessage("Function execution timed out (maximum duration: 600s)");
/** Also what a job that is running when the engine stops is failed with. */
const LOST = failureOfMessage("Transient error while executing action");
const OUT_OF_MEMORY = failureOfMessage(
  `JavaScript execution ran out of memory (maximum memory usage: ${MAX_ACTION_MB} MB)`,
);
const STUCK_MS = 1_000; // after the limit a worker has this long to show that it is not in an endless loop

export class RunningJob {
  readonly logs: LogBuffer;
  /** Never rejects. */
  readonly result: Promise<JobResult>;
  readonly #setup: JobSetup;
  #resolve: (result: JobResult) => void = () => {};
  #place: PlacedJob | null = null;
  #cancelLimit = () => {};
  #cancelStuck = () => {};
  #over = false;

  constructor(setup: JobSetup) {
    this.#setup = setup;
    this.logs = new LogBuffer(setup.onLogLine);
    this.result = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  start(): void {
    const { job, pool, clock } = this.#setup;
    this.#cancelLimit = clock.after(ACTION_LIMIT_MS, () => this.#stop(TIMED_OUT));
    const listener = {
      started: () => {},
      message: (message: FromWorker) => this.#receive(message),
      lost: (why: Lost) =>
        this.#end({ ok: false, failure: why === "out of memory" ? OUT_OF_MEMORY : LOST }),
    };
    pool.start(job, listener, (place) => {
      this.#place = place;
    });
  }

  send(message: { readonly type: "pull" } | { readonly type: "abort" } | BodyMessage): void {
    this.#place?.worker.send({ ...message, job: this.#setup.job.id });
  }

  /** Nobody wants its response any more; it may go on with something else. */
  abandon(): void {
    this.send({ type: "abort" });
  }

  /** Ends it from this side, wherever it is. Safe to repeat. */
  cutOff(): void {
    const place = this.#place;
    if (place === null || withdrawClaim(place.job)) this.#end({ ok: false, failure: LOST });
    else this.#stop(LOST);
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case "log":
        this.logs.add(message.level, message.message);
        return;
      case "call":
        this.#answer(message);
        return;
      case "finished":
        this.#finished(message);
        return;
      case "head":
      case "chunk":
      case "pullBody":
        this.#setup.onHttp?.(message);
        return;
      case "stopped":
        this.#end({ ok: false, failure: TIMED_OUT });
        return;
      case "ready":
      case "started":
        return;
      default:
        message satisfies never;
    }
  }

  #answer({ call, op, args, bytes }: FromWorker & { type: "call" }): void {
    const { scope, job } = this.#setup;
    const worker = this.#place?.worker;
    void runOperation(scope, op, args, bytes).then((answer) =>
      worker?.send({ type: "answer", job: job.id, call, answer }),
    );
  }

  #finished({ ok, payload, dangling }: FromWorker & { type: "finished" }): void {
    if (dangling.length > 0) this.logs.add("WARN", danglingText(dangling));
    if (ok) {
      this.#end({ ok: true, json: payload });
      return;
    }
    this.#end({ ok: false, failure: failureOfThrown(payload, this.#setup.positionsOf) });
  }

  /** A thread that does not even answer is stuck in this action's code: it is ended. */
  #stop(failure: FunctionFailure): void {
    if (this.#over) return;
    const { job, clock } = this.#setup;
    const worker = this.#place?.worker;
    this.#cancelStuck = clock.after(STUCK_MS, () => void worker?.terminate());
    worker?.send({ type: "stop", job: job.id });
    this.#finish({ ok: false, failure });
  }

  #end(result: JobResult): void {
    this.#cancelStuck();
    this.#place?.worker.forget(this.#setup.job.id);
    this.#finish(result);
  }

  #finish(result: JobResult): void {
    if (this.#over) return;
    this.#over = true;
    this.#cancelLimit();
    this.#resolve(result);
  }
}

type BodyMessage =
  | { readonly type: "body"; readonly chunk: Uint8Array | null }
  | { readonly type: "bodyFailed"; readonly message: string };

function danglingText(names: readonly string[]): string {
  return (
    `${names.length} unawaited operation(s): [${names.join(", ")}]. Async operations should be awaited or they might not run. ` +
    "See https://docs.convex.dev/functions/actions#dangling-promises for more information."
  );
}
