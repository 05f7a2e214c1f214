/**
 * `npm test`: the checks, the unit tests, then the end-to-end tests, which bring
 * up real servers and a real browser. The last line is `N passed, N failed`.
 *
 *   --only unit | e2e | conformance     one part
 *   anything else         passed on as file filters
 *
 * `npm run e2e` and `npm run conformance` run against the deployment named by CONVEX_SELF_HOSTED_URL
 * and CONVEX_SELF_HOSTED_ADMIN_KEY when both are set, else against a fresh engine.
 */
import { parseArgs } from "node:util";
import { ensureChromium } from "../browser/chromium.ts";
import { CHECKS } from "../check/checks.ts";
import { runChecks } from "../check/run-checks.ts";
import { tell, tellTotals } from "../check/tell.ts";
import { type Project, runTests } from "./run-tests.ts";

const { values, positionals } = parseArgs({
  options: { only: { type: "string" } },
  allowPositionals: true,
});
const only = values.only;
if (!isPart(only)) {
  process.stderr.write(`--only takes "unit", "e2e" or "conformance", not "${only}".\n`);
  process.exit(2);
}

const say = (text: string) => process.stdout.write(`${text}\n`);
if (only === undefined || only === "e2e") process.env.CHROMIUM_PATH = ensureChromium(say);

// The slowest check uses one core for a minute and a half: the unit tests begin beside it.
const checking =
  only === undefined && positionals.length === 0 ? runChecks(CHECKS, tell) : Promise.resolve([]);
const UNIT: readonly Project[][] = [["convex", "node"]];
const CONFORMANCE: readonly Project[][] = [["conformance"]];
const E2E: readonly Project[][] = [["packages-e2e"], ...CONFORMANCE, ["e2e"]];
const PARTS = { unit: UNIT, e2e: E2E, conformance: CONFORMANCE };
const runs = only === undefined ? [...UNIT, ...E2E] : PARTS[only];
let passed = 0;
let failed = 0;
for (const selected of runs) {
  const totals = await runTests(selected, positionals);
  passed += totals.passed;
  failed += totals.failed;
  await checking;
}
tellTotals(await checking, { passed, failed });

function isPart(name: string | undefined): name is "unit" | "e2e" | "conformance" | undefined {
  return name === undefined || ["unit", "e2e", "conformance"].includes(name);
}
