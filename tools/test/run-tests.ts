/**
 * Runs vitest projects and counts: a test that failed, and a file that could not even be loaded.
 * Names the files that took longest: the budget of the whole is a quarter of an hour.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join, relative } from "node:path";
import { ROOT } from "../deployment/convex-cli.ts";

const SLOWEST_SHOWN = 10;
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
    readonly name: string; // of the file, absolute
    readonly startTime: number; // ms
    readonly endTime: number;
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
    const report: Report = JSON.parse(readFileSync(file, "utf8"));
    process.stdout.write(`${slowest(report)}\n`);
    return totals(report, code);
  } catch {
    return { passed: 0, failed: 1 }; // vitest ended before it could report
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function slowest({ testResults }: Report): string {
  const files = testResults
    .map(({ name, startTime, endTime }) => ({ name, seconds: (endTime - startTime) / 1000 }))
    .sort((a, b) => b.seconds - a.seconds)
    .slice(0, SLOWEST_SHOWN);
  const lines = files.map(({ name, seconds }) => `${seconds.toFixed(1)} s ${relative(ROOT, name)}`);
  return ["The slowest files:", ...lines].join("\n  ");
}

function totals(report: Report, code: number | null): TestTotals {
  const unloadable = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
  ).length;
  const failed = report.numFailedTests + unloadable;
  // An error outside of any test (an unhandled rejection) shows only in the exit code.
  return { passed: report.numPassedTests, failed: failed === 0 && code !== 0 ? 1 : failed };
}
