/**
 * `npm run torture -- payments`: random purchases by random people at three simulated providers, through two
 * and a half months of renewals, declined cards, refunds, disputes, cancellations and changes of plan, while
 * webhooks are lost, doubled, late and out of order. Afterwards the providers are asked for the truth, and
 * everybody's access has to be what the providers' objects give.
 *
 *   sim, from 76 days ago --webhooks, some--> engine        (its clock is moved; the engine's is the machine's)
 *                         <--reconciliation-- engine
 *   truth by the objects  ====everybody====== access rows, what-if
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PaymentsSimControl } from "payments-sim";
import { readTable, runAsAdmin } from "../../deployment/admin.ts";
import { deploy, runCli } from "../../deployment/convex-cli.ts";
import { type Customer, importCustomers } from "../../deployment/customers.ts";
import { type EngineProcess, freePort, startEngine } from "../../deployment/engine-process.ts";
import { makeSecrets, toDotenv } from "../../deployment/secrets.ts";
import { judge } from "./judge.ts";

import {
  metadataByPlan,
  type Provider,
  shopCatalogue,
  shopConfig,
  shopEnvironment,
} from "./shop.ts";
import { startSim } from "./sim-process.ts";
import { readSellappTruth } from "./truth/sellapp.ts";
import { readStripeTruth } from "./truth/stripe.ts";
import { readWhopTruth } from "./truth/whop.ts";

const DAY_MS = 86_400_000;
const DAYS = 75;
const BUYING_DAYS = 30;
const STEP_DAYS = 3; // one control call must not take as long as a client waits
const PROVIDERS: readonly Provider[] = ["stripe", "whop", "sellapp"];
const FAULTS = {
  ...{ lossRate: 0.1, duplicateRate: 0.1, failureRate: 0.05, lostAnswerRate: 0.02 },
  ...{ reorderRate: 0.3, reorderMs: 12 * 3_600_000 },
};
const RUN_LIMIT_MS = 30 * 60_000;

export interface PaymentsTortureOptions {
  readonly purchases: number;
  readonly seed: number;
  readonly isReconciled: boolean; // false: to see that it finds what is wrong then
}

export interface PaymentsTortureReport {
  readonly purchases: number;
  readonly delivered: number;
  readonly lost: number;
  readonly repaired: number;
  readonly wrongAccess: number;
}

/** Runs it on an engine of its own. Throws when a part of it failed; wrong access is in the report. */
export async function torturePayments(
  options: PaymentsTortureOptions,
  say: (text: string) => void,
): Promise<PaymentsTortureReport> {
  const dir = mkdtempSync(join(tmpdir(), "heliograph-torture-"));
  const engine = await startEngine(join(dir, "engine"));
  try {
    const port = await freePort();
    const startMs = Date.now() - (DAYS + 1) * DAY_MS;
    const sim = await startSim(port, shopConfig(engine.siteUrl, options.seed, startMs));
    try {
      const environment = join(dir, "environment");
      const values = { ...makeSecrets(), ...shopEnvironment(sim.url) };
      writeFileSync(environment, toDotenv(values), { mode: 0o600 });
      await runCli(engine, ["env", "set", "--from-file", environment]);
      await deploy(engine);
      await runAsAdmin(engine, "setup:seedCatalogue", shopCatalogue());
      const customers = await importCustomers(engine, dir, Math.ceil(options.purchases / 2.5));
      return await run(engine, sim.url, customers, options, say);
    } finally {
      await sim.stop();
    }
  } finally {
    await engine.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function run(
  engine: EngineProcess,
  simUrl: string,
  customers: readonly Customer[],
  options: PaymentsTortureOptions,
  say: (text: string) => void,
): Promise<PaymentsTortureReport> {
  const control = new PaymentsSimControl(simUrl);
  await control.faults(FAULTS);
  await control.bulk({
    ...{ count: options.purchases, seed: String(options.seed), metadataByPlan: metadataByPlan() },
    ...{ overMs: BUYING_DAYS * DAY_MS, laterWithinMs: (DAYS - BUYING_DAYS) * DAY_MS },
    buyers: customers.map(({ email, userId }) => ({ email, userRef: userId })),
  });
  for (let day = 0; day < DAYS; day += STEP_DAYS) {
    await control.advance(STEP_DAYS * DAY_MS);
    if (day % 15 === 0) say(`day ${day + STEP_DAYS} of ${DAYS}`);
  }
  const { delivered, lost } = await control.settle();
  say(`${delivered} deliveries arrived, ${lost} were lost`);
  const repaired = options.isReconciled ? await reconcile(engine, say) : 0;
  const held = [
    ...(await readStripeTruth(simUrl)),
    ...(await readWhopTruth(simUrl)),
    ...(await readSellappTruth(simUrl)),
  ];
  say(`looking at ${customers.length} people`);
  const { wrong } = await judge(engine, customers, held, await control.purchases());
  for (const sentence of wrong) say(sentence);
  return { purchases: options.purchases, delivered, lost, repaired, wrongAccess: wrong.length };
}

/** A run of every provider, and a second one, which must find nothing left to do. */
async function reconcile(engine: EngineProcess, say: (text: string) => void): Promise<number> {
  const first = await Promise.all(PROVIDERS.map(async (name) => await reconcileOne(engine, name)));
  const again = await Promise.all(PROVIDERS.map(async (name) => await reconcileOne(engine, name)));
  for (const [index, { repaired, compared, pages }] of first.entries()) {
    say(`${PROVIDERS[index]}: ${repaired} of ${compared} on ${pages} pages were repaired`);
  }
  const left = again.reduce((sum, { repaired }) => sum + repaired, 0);
  if (left > 0) throw new Error(`a second run repaired ${left} more`);
  return first.reduce((sum, { repaired }) => sum + repaired, 0);
}

interface Run {
  readonly _id: string;
  readonly state: string;
  readonly problem: string | null;
  readonly pages: number;
  readonly compared: number;
  readonly repaired: number;
  readonly failed: number;
}

async function reconcileOne(engine: EngineProcess, provider: Provider): Promise<Run> {
  const runId = await runAsAdmin<string>(engine, "reconcile:startNow", { provider });
  const deadline = Date.now() + RUN_LIMIT_MS;
  while (Date.now() < deadline) {
    const rows = (await readTable(engine, "reconciliations")) as unknown as Run[];
    const row = rows.find(({ _id }) => _id === runId);
    if (row !== undefined && row.state !== "running") {
      if (row.state === "done" && row.failed === 0) return row;
      throw new Error(
        `reconciling ${provider}: ${row.state}, ${row.failed} failed, ${row.problem}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`reconciling ${provider} takes too long`);
}
