/**
 * How often, how long and with what end functions ran. Fed with one record an execution.
 *
 * [METRICS3] The number of series is bounded, whatever clients call: a path has a series
 *            of its own from its first success on, at most MAX_PATHS of them have one, and
 *            HTTP actions, whose path is the client's, count by type only.
 */
import { Histogram, LONG_TIMES } from "../histogram.ts";
import type { ExecutionRecord, UdfType } from "../rooms.ts";
import { counter, type Family, histogram } from "./exposition.ts";

const MAX_PATHS = 2_000;
const OTHER = "(other)";
const TYPES: readonly UdfType[] = ["Query", "Mutation", "Action", "HttpAction"];

interface TypeCounts {
  readonly seconds: Histogram;
  succeeded: number;
  failed: number;
}

export class ExecutionCounts {
  readonly #paths = new Map<string, number>();
  readonly #types = new Map<UdfType, TypeCounts>(
    TYPES.map((type) => [type, { seconds: new Histogram(LONG_TIMES), succeeded: 0, failed: 0 }]),
  );

  record({ kind, cachedResult, identifier, udfType, error, executionTime }: ExecutionRecord): void {
    if (kind !== "Completion" || cachedResult) return;
    const counts = this.#types.get(udfType);
    if (counts !== undefined) {
      counts.seconds.observe(executionTime);
      if (error === null) counts.succeeded++;
      else counts.failed++;
    }
    if (udfType === "HttpAction") return;
    const path = this.#seriesOf(identifier.replace(".js:", ":"), error === null);
    this.#paths.set(path, (this.#paths.get(path) ?? 0) + 1);
  }

  families(): readonly Family[] {
    const types = [...this.#types].map(([type, counts]) => ({ type: labelOf(type), counts }));
    return [
      counter(
        "convex_function_executions_total",
        "Executions of queries, mutations and actions by path; those answered from the cache are none.",
        [...this.#paths].map(([path, value]) => ({ labels: { path }, value })),
      ),
      counter(
        "convex_executions_total",
        "Executions by type of function and outcome.",
        types.flatMap(({ type, counts: { succeeded, failed } }) => [
          { labels: { type, outcome: "success" }, value: succeeded },
          { labels: { type, outcome: "failure" }, value: failed },
        ]),
      ),
      histogram(
        "convex_execution_seconds",
        "From the start of an execution to its outcome, commit included.",
        types.map(({ type, counts }) => ({ labels: { type }, histogram: counts.seconds })),
      ),
    ];
  }

  #seriesOf(path: string, succeeded: boolean): string {
    if (this.#paths.has(path)) return path;
    return succeeded && this.#paths.size < MAX_PATHS ? path : OTHER;
  }
}

function labelOf(type: UdfType): string {
  return type === "HttpAction" ? "http_action" : type.toLowerCase();
}
