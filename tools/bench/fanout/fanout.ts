/**
 * `npm run bench -- fanout`: how long a post takes from the moment it was due
 * until every surface has it, beside what a bare broadcast takes on this machine.
 *
 *   this process      posts on schedule; console and bot with official clients
 *   engine            the deployment
 *   subscribers       N minimal clients, 8 official ones, N floor sockets
 *   floor server      a raw WebSocket broadcast of the frames recorded in the run
 *
 * Blocks of 20 signals alternate with the same 20 on the floor, so that both see
 * the same machine. Open loop: a late post does not delay the next one.
 */
import type { ConvexClient } from "convex/browser";
import { issueMachine, seed } from "../../deployment/admin.ts";
import { type FreshDeployment, freshDeployment } from "../../deployment/fresh-deployment.ts";
import { readCounters } from "../../deployment/metrics.ts";
import { type BenchProcess, forkBench } from "../bench-process.ts";
import { type Percentiles, percentiles, round } from "../percentiles.ts";
import {
  connectViewers,
  eventOf,
  OFFICIAL_CLIENTS,
  onSchedule,
  post,
  ROUTE,
  SOURCE,
  sleepUntil,
} from "./load.ts";
import { type FromSubscribers, monotonicMs, type Seen, type ToSubscribers } from "./messages.ts";
import type { FanoutOptions } from "./options.ts";
import { watchAsBot, watchAsConsole } from "./watchers.ts";

const BLOCK = 20;
const DRAIN_MS = 10_000; // what has not arrived by then counts as lost
export interface FanoutReport {
  readonly web: Percentiles;
  readonly webOfficial: Percentiles;
  readonly admin: Percentiles;
  readonly bot: Percentiles;
  readonly floor: Percentiles;
  readonly ratio: { readonly web: number };
  readonly executionsPerSignal: number;
  readonly conflicts: number;
}

/** Runs the bench on a fresh deployment. Throws when a viewer failed or a signal was lost. */
export async function runFanout(
  options: FanoutOptions,
  say: (text: string) => void,
): Promise<FanoutReport> {
  say("starting an engine and pushing convex/ ...");
  const deployment = await freshDeployment();
  try {
    return await measure(deployment, options, say);
  } finally {
    await deployment.close();
  }
}

async function measure(
  { engine }: FreshDeployment,
  options: FanoutOptions,
  say: (text: string) => void,
): Promise<FanoutReport> {
  await seed(engine, { sources: [SOURCE], routes: [ROUTE] });
  const source = await issueMachine(engine, { kind: "source", name: "bench" });
  const adminSeen: Seen[] = [];
  const botSeen: Seen[] = [];
  const consoleClient = await watchAsConsole(engine, (seen) => adminSeen.push(seen));
  const botClient = await watchAsBot(engine, (seen) => botSeen.push(seen));
  const floorServer = forkBench<{ readonly port: number }, never>(
    new URL("./floor-server.ts", import.meta.url),
  );
  const floorUrl = `http://127.0.0.1:${(await floorServer.next()).port}`;
  const subscribers = forkBench<FromSubscribers, ToSubscribers>(
    new URL("./subscribers.ts", import.meta.url),
  );
  try {
    say(
      `connecting ${options.subscribers} viewers, ${OFFICIAL_CLIENTS} of them official clients ...`,
    );
    await connectViewers(engine, subscribers, {
      ...{ count: options.subscribers, firstShard: 1, floorUrl },
    });
    const before = await readCounters(engine.url);
    say(`${options.signals} signals at ${options.rate}/s ...`);
    const due = await postAll({
      siteUrl: engine.siteUrl,
      token: source.token,
      floorUrl,
      subscribers,
      options,
    });
    await arrived(options.signals, adminSeen, botSeen);
    const after = await readCounters(engine.url);
    const results = await askResults(subscribers);
    return report(
      options,
      due,
      { ...results, admin: adminSeen, bot: botSeen },
      {
        executions: after.executions("feed:segment") - before.executions("feed:segment"),
        conflicts: after.conflicts - before.conflicts,
      },
    );
  } finally {
    await Promise.all([closeClient(consoleClient), closeClient(botClient)]);
    subscribers.end();
    floorServer.end();
  }
}

interface Posting {
  readonly siteUrl: string;
  readonly token: string;
  readonly floorUrl: string;
  readonly subscribers: BenchProcess<FromSubscribers, ToSubscribers>;
  readonly options: FanoutOptions;
}

interface DueTimes {
  readonly real: ReadonlyMap<number, number>;
  readonly floor: ReadonlyMap<number, number>;
}

/** Posts every block to the deployment, then the frames it caused to the floor. Returns when each was due. */
async function postAll({
  siteUrl,
  token,
  floorUrl,
  subscribers,
  options,
}: Posting): Promise<DueTimes> {
  const frames = new Map<number, string>();
  subscribers.on("frame", ({ signal, frame }) => frames.set(signal, frame));
  const real = new Map<number, number>();
  const floor = new Map<number, number>();
  for (let start = 0; start < options.signals; start += BLOCK) {
    const block = Array.from(
      { length: Math.min(BLOCK, options.signals - start) },
      (_, i) => start + i,
    );
    await onSchedule(block, options.rate, real, async (signal) => {
      const response = await post(
        `${siteUrl}/ingest/v1/events`,
        JSON.stringify({ events: [eventOf(signal)] }),
        token,
      );
      const { results }: { results: readonly { readonly status: string }[] } = JSON.parse(response);
      if (results[0]?.status !== "accepted")
        throw new Error(`signal ${signal} was not accepted: ${response}`);
    });
    await until(
      () => block.every((signal) => frames.has(signal)),
      `frames of signals ${start} and following`,
    );
    await onSchedule(
      block,
      options.rate,
      floor,
      async (signal) => {
        await post(floorUrl, JSON.stringify({ events: [eventOf(signal)] }), token);
      },
      (signal) => post(`${floorUrl}/frame`, frames.get(signal) ?? "", token),
    );
  }
  return { real, floor };
}

async function arrived(signals: number, ...surfaces: readonly (readonly Seen[])[]): Promise<void> {
  await until(
    () => surfaces.every((seen) => seen.length >= signals),
    "the last signals on console and bot",
  );
}

async function askResults(subscribers: BenchProcess<FromSubscribers, ToSubscribers>) {
  await sleepUntil(monotonicMs() + 500); // the last frames are on their way
  subscribers.send({ kind: "report" });
  return subscribers.nextOf("results");
}

interface Surfaces {
  readonly web: readonly Seen[];
  readonly webOfficial: readonly Seen[];
  readonly floor: readonly Seen[];
  readonly admin: readonly Seen[];
  readonly bot: readonly Seen[];
}

function report(
  options: FanoutOptions,
  due: DueTimes,
  seen: Surfaces,
  counted: { executions: number; conflicts: number },
): FanoutReport {
  const latencies = (times: ReadonlyMap<number, number>, of: readonly Seen[]) =>
    of.map(({ signal, atMs }) => atMs - (times.get(signal) ?? Number.NaN)).filter((ms) => ms >= 0);
  const viewers = Math.max(1, options.subscribers - OFFICIAL_CLIENTS);
  const expected = viewers * options.signals;
  if (seen.web.length !== expected)
    throw new Error(`${expected - seen.web.length} of ${expected} deliveries are missing`);
  const web = percentiles("web", latencies(due.real, seen.web));
  const floor = percentiles("floor", latencies(due.floor, seen.floor));
  return {
    web,
    webOfficial: percentiles("webOfficial", latencies(due.real, seen.webOfficial)),
    admin: percentiles("admin", latencies(due.real, seen.admin)),
    bot: percentiles("bot", latencies(due.real, seen.bot)),
    floor,
    ratio: { web: round(web.p95 / floor.p95) },
    executionsPerSignal: round(counted.executions / options.signals),
    conflicts: counted.conflicts,
  };
}

function closeClient(client: ConvexClient): Promise<void> {
  return client.close();
}

async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = monotonicMs() + DRAIN_MS;
  while (!condition()) {
    if (monotonicMs() > deadline)
      throw new Error(`not arrived within ${DRAIN_MS / 1000} s: ${what}`);
    await sleepUntil(monotonicMs() + 10);
  }
}
