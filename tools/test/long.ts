/**
 * `npm run test:long`: what takes too long for every run. Random histories at
 * their full number, and the torture of ingest, of the engine, of payments and of Discord. The last line is `N passed, N failed`.
 */
import { spawn } from "node:child_process";
import { ROOT } from "../deployment/convex-cli.ts";

interface LongRun {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

const VITEST = ["node_modules/vitest/vitest.mjs", "run"];

const RUNS: readonly LongRun[] = [
  {
    name: "10,000 histories of concurrent transactions at the engine",
    args: [...VITEST, "--project", "node", "packages/embedded-convex/test/histories"],
    env: { EMBEDDED_CONVEX_HISTORIES: "10000" },
  },
  {
    name: "every order of events at the bot, 1,000 histories a property",
    args: [...VITEST, "--project", "packages-e2e", "apps/bot/test/every-order.e2e.test.ts"],
    env: { HELIOGRAPH_BOT_ORDERS: "1000" },
  },
  {
    name: "the engine under disorder and hostile input, five times as long",
    args: [
      ...VITEST,
      "--project",
      "node",
      "packages/embedded-convex/src/sync/disorder.test.ts",
      "packages/embedded-convex/src/sync/official-disorder.test.ts",
      "packages/embedded-convex/src/subscriptions/identity-leaks.test.ts",
      "-fuzz.test.ts",
    ],
    env: { EMBEDDED_CONVEX_ROUNDS: "5" },
  },
  {
    name: "ingest while the engine is killed 50 times",
    args: ["tools/torture/main.ts", "ingest", "--kills", "50", "--json"],
  },
  {
    name: "the engine killed 300 times, and its power cut 100 times",
    args: ["tools/torture/main.ts", "engine", "--kills", "300", "--power-cuts", "100", "--json"],
  },
  {
    name: "1,000 purchases at three providers, with lost, doubled and late webhooks",
    args: ["tools/torture/main.ts", "payments", "--purchases", "1000", "--json"],
  },
  {
    name: "5,000 histories of everything between the backend and Discord",
    args: ["tools/torture/main.ts", "discord", "--runs", "5000", "--json"],
  },
];

async function run({ args, env }: LongRun): Promise<boolean> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve) => {
    child.once("error", () => resolve(false));
    child.once("close", (code) => resolve(code === 0));
  });
}

let passed = 0;
for (const one of RUNS) {
  process.stdout.write(`\n${one.name}\n`);
  const isPassed = await run(one);
  process.stdout.write(`${isPassed ? "✓" : "✗"} ${one.name}\n`);
  if (isPassed) passed += 1;
}
process.stdout.write(`${passed} passed, ${RUNS.length - passed} failed\n`);
process.exitCode = passed === RUNS.length ? 0 : 1;
