/** Runs checks and collects what failed. Two at a time: they are single-threaded and the machine has two cores. */
import { spawn } from "node:child_process";
import { ROOT } from "../deployment/convex-cli.ts";
import type { Check } from "./checks.ts";

export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  readonly output: string;
  readonly seconds: number;
}

const AT_ONCE = 2;

/** Results in the order of the checks; `onResult` hears each as it comes. */
export async function runChecks(
  checks: readonly Check[],
  onResult: (result: CheckResult) => void,
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  const waiting = [...checks.entries()];
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, check] = next;
      const result = await runOne(check);
      results[index] = result;
      onResult(result);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  return results;
}

function runOne({ name, command: [program = "", ...args] }: Check): Promise<CheckResult> {
  const startedMs = performance.now();
  const child = spawn(program, args, { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  return new Promise((resolve) => {
    const done = (passed: boolean) =>
      resolve({ name, passed, output, seconds: (performance.now() - startedMs) / 1000 });
    child.once("error", (error) => {
      output += error.message;
      done(false);
    });
    child.once("close", (code) => done(code === 0));
  });
}
