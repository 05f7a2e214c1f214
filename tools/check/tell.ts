/** How check and test runs speak: a line a check, what a failed one printed, and the totals last. */
import type { TestTotals } from "../test/run-tests.ts";
import type { CheckResult } from "./run-checks.ts";

export function tell({ name, passed, output, seconds }: CheckResult): void {
  process.stdout.write(`${passed ? "✓" : "✗"} ${name} (${seconds.toFixed(1)} s)\n`);
  if (!passed) process.stdout.write(`${output.trimEnd()}\n\n`);
}

/** Prints `N passed, N failed` as the last line and sets the exit code. */
export function tellTotals(checks: readonly CheckResult[], tests: TestTotals): void {
  const failedChecks = checks.filter(({ passed }) => !passed);
  for (const { name } of failedChecks) process.stdout.write(`failed check: ${name}\n`);
  const failed = failedChecks.length + tests.failed;
  const passed = checks.length - failedChecks.length + tests.passed;
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  // A run that executed no test proves nothing, whatever its exit code says.
  process.exitCode = failed > 0 || tests.passed === 0 ? 1 : 0;
}
