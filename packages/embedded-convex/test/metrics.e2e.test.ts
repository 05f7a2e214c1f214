/** `/metrics` of a whole deployment. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startEmbeddedConvex } from "../src/index.ts";
import { parseExposition } from "./exposition-parser.ts";
import { mutation, query, type RunningServer, startServer } from "./running-server.ts";

let server: RunningServer;
beforeAll(async () => {
  server = await startServer("server", { JWKS: 'data:application/json,{"keys":[]}' });
});
afterAll(() => server.stop());

async function scrape() {
  const response = await fetch(`${server.engine.url}/metrics`);
  expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
  const families = parseExposition(await response.text());
  const samples = new Map([...families.values()].flatMap((family) => [...family.samples]));
  return { families, value: (series: string) => samples.get(series) };
}

test("[METRICS2] everything an operator needs has a series, described and valid", async () => {
  const { families, value } = await scrape();
  const types = Object.fromEntries([...families].map(([name, { type }]) => [name, type]));
  expect(types).toEqual({
    convex_action_queue: "gauge",
    convex_action_workers: "gauge",
    convex_actions_running: "gauge",
    convex_build_info: "gauge",
    convex_commit_batches_total: "counter",
    convex_commit_conflicts_total: "counter",
    convex_commit_queue: "gauge",
    convex_commit_sync_seconds: "histogram",
    convex_commits_total: "counter",
    convex_documents: "gauge",
    convex_event_loop_delay_seconds: "histogram",
    convex_execution_seconds: "histogram",
    convex_executions_total: "counter",
    convex_function_executions_total: "counter",
    convex_mutation_conflicts_given_up_total: "counter",
    convex_mutation_queue: "gauge",
    convex_mutation_replays_total: "counter",
    convex_mutation_retries_total: "counter",
    convex_open_snapshots: "gauge",
    convex_queries: "gauge",
    convex_queries_running: "gauge",
    convex_query_cache_hits_total: "counter",
    convex_query_cache_misses_total: "counter",
    convex_query_queue: "gauge",
    convex_ready: "gauge",
    convex_recent_versions: "gauge",
    convex_scheduler_queue: "gauge",
    convex_scheduler_running: "gauge",
    convex_sockets: "gauge",
    convex_sockets_opened_total: "counter",
    convex_store_bytes: "gauge",
    convex_store_free_bytes: "gauge",
    convex_subscriptions: "gauge",
    nodejs_external_memory_bytes: "gauge",
    nodejs_heap_used_bytes: "gauge",
    process_cpu_seconds_total: "counter",
    process_resident_memory_bytes: "gauge",
    process_start_time_seconds: "gauge",
  });
  expect([...families.values()].filter(({ help }) => help === "")).toEqual([]);
  expect(value("convex_ready")).toBe(1);
  expect(value('convex_store_bytes{part="database"}')).toBeGreaterThan(4096);
});

test("[METRICS2] the counters count what happens", async () => {
  const before = await scrape();
  const [first, second] = [server.connect(), server.connect()];
  const seen: unknown[] = [];
  for (const client of [first, second]) {
    client.onUpdate(query("cells:get"), { name: "counted" }, (value) => seen.push(value));
  }
  await expect.poll(() => seen).toEqual([null, null]);
  for (let n = 0; n < 10; n++)
    await first.mutation(mutation("cells:increment"), { name: "counted" });
  await first.mutation(mutation("cells:fail"), {}).catch(() => {});
  await expect.poll(() => seen.filter((value) => value === 10)).toEqual([10, 10]);

  const after = await scrape();
  const more = (series: string) => (after.value(series) ?? 0) - (before.value(series) ?? 0);
  expect(more('convex_function_executions_total{path="cells:increment"}')).toBe(10);
  expect(more('convex_executions_total{type="mutation",outcome="success"}')).toBe(10);
  expect(more('convex_executions_total{type="mutation",outcome="failure"}')).toBe(1);
  expect(more('convex_execution_seconds_count{type="mutation"}')).toBe(11);
  expect(more("convex_commits_total")).toBeGreaterThanOrEqual(10);
  const batches = more("convex_commit_batches_total");
  expect(batches).toBeGreaterThan(0);
  expect(more("convex_commit_sync_seconds_count")).toBe(batches);
  expect(more("convex_commit_sync_seconds_sum")).toBeGreaterThan(0);
  const misses = more("convex_query_cache_misses_total");
  expect(more('convex_function_executions_total{path="cells:get"}')).toBe(misses);
  expect(more("convex_query_cache_hits_total")).toBeGreaterThan(0);
  expect(more("convex_sockets")).toBe(2);
  expect(more("convex_sockets_opened_total")).toBe(2);
  expect(more("convex_subscriptions")).toBe(2);
  expect(more("convex_queries")).toBe(1);
  expect(more('convex_documents{tables="user"}')).toBe(1);
  expect(after.value("convex_recent_versions")).toBeGreaterThan(10);
  expect(after.value("convex_event_loop_delay_seconds_count")).toBeGreaterThan(0);
  expect(after.value("convex_commit_queue")).toBe(0);
});

test("[HTTP33] after a failed write it is neither healthy nor ready", async () => {
  const dir = mkdtempSync(join(tmpdir(), "engine-"));
  const failures: Error[] = [];
  const onFailure = (error: Error) => failures.push(error);
  const engine = await startEmbeddedConvex({ dir, port: 0, sitePort: 0, onFailure });
  try {
    const statuses = async () => {
      const answers = ["/health", "/ready"].map(
        async (path) => (await fetch(engine.url + path)).status,
      );
      return await Promise.all(answers);
    };
    expect([engine.state, await statuses()]).toEqual(["ready", [200, 200]]);
    const sabotage = new DatabaseSync(join(dir, "data.sqlite"));
    sabotage.exec("DROP TABLE counts");
    sabotage.close();
    await fetch(`${engine.url}/api/update_environment_variables`, {
      method: "POST",
      headers: { "Content-Type": "application/json", Authorization: `Convex ${engine.adminKey}` },
      body: JSON.stringify({ changes: [{ name: "A", value: "1" }] }),
    });
    expect(failures).toHaveLength(1);
    expect([engine.state, await statuses()]).toEqual(["failed", [503, 503]]);
  } finally {
    await engine.close();
    rmSync(dir, { recursive: true, force: true });
  }
  expect(engine.state).toBe("failed");
});
