/**
 * Everything `/metrics` tells: what each room counts anyway, asked when somebody looks.
 *
 * [METRICS2] Commits, conflicts, retries, executions, the query cache, sockets, every
 *            queue, the event loop, syncs, the store's size and the process have a series
 *            from the start on.
 */
import type { DatabaseStats } from "../database/types.ts";
import type { FunctionStats } from "../functions/options.ts";
import type { Histogram } from "../histogram.ts";
import type { Scheduler } from "../scheduler/scheduler.ts";
import type { QueryCacheStats } from "../subscriptions/query-cache.ts";
import type { ExecutionCounts } from "./execution-counts.ts";
import { counter, type Family, gauge, histogram } from "./exposition.ts";
import type { LifecycleState } from "./lifecycle.ts";
import { processFamilies } from "./process-metrics.ts";

export interface MetricSources {
  readonly version: string;
  readonly state: () => LifecycleState;
  readonly database: { stats(): DatabaseStats };
  readonly functions: { stats(): FunctionStats };
  readonly scheduler: Pick<Scheduler, "stats">;
  readonly cache: { stats(): QueryCacheStats };
  readonly sync: { readonly sessionCount: number; readonly openedCount: number };
  readonly executions: ExecutionCounts;
  readonly loopDelaySeconds: Histogram;
}

export function engineFamilies(sources: MetricSources): readonly Family[] {
  const { version, state, executions, loopDelaySeconds } = sources;
  return [
    gauge("convex_build_info", "The version of Convex whose contract is kept; always 1.", [
      { labels: { version }, value: 1 },
    ]),
    gauge("convex_ready", "1 while everything answers.", state() === "ready" ? 1 : 0),
    ...databaseFamilies(sources.database.stats()),
    ...functionFamilies(sources.functions.stats()),
    ...executions.families(),
    ...subscriptionFamilies(sources.cache.stats(), sources.sync),
    ...schedulerFamilies(sources.scheduler.stats()),
    histogram(
      "convex_event_loop_delay_seconds",
      "How late the main thread was, looked at every 20 ms.",
      [{ histogram: loopDelaySeconds }],
    ),
    ...processFamilies(),
  ];
}

function databaseFamilies(stats: DatabaseStats): readonly Family[] {
  const { documents, size } = stats;
  return [
    counter("convex_commits_total", "Commits that are durable.", stats.commits),
    counter("convex_commit_batches_total", "Syncs that made them durable.", stats.batches),
    counter(
      "convex_commit_conflicts_total",
      "Commits refused because something they had read was changed meanwhile.",
      stats.conflicts,
    ),
    gauge("convex_commit_queue", "Commits that wait to be durable.", stats.queuedCommits),
    histogram("convex_commit_sync_seconds", "Time SQLite took to commit a batch, fsync included.", [
      { histogram: stats.commitSeconds },
    ]),
    gauge(
      "convex_recent_versions",
      "Versions of index keys kept in memory for snapshots and conflict checks.",
      stats.recentVersions,
    ),
    gauge("convex_open_snapshots", "Timestamps that transactions read at.", stats.openSnapshots),
    gauge("convex_documents", "Documents by kind of table.", [
      { labels: { tables: "user" }, value: documents.user },
      { labels: { tables: "system" }, value: documents.system },
    ]),
    gauge("convex_store_bytes", "Bytes of the database file and of its write-ahead log.", [
      { labels: { part: "database" }, value: size.database },
      { labels: { part: "log" }, value: size.log },
    ]),
    gauge(
      "convex_store_free_bytes",
      "Bytes inside the database file that wait to be used again.",
      size.free,
    ),
  ];
}

function functionFamilies({ mutations, actions }: FunctionStats): readonly Family[] {
  return [
    counter(
      "convex_mutation_retries_total",
      "Mutations run again after a conflict.",
      mutations.retries,
    ),
    counter(
      "convex_mutation_conflicts_given_up_total",
      "Mutations that met a conflict at every attempt.",
      mutations.givenUp,
    ),
    counter(
      "convex_mutation_replays_total",
      "Repeated requests answered from the record of the first.",
      mutations.replays,
    ),
    gauge("convex_mutation_queue", "Mutations that wait for their turn.", mutations.waiting),
    gauge("convex_actions_running", "Actions that workers have begun with.", actions.running),
    gauge("convex_action_queue", "Actions no worker has begun with.", actions.waiting),
    gauge("convex_action_workers", "Worker threads for actions.", actions.workers),
  ];
}

function subscriptionFamilies(
  cache: QueryCacheStats,
  { sessionCount, openedCount }: MetricSources["sync"],
): readonly Family[] {
  return [
    counter(
      "convex_query_cache_hits_total",
      "Readings of subscriptions answered without an execution of their own.",
      cache.hits,
    ),
    counter(
      "convex_query_cache_misses_total",
      "Executions that subscriptions caused.",
      cache.executions,
    ),
    gauge("convex_queries", "Distinct queries that are watched.", cache.queries),
    gauge("convex_subscriptions", "Subscriptions to them.", cache.subscriptions),
    gauge("convex_queries_running", "Executions for subscriptions under way.", cache.running),
    gauge("convex_query_queue", "Executions for subscriptions that wait.", cache.waiting),
    gauge("convex_sockets", "Open WebSockets.", sessionCount),
    counter("convex_sockets_opened_total", "WebSockets opened.", openedCount),
  ];
}

function schedulerFamilies(stats: ReturnType<Scheduler["stats"]>): readonly Family[] {
  const kinds = Object.entries(stats).map(([kind, counts]) => ({ labels: { kind }, counts }));
  return [
    gauge(
      "convex_scheduler_running",
      "Scheduled functions (jobs) and crons that run.",
      kinds.map(({ labels, counts }) => ({ labels, value: counts.running })),
    ),
    gauge(
      "convex_scheduler_queue",
      "Those that are due and have not started; counted up to a thousand.",
      kinds.map(({ labels, counts }) => ({ labels, value: counts.waiting })),
    ),
  ];
}
