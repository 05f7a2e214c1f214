import { expect, onTestFinished, test } from "vitest";
import type { BotHealth } from "./bot-health.ts";
import { startHealthServer } from "./health-server.ts";

const HEALTH: BotHealth = {
  bot: "one",
  gatewayReady: true,
  gatewayPingMs: 31,
  backendConnected: true,
  leases: [[0, true]],
  settled: { applied: 7, retry: 1, failed: 0 },
  ingested: 9,
  latencies: [{ surface: "botDispatched", count: 7, p50: 12, p95: 40, p99: null }],
};

async function serve(bots: readonly BotHealth[]) {
  const server = await startHealthServer(0, () => bots);
  onTestFinished(() => server.close());
  return async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    return { status: response.status, text: await response.text() };
  };
}

test("a bot that is connected on both sides is ready", async () => {
  const get = await serve([HEALTH]);
  expect(await get("/readyz")).toEqual({ status: 200, text: '{"ready":true,"missing":[]}' });
  expect(await get("/healthz")).toMatchObject({ status: 200 });
  expect(await get("/elsewhere")).toMatchObject({ status: 404 });
});

test("a bot without Discord, or without its backend, is not ready and says what is missing", async () => {
  const away = { ...HEALTH, bot: "two", gatewayReady: false, backendConnected: false };
  const get = await serve([HEALTH, away]);
  const { status, text } = await get("/readyz");
  expect(status).toBe(503);
  expect(JSON.parse(text).missing).toEqual([
    { bot: "two", missing: "discord" },
    { bot: "two", missing: "backend" },
  ]);
  expect(await (await serve([]))("/readyz")).toMatchObject({ status: 503 });
});

test("metrics carry the bot, and dispatch apart from acknowledgement", async () => {
  const { text } = await (await serve([{ ...HEALTH, bot: 'o"ne' }]))("/metrics");
  expect(text).toContain('heliograph_bot_lease_held{bot="o_ne",shard="0"} 1\n');
  expect(text).toContain('heliograph_bot_mirrors_settled_total{bot="o_ne",outcome="applied"} 7\n');
  expect(text).toContain(
    'heliograph_bot_latency_milliseconds{bot="o_ne",surface="botDispatched",quantile="0.95"} 40\n',
  );
  expect(text).not.toContain("null");
});
