/** `npm run check`: everything that can be judged without starting a server, and the unit tests. */
import { runTests } from "../test/run-tests.ts";
import { CHECKS } from "./checks.ts";
import { runChecks } from "./run-checks.ts";
import { tell, tellTotals } from "./tell.ts";

const checks = await runChecks(CHECKS, tell);
const tests = await runTests(["convex", "node"]);
tellTotals(checks, tests);
