/**
 * Counters for whoever watches the process: `GET /metrics`, Prometheus text.
 *
 * [HTTP31] Counters are told to admins, and without a key only to callers on this machine.
 */
import { type Authenticator, requireAdmin } from "../auth/credentials.ts";
import type { Database } from "../database/types.ts";
import { ConflictError } from "../errors.ts";
import type { ExecutionRecord } from "../rooms.ts";
import { type HttpExchange, type HttpHandler, textAnswer } from "./exchange.ts";

const LOOPBACK = /^(::1|(::ffff:)?127\.)/;

export interface Counters {
  recordExecution(record: ExecutionRecord): void;
  /** The same database; conflicts of its commits are counted. */
  counting(database: Database): Database;
  /** In Prometheus' text format. */
  readonly text: string;
}

/** What is now, by name. */
export type Gauges = () => Readonly<Record<string, number>>;

export function createCounters(): Counters {
  const executions = new Map<string, number>();
  let conflicts = 0;
  return {
    recordExecution: ({ kind, cachedResult, identifier }) => {
      if (kind !== "Completion" || cachedResult) return;
      const path = identifier.replace(".js:", ":");
      executions.set(path, (executions.get(path) ?? 0) + 1);
    },
    counting: (database) =>
      countingConflicts(database, () => {
        conflicts++;
      }),
    get text() {
      const lines = ["# TYPE convex_function_executions_total counter"];
      for (const [path, count] of executions) {
        const label = JSON.stringify(path);
        lines.push(`convex_function_executions_total{path=${label}} ${count}`);
      }
      lines.push("# TYPE convex_commit_conflicts_total counter");
      lines.push(`convex_commit_conflicts_total ${conflicts}`);
      return `${lines.join("\n")}\n`;
    },
  };
}

export function createMetricsRoute(
  counters: Counters,
  gauges: Gauges,
  authenticator: Authenticator,
): HttpHandler {
  return async (exchange) => {
    if (exchange.path !== "/metrics" || exchange.method !== "GET") return null;
    if (!isFromThisMachine(exchange)) requireAdmin(await authenticator.identify(exchange));
    return textAnswer(200, counters.text + gaugeText(gauges()));
  };
}

function gaugeText(gauges: ReturnType<Gauges>): string {
  return Object.entries(gauges)
    .map(([name, value]) => `# TYPE convex_${name} gauge\nconvex_${name} ${value}\n`)
    .join("");
}

/** A proxy on this machine forwards for others, and says so. */
function isFromThisMachine({ ip, headers }: HttpExchange): boolean {
  const forwarded = headers["x-forwarded-for"] ?? headers.forwarded;
  return ip !== null && LOOPBACK.test(ip) && forwarded === undefined;
}

function countingConflicts(database: Database, count: () => void): Database {
  return {
    get durableTs() {
      return database.durableTs;
    },
    get latestTs() {
      return database.latestTs;
    },
    get catalog() {
      return database.catalog;
    },
    begin: (options) => database.begin(options),
    commit: (tx, options) => {
      try {
        return database.commit(tx, options);
      } catch (error) {
        if (error instanceof ConflictError) count();
        throw error;
      }
    },
    onDurable: (listener) => database.onDurable(listener),
    whenDurable: (ts) => database.whenDurable(ts),
    prepareSchema: (schema) => database.prepareSchema(schema),
    diffSchema: (schema) => database.diffSchema(schema),
    vectorSearch: (query) => database.vectorSearch(query),
    close: () => database.close(),
  };
}
