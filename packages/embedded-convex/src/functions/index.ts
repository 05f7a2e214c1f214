/**
 * The functions room: runs what was pushed, and finds out what a push holds.
 *
 *   query, mutation   on the main thread, in realms, in slices      query-runner, mutation-runner
 *   action, http      in worker threads                             actions/
 *   analyze           in a thread of its own                        analysis/
 */
import type { Transaction } from "../database/types.ts";
import type {
  AnalyzedFunction,
  Commit,
  FunctionAddress,
  FunctionCall,
  HttpActionRequest,
  JobHooks,
  MutationOutcome,
  QueryOptions,
  UdfType,
} from "../rooms.ts";
import { ActionRunner } from "./actions/action-runner.ts";
import { HttpActionRunner } from "./actions/http-action-runner.ts";
import type { ActionDoors } from "./actions/operations.ts";
import { WorkerVersions } from "./actions/worker-versions.ts";
import { createPushAnalyzer } from "./analysis/analyzer.ts";
import { callerOf, ExecutionLog } from "./execution-log.ts";
import { MutationRunner } from "./mutation-runner.ts";
import type { FunctionRunnerOptions, FunctionStats, FunctionsRoom } from "./options.ts";
import { QueryRunner } from "./query-runner.ts";
import { type SessionRequest, sweepSessionRequests } from "./session-requests.ts";
import { SliceLoop } from "./slices.ts";
import { type LoadedVersion, Versions } from "./versions.ts";

export function createFunctionRunner(options: FunctionRunnerOptions): FunctionsRoom {
  process.env.TZ = "UTC"; // dates in user code are in UTC (contract 3.5); realms have the process's zone
  return new Functions(options);
}

class Functions implements FunctionsRoom {
  readonly analyze: FunctionsRoom["analyze"];
  readonly authConfig: FunctionsRoom["authConfig"];
  readonly #options: FunctionRunnerOptions;
  readonly #versions: Versions;
  readonly #workers: WorkerVersions;
  readonly #queries: QueryRunner;
  readonly #mutations: MutationRunner;
  readonly #actions: ActionRunner;
  readonly #httpActions: HttpActionRunner;
  readonly #log: ExecutionLog;
  readonly #stopSweeping: () => void;
  readonly #stopListening: () => void;

  constructor(options: FunctionRunnerOptions) {
    const { cloudUrl, siteUrl } = options.origins;
    this.#options = options;
    this.#versions = new Versions({ CONVEX_CLOUD_URL: cloudUrl, CONVEX_SITE_URL: siteUrl });
    this.#workers = new WorkerVersions(options);
    const slices = new SliceLoop();
    this.#queries = new QueryRunner(options, this.#versions, slices);
    this.#mutations = new MutationRunner(options, this.#versions, slices);
    this.#log = new ExecutionLog(options);
    const doors = this.#doors();
    this.#actions = new ActionRunner(doors, this.#versions, this.#workers);
    this.#httpActions = new HttpActionRunner(doors, this.#versions, this.#workers, this.#actions);
    const analyzer = createPushAnalyzer(options);
    this.analyze = async (push) => {
      const found = await analyzer.analyze(push);
      const ofComponents = push.components.flatMap(({ modules }) => modules);
      await this.#versions.compileAhead([...push.modules, ...ofComponents]);
      return found;
    };
    this.authConfig = analyzer.authConfig;
    this.#stopSweeping = sweepSessionRequests(options.database, options.clock);
    this.#stopListening = options.database.onDurable((commits) => {
      if (commits.some(activates)) void this.prepare();
    });
  }

  async query(call: FunctionCall, options: QueryOptions = {}) {
    return this.#query(call, options, callerOf(call));
  }

  async mutation(call: FunctionCall, session?: SessionRequest) {
    return this.#mutation(call, session ?? null, callerOf(call));
  }

  async action(call: FunctionCall, signal?: AbortSignal) {
    return this.#action(call, callerOf(call), signal);
  }

  async any(call: FunctionCall) {
    const type = await this.#typeOf(call);
    if (type === "Mutation") return this.mutation(call);
    if (type === "Action") return this.action(call);
    const { result, logLines } = await this.query(call);
    return result.ok ? { ok: true as const, json: result.json, logLines } : { ...result, logLines };
  }

  async job(call: FunctionCall, hooks: JobHooks<Transaction>) {
    const log = this.#begin("Mutation", call, "Scheduler");
    const outcome = await this.#mutations.job(call, hooks);
    if (outcome !== "skipped") log.end(endOf(outcome));
    return outcome;
  }

  async httpAction(request: HttpActionRequest) {
    const { method, request: context } = request;
    return this.#httpActions.run(request, (route) => {
      const address = { component: "", path: `${method} ${route}` };
      const log = this.#log.begin("HttpAction", address, context.requestId, "HttpEndpoint");
      return {
        progress: log.progress,
        end: ({ result }) => log.end({ logLines: [], failure: result.ok ? null : result.failure }),
      };
    });
  }

  stats(): FunctionStats {
    const { running, waiting, workers } = this.#workers.stats();
    return { mutations: this.#mutations.stats(), actions: { running, waiting, workers } };
  }

  async lookup(address: FunctionAddress): Promise<AnalyzedFunction | null> {
    return this.#withVersion(({ version }) => version.find(address)?.analyzed ?? null);
  }

  async prepare(): Promise<void> {
    try {
      const loaded = await this.#withVersion((version) => version);
      void loaded.pools.warm();
      const { pool } = await this.#workers.of(loaded.version);
      pool.warm();
    } catch (error) {
      // Whoever calls a function next is told the same.
      this.#options.logger("error", "functions.version_unusable", {
        error: String(error),
      });
    }
  }

  async close(): Promise<void> {
    this.#stopSweeping();
    this.#stopListening();
    await Promise.all([this.#workers.close(), this.#versions.close()]);
  }

  /** For calls from actions; each is an execution with its own record. */
  #doors(): ActionDoors {
    return {
      options: this.#options,
      query: (call) => this.#query(call, {}, "Action"),
      mutation: (call) => this.#mutation(call, null, "Action"),
      action: (call) => this.#action(call, "Action"),
    };
  }

  async #query(call: FunctionCall, options: QueryOptions, caller: string) {
    const log = this.#begin("Query", call, caller);
    const outcome = await this.#queries.run(call, options);
    const { result, logLines } = outcome;
    log.end({ logLines, failure: result.ok ? null : result.failure });
    return outcome;
  }

  async #mutation(call: FunctionCall, session: SessionRequest | null, caller: string) {
    const log = this.#begin("Mutation", call, caller);
    const outcome = await this.#mutations.run(call, session);
    log.end(endOf(outcome));
    return outcome;
  }

  async #action(call: FunctionCall, caller: string, signal?: AbortSignal) {
    const log = this.#begin("Action", call, caller);
    const outcome = await this.#actions.run(call, log.progress, signal);
    log.end({ logLines: [], failure: outcome.ok ? null : outcome.failure });
    return outcome;
  }

  #begin(type: UdfType, call: FunctionCall, caller: string) {
    return this.#log.begin(type, call.address, call.request.requestId, caller);
  }

  /** "Query" also for what is not there: running it says so. */
  async #typeOf(call: FunctionCall): Promise<AnalyzedFunction["udfType"]> {
    return this.#withVersion(({ version }) => {
      const target = version.find(call.address);
      return target?.analyzed.udfType ?? "Query";
    });
  }

  async #withVersion<T>(read: (loaded: LoadedVersion) => T): Promise<T> {
    const tx = this.#options.database.begin();
    try {
      return read(await this.#versions.of(tx));
    } finally {
      tx.close();
    }
  }
}

function activates({ documents }: Commit): boolean {
  return documents.some(({ table }) => table === "_deployment");
}

function endOf(outcome: MutationOutcome) {
  return { logLines: outcome.logLines, failure: outcome.ok ? null : outcome.failure };
}
