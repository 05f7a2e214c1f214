import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Part, PartFailedError } from "./part.ts";

let logDir: string;
const parts: Part[] = [];
beforeEach(() => {
  logDir = mkdtempSync(join(tmpdir(), "heliograph-part-"));
});
afterEach(async () => {
  for (const part of parts.splice(0)) await part.stop();
  rmSync(logDir, { recursive: true });
});

function run(script: string, onLine?: (line: string) => void): Part {
  const args = ["-e", script];
  const spec = { name: "part", command: process.execPath, args, cwd: logDir, env: {}, logDir };
  const part = new Part({ ...spec, ...(onLine && { onLine }) });
  parts.push(part);
  return part;
}

const failureOf = (work: Promise<unknown>) =>
  work.then(
    () => Promise.reject(new Error("it did not fail")),
    (error: unknown) => {
      if (error instanceof PartFailedError) return error;
      throw error;
    },
  );

test("a part that ends by itself fails with its exit code and its last lines", async () => {
  const part = run("console.log('one'); console.error('two'); process.exitCode = 7");
  const failure = await failureOf(part.failure());
  expect(failure.message).toBe("part ended with exit code 7");
  expect([...failure.lastLines].sort()).toEqual(["one", "two"]);
  expect(readFileSync(failure.logFile, "utf8").split("\n").sort()).toEqual(["", "one", "two"]);
});

test("a part that ends before it is ready fails at once", async () => {
  const failure = await failureOf(run("process.exitCode = 3").ready(() => false, 60_000));
  expect(failure.message).toBe("part ended with exit code 3");
});

test("a part that never becomes ready fails when its time is over", async () => {
  const failure = await failureOf(run("setInterval(() => {}, 1000)").ready(() => false, 100));
  expect(failure.message).toBe("part was not ready after 0.1 s");
});

test("a command that does not exist is a failure that says so", async () => {
  const spec = { name: "part", command: join(logDir, "nothing"), args: [], cwd: logDir, env: {} };
  const failure = await failureOf(new Part({ ...spec, logDir }).failure());
  expect(failure.message).toContain("could not be started");
});

test("what a part started ends with it, also when the part ends first", async () => {
  const orphan = "setInterval(() => {}, 1000)";
  const part = run(
    `const child = require("node:child_process").spawn(process.execPath, ["-e", ${JSON.stringify(orphan)}], { stdio: "inherit" });
     console.log(child.pid); process.exit(1);`,
  );
  const { lastLines } = await failureOf(part.failure()); // does not come while anyone holds the pipe
  expect(lastLines).toHaveLength(1);
});

test("a part that does one thing is done when it ends well", async () => {
  const well = run("process.exitCode = 0");
  well.expectEnd();
  await well.done();
  const badly = run("process.exitCode = 1");
  badly.expectEnd();
  await failureOf(badly.done());
});

test("a part that was stopped has not failed", async () => {
  const part = run("console.log('up'); setInterval(() => {}, 1000)");
  await part.ready(() => part.lastLines.includes("up"), 10_000);
  const failed = part.failure().catch(() => "failed");
  await part.stop();
  expect(await Promise.race([failed, Promise.resolve("stopped")])).toBe("stopped");
});
