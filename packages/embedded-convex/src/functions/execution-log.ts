/** One record per finished execution, and the lines of actions while they run, for `convex logs`. */
import type {
  ExecutionRecord,
  FunctionAddress,
  FunctionCall,
  FunctionFailure,
  UdfType,
} from "../rooms.ts";
import type { FunctionRunnerOptions } from "./options.ts";

interface End {
  readonly logLines: readonly string[];
  readonly failure: FunctionFailure | null;
}

export class ExecutionLog {
  readonly #options: FunctionRunnerOptions;

  constructor(options: FunctionRunnerOptions) {
    this.#options = options;
  }

  /** The path of an HTTP action is its method and route. Call it when the execution starts; what it returns when it has ended. */
  begin(type: UdfType, { component, path }: FunctionAddress, requestId: string, caller: string) {
    const startedMs = this.#options.clock.nowMs();
    const record = (kind: ExecutionRecord["kind"], end: End) =>
      this.#options.onExecution({
        kind,
        udfType: type,
        identifier: path,
        componentPath: component,
        requestId,
        timestamp: this.#options.clock.nowMs() / 1000,
        executionTime: (this.#options.clock.nowMs() - startedMs) / 1000,
        logLines: end.logLines,
        error: end.failure?.text ?? null,
        cachedResult: false,
        caller,
      });
    return {
      /** A line of an action that goes on. */
      progress: (line: string) => record("Progress", { logLines: [line], failure: null }),
      end: (end: End) => record("Completion", end),
    };
  }
}

/** Who asked: what `convex logs` shows as the caller. */
export function callerOf(call: FunctionCall): string {
  if (call.request.scheduledFunctionId !== undefined) return "Scheduler";
  return call.request.identity.kind === "admin" ? "Tester" : "SyncWorker";
}
