/**
 * `npm run bench -- webhooks`: how long a signed webhook takes to be acknowledged, and from its sending until
 * the page of the person it is about has its feed's keys or has lost them, beside the load of the fan-out bench.
 *
 *   this process      webhooks on schedule, posts on schedule, and the open pages with official clients
 *   engine            the deployment
 *   subscribers       the fan-out's viewers, on shards of their own
 *
 * Open loop: a late webhook does not delay the next one. Each person has an event every three seconds.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { issueMachine, runAsAdmin, seed } from "../../deployment/admin.ts";
import { deploy, runCli } from "../../deployment/convex-cli.ts";
import { type Customer, importCustomers } from "../../deployment/customers.ts";
import { type EngineProcess, startEngine } from "../../deployment/engine-process.ts";
import { type DeploymentEnvironment, makeSecrets, toDotenv } from "../../deployment/secrets.ts";
import { forkBench } from "../bench-process.ts";
import { connectViewers, eventOf, onSchedule, post, ROUTE, SOURCE } from "../fanout/load.ts";
import { type FromSubscribers, monotonicMs, type ToSubscribers } from "../fanout/messages.ts";
import { type Percentiles, percentiles } from "../percentiles.ts";
import { type OpenPage, openPages } from "./buyers.ts";
import { bodyOf, headersOf, PRICE, SECRET } from "./deliveries.ts";
import type { WebhooksOptions } from "./options.ts";

const PEOPLE_PER_RATE = 3; // an event of each every three seconds
const OPEN_PAGES = 20;
const LOAD_SHARD = 1_000; // nobody who buys is placed there
const CHANGE_LIMIT_MS = 20_000;
const FAILURES_SHOWN = 10;

export interface WebhooksReport {
  readonly webhook: Percentiles;
  readonly accessToFeed: Pick<Percentiles, "p50" | "p95">;
}

/** Runs the bench on a fresh deployment. Throws when a webhook was refused or a page did not follow. */
export async function runWebhooks(
  options: WebhooksOptions,
  say: (text: string) => void,
): Promise<WebhooksReport> {
  say("starting an engine and pushing convex/ ...");
  const dir = mkdtempSync(join(tmpdir(), "heliograph-bench-"));
  const engine = await startEngine(join(dir, "engine"));
  try {
    const secrets: DeploymentEnvironment = {
      ...makeSecrets(),
      HELIOGRAPH_STRIPE_WEBHOOK_SECRETS: SECRET,
      HELIOGRAPH_STRIPE_SECRET_KEY: "sk_test_bench", // nothing is sold without one; nobody is asked
      HELIOGRAPH_RECONCILE_MINUTES: "0",
    };
    const environment = join(dir, "environment");
    writeFileSync(environment, toDotenv(secrets), { mode: 0o600 });
    await runCli(engine, ["env", "set", "--from-file", environment]);
    await deploy(engine);
    await runAsAdmin(engine, "setup:seedCatalogue", CATALOGUE);
    const customers = await importCustomers(engine, dir, Math.ceil(options.rate * PEOPLE_PER_RATE));
    const watched = customers.slice(0, OPEN_PAGES);
    const pages = await openPages(engine, dir, watched, secrets.JWT_PRIVATE_KEY ?? "");
    try {
      return await besideLoad(engine, options, say, () =>
        measure(engine, customers, pages, options),
      );
    } finally {
      await Promise.all(pages.map((page) => page.close()));
    }
  } finally {
    await engine.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

const CATALOGUE = {
  tiers: [],
  plans: [
    {
      ...{ slug: "bench", tier: "basic", name: "Bench", kind: { kind: "fixed", days: 30 } },
      ...{ priceAmount: 3_500, currency: "usd", trialDays: 0, highlights: ["Signals"] },
      refs: {
        ...{ stripePrice: PRICE, whopPlan: null, whopLink: null },
        ...{ sellappVariant: null, sellappLink: null },
      },
    },
  ],
};

/** Runs `work` while viewers are connected and posts arrive. */
async function besideLoad<T>(
  engine: EngineProcess,
  options: WebhooksOptions,
  say: (text: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  await seed(engine, { sources: [SOURCE], routes: [ROUTE] });
  const { token } = await issueMachine(engine, { kind: "source", name: "bench" });
  const floor = forkBench<{ readonly port: number }, never>(
    new URL("../fanout/floor-server.ts", import.meta.url),
  );
  const floorUrl = `http://127.0.0.1:${(await floor.next()).port}`;
  const subscribers = forkBench<FromSubscribers, ToSubscribers>(
    new URL("../fanout/subscribers.ts", import.meta.url),
  );
  try {
    say(`connecting ${options.subscribers} viewers ...`);
    const load = { count: options.subscribers, firstShard: LOAD_SHARD, floorUrl };
    await connectViewers(engine, subscribers, load);
    say(
      `${options.rate} webhooks and ${options.posts} posts a second for ${options.seconds} s ...`,
    );
    const signals = numbersTo(options.posts * options.seconds);
    const posting = onSchedule(signals, options.posts, new Map(), async (signal) => {
      const body = JSON.stringify({ events: [eventOf(signal)] });
      await post(`${engine.siteUrl}/ingest/v1/events`, body, token);
    });
    const [result] = await Promise.all([work(), posting]);
    return result;
  } finally {
    subscribers.end();
    floor.end();
  }
}

async function measure(
  engine: EngineProcess,
  customers: readonly Customer[],
  pages: readonly OpenPage[],
  { rate, seconds }: WebhooksOptions,
): Promise<WebhooksReport> {
  const pageOf = new Map(pages.map((page) => [page.email, page]));
  const acknowledged: number[] = [];
  const followed: number[] = [];
  const failures: string[] = [];
  const due = new Map<number, number>();
  await onSchedule(numbersTo(rate * seconds), rate, due, async (index) => {
    const customer = customers[index % customers.length];
    if (customer === undefined) throw new Error("there is nobody to buy");
    const turn = Math.floor(index / customers.length);
    const dueMs = due.get(index) ?? monotonicMs();
    const page = pageOf.get(customer.email);
    const change = page === undefined ? null : within(page.waitFor(turn % 2 === 0));
    try {
      await deliver(engine, bodyOf(customer, turn));
      acknowledged.push(monotonicMs() - dueMs);
      if (change !== null) followed.push((await change) - dueMs);
    } catch (error) {
      change?.catch(() => undefined); // it is told once
      const what = error instanceof Error ? error.message : String(error);
      failures.push(`event ${turn} of ${customer.email}: ${what}`);
    }
  });
  if (failures.length > 0) {
    const shown = [...failures.slice(0, FAILURES_SHOWN), ...engine.lastLines()].join("\n");
    throw new Error(`${failures.length} deliveries failed:\n${shown}`);
  }
  const { p50, p95 } = percentiles("accessToFeed", followed);
  return { webhook: percentiles("webhook", acknowledged), accessToFeed: { p50, p95 } };
}

async function deliver(engine: EngineProcess, body: string): Promise<void> {
  const response = await fetch(`${engine.siteUrl}/webhooks/stripe`, {
    ...{ method: "POST", body, headers: headersOf(body) },
  });
  const word = await response.text();
  if (!response.ok) throw new Error(`a webhook was answered ${response.status}: ${word}`);
}

/** Fails when a page does not follow. */
async function within(change: Promise<number>): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("the page stood still")), CHANGE_LIMIT_MS);
  });
  try {
    return await Promise.race([change, late]);
  } finally {
    clearTimeout(timer);
  }
}

function numbersTo(count: number): number[] {
  return Array.from({ length: Math.round(count) }, (_, index) => index);
}
