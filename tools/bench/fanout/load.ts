/** The load of the fan-out bench, for whoever measures beside it: viewers, and posts on schedule. */
import { shardKeys } from "../../deployment/admin.ts";
import type { EngineProcess } from "../../deployment/engine-process.ts";
import type { BenchProcess } from "../bench-process.ts";
import { type FromSubscribers, markContent, monotonicMs, type ToSubscribers } from "./messages.ts";

export const OFFICIAL_CLIENTS = 8;
const VIEWERS_PER_SHARD = 64; // the most that access.grant puts on one
const TEXT =
  "#BTC/USDT LONG\nEntry: 61,200 - 61,450\nTargets: 62,000 / 63,100 / 64,800\nStop: 60,300\nRisk 1.5 %, leverage 5x isolated. Reply follows when the first target is hit.";
export const SOURCE = {
  name: "bench",
  guildId: "1300000000000000001",
  channelId: "1300000000000000002",
  minTier: "basic",
};
export const ROUTE = {
  sourceName: "bench",
  guildId: "1300000000000000003",
  channelId: "1300000000000000004",
  name: "bench mirror",
};

/** Connects the viewers, 64 a shard from `firstShard` on, each with the keys of its shard. */
export async function connectViewers(
  engine: EngineProcess,
  subscribers: BenchProcess<FromSubscribers, ToSubscribers>,
  { count, firstShard, floorUrl }: { count: number; firstShard: number; floorUrl: string },
): Promise<void> {
  const minimalCount = Math.max(1, count - OFFICIAL_CLIENTS);
  const shardCount = Math.ceil((minimalCount + OFFICIAL_CLIENTS) / VIEWERS_PER_SHARD);
  const keys = await Promise.all(
    Array.from({ length: shardCount }, (_, index) => shardKeys(engine, firstShard + index)),
  );
  const keysOf = (viewer: number) => keys[viewer % shardCount] ?? [];
  const minimal = Array.from({ length: minimalCount }, (_, viewer) => keysOf(viewer));
  const official = Array.from({ length: OFFICIAL_CLIENTS }, (_, viewer) => keysOf(viewer));
  subscribers.send({
    kind: "plan",
    plan: {
      deploymentUrl: engine.url,
      minimal,
      official,
      floorUrl: floorUrl.replace("http", "ws"),
    },
  });
  await subscribers.nextOf("ready");
}

/** Calls `act` when each signal is due, whether or not the one before has been answered; `prepare` half an interval earlier. */
export async function onSchedule(
  signals: readonly number[],
  rate: number,
  due: Map<number, number>,
  act: (signal: number) => Promise<void>,
  prepare?: (signal: number) => Promise<unknown>,
): Promise<void> {
  const intervalMs = 1_000 / rate;
  const startMs = monotonicMs() + intervalMs;
  const acting: Promise<void>[] = [];
  for (const [index, signal] of signals.entries()) {
    const dueMs = startMs + index * intervalMs;
    if (prepare !== undefined) {
      await sleepUntil(dueMs - intervalMs / 2);
      await prepare(signal);
    }
    await sleepUntil(dueMs);
    due.set(signal, dueMs);
    acting.push(act(signal));
  }
  await Promise.all(acting);
}

/** The post of a signal. */
export function eventOf(signal: number): Record<string, unknown> {
  return {
    type: "create",
    messageId: `bench-${signal}`,
    channelId: SOURCE.channelId,
    occurredAt: Date.now(),
    author: { id: "1", name: "Bench analyst" },
    content: markContent(signal, TEXT),
  };
}

/** Posts with a bearer token; throws on anything but a 2xx. */
export async function post(address: string, body: string, token: string): Promise<string> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
  const response = await fetch(address, { method: "POST", headers, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${address} answered ${response.status}: ${text}`);
  return text;
}

/** Until a moment of the monotonic clock. */
export async function sleepUntil(monotonic: number): Promise<void> {
  const ms = monotonic - monotonicMs();
  if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
}
