/** HTTP actions: a request goes to the worker, a response comes back, bodies piece by piece both ways. */
import type { HttpActionRequest, HttpActionResponse } from "../../rooms.ts";
import type { DeploymentVersion } from "../deployment-version.ts";
import { messageOf } from "../failure.ts";
import { identityAcross } from "../references.ts";
import type { Versions } from "../versions.ts";
import type { ActionRunner } from "./action-runner.ts";
import { routeHttp } from "./http-routing.ts";
import type { ActionDoors } from "./operations.ts";
import { Places } from "./places.ts";
import type { FromWorker, ResponseHead } from "./protocol.ts";
import { type JobResult, RunningJob } from "./running-job.ts";
import { newClaim } from "./worker-pool.ts";
import type { WorkerVersions } from "./worker-versions.ts";

const NO_HTTP = "This Convex deployment does not have HTTP actions enabled.";
/** They share a heap of 512 MB, and each has the app's modules to itself: a few megabytes. */
const MAX_RUNNING = 128;
const MAX_WAITING = 4096;
const BODYLESS = new Set(["GET", "HEAD", "OPTIONS"]);
/**
 * A body declared this short goes along with the job. It is nearly always there already,
 * and the function waits for two round trips less between the threads before it has it.
 */
const MAX_ENCLOSED_BYTES = 64 * 1024;

/** The record of an execution, from its beginning on. */
export interface HttpActionLog {
  readonly progress: (line: string) => void;
  readonly end: (end: HttpActionEnd) => void;
}

/** What the record of the execution says. */
interface HttpActionEnd {
  readonly result: JobResult;
  readonly logLines: readonly string[];
}

interface Admitted {
  readonly request: HttpActionRequest;
  readonly version: DeploymentVersion;
  readonly target: NonNullable<ReturnType<typeof routeHttp>>;
  readonly onLogLine: (line: string) => void;
}

export class HttpActionRunner {
  readonly #doors: ActionDoors;
  readonly #versions: Versions;
  readonly #workers: WorkerVersions;
  readonly #actions: ActionRunner;
  readonly #places = new Places(MAX_RUNNING, MAX_WAITING);

  constructor(
    doors: ActionDoors,
    versions: Versions,
    workers: WorkerVersions,
    actions: ActionRunner,
  ) {
    this.#doors = doors;
    this.#versions = versions;
    this.#workers = workers;
    this.#actions = actions;
  }

  /** Resolves with the head; the log, begun with the route, ends when the body has gone out too. */
  async run(
    request: HttpActionRequest,
    beginLog: (route: string) => HttpActionLog,
  ): Promise<HttpActionResponse> {
    const tx = this.#doors.options.database.begin();
    const { version } = await this.#versions.of(tx).finally(() => tx.close());
    const target = routeHttp(version, new URL(request.url).pathname, request.method);
    if (target === null) return textResponse(404, NO_HTTP);
    const log = beginLog(target.route);
    const giveBack = await this.#places.take();
    try {
      const admitted = { request, version, target, onLogLine: log.progress };
      return await this.#runAdmitted(admitted, (end) => {
        giveBack();
        log.end(end);
      });
    } catch (error) {
      giveBack();
      throw error;
    }
  }

  async #runAdmitted(
    { request, version, target, onLogLine }: Admitted,
    onEnd: (end: HttpActionEnd) => void,
  ): Promise<HttpActionResponse> {
    const { component, path: routedPath } = target;
    const { pool, positionsOf } = await this.#workers.of(version);
    const identity = identityAcross(request.request.identity, component, component);
    const body = BODYLESS.has(request.method) ? null : request.body;
    const enclosed = body !== null && isShort(request) ? await whole(body) : null;
    const exchange = new HttpExchange(body);
    const job = new RunningJob({
      job: {
        type: "http",
        id: this.#actions.nextJobId(),
        claim: newClaim(),
        component,
        method: request.method,
        url: request.url,
        routedPath,
        headers: request.headers,
        body: enclosed ?? (body === null ? null : "pulled"),
      },
      scope: {
        doors: this.#doors,
        version,
        request: { ...request.request, identity },
        component,
        path: "http:default",
      },
      pool,
      positionsOf: positionsOf(component),
      clock: this.#doors.options.clock,
      onLogLine,
      onHttp: (message) => exchange.receive(message),
    });
    void job.result.then((result) => onEnd({ result, logLines: job.logs.lines }));
    return exchange.run(job, request.request.requestId, request.signal);
  }
}

function isShort({ headers }: HttpActionRequest): boolean {
  const declared = headers.find(([name]) => name.toLowerCase() === "content-length");
  return declared !== undefined && Number(declared[1]) <= MAX_ENCLOSED_BYTES;
}

/** Rejects as the body does: then the function never ran. */
async function whole(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

class HttpExchange {
  readonly #body: AsyncIterator<Uint8Array> | null;
  readonly #head = Promise.withResolvers<ResponseHead | null>();
  #job: RunningJob | null = null;
  #chunk: PromiseWithResolvers<Uint8Array | null> | null = null;
  #failed: Error | null = null;

  constructor(body: AsyncIterable<Uint8Array> | null) {
    this.#body = body?.[Symbol.asyncIterator]() ?? null;
  }

  async run(job: RunningJob, requestId: string, signal: AbortSignal): Promise<HttpActionResponse> {
    this.#job = job;
    const abandon = () => job.abandon();
    signal.addEventListener("abort", abandon, { once: true });
    void job.result.then((result) => {
      signal.removeEventListener("abort", abandon);
      this.#end(result);
    });
    job.start();
    if (signal.aborted) job.abandon();
    const head = await this.#head.promise;
    if (head === null) return failureResponse(await job.result, requestId);
    return {
      status: head.status,
      headers: head.headers,
      body: head.body === "pulled" ? this.#chunks() : head.body,
    };
  }

  receive(message: FromWorker & { type: "head" | "chunk" | "pullBody" }): void {
    switch (message.type) {
      case "head":
        this.#head.resolve(message.head);
        return;
      case "chunk":
        this.#chunk?.resolve(message.chunk);
        this.#chunk = null;
        return;
      case "pullBody":
        return void this.#sendBody();
      default:
        message satisfies never;
    }
  }

  async #sendBody(): Promise<void> {
    try {
      const next = await this.#body?.next();
      const chunk = next === undefined || next.done === true ? null : next.value;
      this.#job?.send({ type: "body", chunk });
    } catch (error) {
      this.#job?.send({
        type: "bodyFailed",
        message: error instanceof Error ? error.message : String(error),
      });
    }
  }

  async *#chunks(): AsyncGenerator<Uint8Array> {
    let complete = false;
    try {
      for (;;) {
        if (this.#failed !== null) throw this.#failed;
        this.#chunk = Promise.withResolvers();
        const next = this.#chunk.promise;
        this.#job?.send({ type: "pull" });
        const chunk = await next;
        if (chunk === null) break;
        yield chunk;
      }
      complete = true;
    } finally {
      if (!complete) this.#job?.abandon();
    }
  }

  #end(result: JobResult): void {
    if (!result.ok) this.#failed = new Error(messageOf(result.failure));
    this.#head.resolve(null);
    if (this.#failed !== null) this.#chunk?.reject(this.#failed);
    else this.#chunk?.resolve(null);
    this.#chunk = null;
  }
}

function textResponse(status: number, text: string): HttpActionResponse {
  return {
    status,
    headers: [["content-type", "text/plain; charset=utf-8"]],
    body: onePiece(text),
  };
}

/** What a client sees of an HTTP action that threw before it answered (contract 2.3). */
function failureResponse(result: JobResult, requestId: string): HttpActionResponse {
  const failure = result.ok ? { text: "HTTP actions must return a Response\n" } : result.failure;
  const [headline = "", ...frames] = failure.text.split("\n");
  const body = {
    code: `[Request ID: ${requestId}] Server Error: ${headline}`,
    trace: frames.join("\n"),
    ...("data" in failure ? { data: failure.data } : {}),
  };
  return {
    status: 500,
    headers: [["content-type", "application/json"]],
    body: onePiece(JSON.stringify(body)),
  };
}

async function* onePiece(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text);
}
