/**
 * The command line: `cli.ts serve --port 4020 --config FILE.json`, or the JSON itself.
 *
 * Without a config a few products are there to try, and no webhooks are sent.
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { readConfig, type SimConfig } from "./config.ts";
import { startPaymentsSim } from "./index.ts";

const USAGE = `Usage: payments-sim serve [--port 4020] [--host 127.0.0.1] [--config FILE.json or JSON]
`;
const DEFAULT_PORT = "4020";

const PLANS = [
  { name: "Monthly", amount: 2_900, every: { unit: "month" } },
  { name: "Yearly", amount: 29_000, every: { unit: "year" } },
  { name: "30 days", amount: 3_500, termDays: 30 },
] as const;

const DEMO: SimConfig = {
  stripe: { products: [{ name: "Try-out", plans: PLANS }] },
  whop: { products: [{ name: "Try-out", plans: PLANS }] },
  sellapp: { products: [{ name: "Try-out", plans: PLANS }] },
};

async function serve(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: "string", default: DEFAULT_PORT },
      host: { type: "string", default: "127.0.0.1" },
      config: { type: "string" },
    },
  });
  const port = Number(values.port);
  if (positionals[0] !== "serve" || !Number.isInteger(port)) throw new Error(USAGE);
  const config = values.config === undefined ? DEMO : readConfigText(values.config);
  const sim = await startPaymentsSim({ port, host: values.host, config });
  process.stdout.write(
    `Simulated payments: page ${sim.url}, Stripe ${sim.url}/v1, Whop ${sim.url}/whop/api/v1, Sell.app ${sim.url}/sellapp/api/v2\n`,
  );
  await untilToldToStop();
  await sim.close();
}

function readConfigText(given: string): SimConfig {
  const isJson = given.trimStart().startsWith("{");
  return readConfig(JSON.parse(isJson ? given : readFileSync(given, "utf8")));
}

function untilToldToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

try {
  await serve();
} catch (error) {
  process.stderr.write(`payments-sim: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
