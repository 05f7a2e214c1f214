/** The engine's query cache over its database, with a query that reads one document. */
import { randomBytes } from "node:crypto";
import { systemClock } from "../../../packages/embedded-convex/src/clock.ts";
import type { Database } from "../../../packages/embedded-convex/src/database/types.ts";
import type { FunctionRunner } from "../../../packages/embedded-convex/src/rooms.ts";
import {
  createQueryCache,
  type QuerySubscription,
} from "../../../packages/embedded-convex/src/subscriptions/query-cache.ts";
import { percentile } from "./statistics.ts";

export interface Found {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Of all touches together. */
  readonly touches: number;
  readonly told: number;
  readonly executions: number;
}

const TOUCHES = 300;
const ADDRESS = { component: "", path: "items:get" };

/**
 * Watches every id and changes one after the other. Timed is from the moment a commit is
 * announced as durable until its watchers have been told.
 */
export async function findTouched(database: Database, ids: readonly string[]): Promise<Found> {
  let announcedMs = 0;
  const latencies: number[] = [];
  database.onDurable(() => {
    announcedMs = performance.now();
  });
  const cache = createQueryCache({
    database,
    runner: { query: pointQuery(database) },
    clock: systemClock(),
    random: (bytes) => randomBytes(bytes),
  });
  database.onDurable(() => latencies.push(performance.now() - announcedMs)); // told behind the cache
  let told = 0;
  const subscriptions = ids.map((id) => {
    const spec = { address: ADDRESS, args: [{ id }], journal: null, allowed: "public" } as const;
    return cache.subscribe(
      spec,
      { kind: "none" },
      {
        onTouched: () => told++,
        onReady: () => {},
      },
    );
  });
  const readAll = () =>
    Promise.all(subscriptions.map((subscription) => read(subscription, cache.ts)));
  await readAll();
  const before = cache.stats().executions;
  for (let touch = 0; touch < TOUCHES; touch++) {
    const id = ids[Math.floor((touch / TOUCHES) * ids.length)] ?? "";
    const tx = database.begin();
    tx.patch(id, { stamp: -touch });
    await database.commit(tx, { source: "bench" }).durable;
    await readAll();
  }
  const executions = cache.stats().executions - before;
  cache.close();
  const [p50Ms, p99Ms] = [percentile(latencies, 0.5), percentile(latencies, 0.99)];
  return { p50Ms, p99Ms, touches: TOUCHES, told, executions };
}

function read(subscription: QuerySubscription, ts: bigint): Promise<void> {
  return new Promise((resolve, reject) => {
    subscription.read(ts, true, ({ kind }) => {
      if (kind === "result") resolve();
      else reject(new Error(`a query became ${kind}`));
    });
  });
}

/** `items:get` without the function runtime. */
function pointQuery(database: Database): FunctionRunner["query"] {
  return async ({ args }, options) => {
    const tx = database.begin(options?.at === undefined ? {} : { at: options.at });
    try {
      const { id } = args[0] as { readonly id: string };
      const json = tx.get(id) ?? "null";
      return {
        result: { ok: true, json },
        logLines: [],
        readSet: tx.snapshotReads(),
        ts: tx.beginTs,
        journal: null,
        observedIdentity: false,
        observedTime: false,
      };
    } finally {
      tx.close();
    }
  };
}
