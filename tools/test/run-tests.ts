/** Runs vitest projects and counts: a test that failed, and a file that could not even be loaded. */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { ROOT } from "../deployment/convex-cli.ts";

const WORKERS = Math.max(2, availableParallelism() - 1);

export interface TestTotals {
  readonly passed: number;
  readonly failed: number;
}

export type Project = "convex" | "node" | "packages-e2e" | "conformance" | "e2e";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly unknown[];
  }[];
}

export async function runTests(
  projects: readonly Project[],
  filters: readonly string[] = [],
): Promise<TestTotals> {
  const dir = mkdtempSync(join(tmpdir(), "heliograph-tests-"));
  const file = join(dir, "report.json");
  const selected = projects.flatMap((project) => ["--project", project]);
  const reporters = ["--reporter=dot", "--reporter=json", `--outputFile.json=${file}`];
  const args = [
    join(ROOT, "node_modules/vitest/vitest.mjs"),
    "run",
    ...selected,
    // Those of e2e share one deployment; of itself vitest would leave a core of two idle.
    projects.includes("e2e") ? "--no-file-parallelism" : `--maxWorkers=${WORKERS}`,
    ...reporters,
    ...filters,
  ];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  try {
    return totals(JSON.parse(readFileSync(file, "utf8")), code);
  } catch {
    return { passed: 0, failed: 1 }; // vitest ended before it could report
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function totals(report: Report, code: number | null): TestTotals {
  const unloadable = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + unloadable;
  // An error outside of any test (an unhandled rejection) shows only in the exit code.
  return { passed: report.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
}
