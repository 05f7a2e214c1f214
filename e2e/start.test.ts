/** `npm start` as a person meets it: real processes on free ports, and what is left when they end. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, expect, test, vi } from "vitest";
import { ROOT } from "../tools/deployment/convex-cli.ts";
import { freePort } from "../tools/deployment/engine-process.ts";
import { readFeed } from "../tools/deployment/read-feed.ts";
import { ANALYST, CHANNELS } from "../tools/start/world.ts";

const READY_MS = 90_000; // a first start builds both sites
const base = mkdtempSync(join(tmpdir(), "heliograph-start-"));
const dataDir = join(base, "data");
const ports = {
  engine: await freePort(),
  site: await freePort(),
  web: await freePort(),
  console: await freePort(),
  discord: await freePort(),
  payments: await freePort(),
};
const portFlags = Object.entries(ports).flatMap(([name, port]) => [`--${name}-port`, `${port}`]);
const origin = (name: keyof typeof ports) => `http://127.0.0.1:${ports[name]}`;
const running = new Set<ChildProcess>();

afterEach(async () => {
  for (const child of running) {
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
  }
  await vi.waitFor(expectNothingListens, 15_000); // also after a test that failed
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly code: Promise<number | null>;
}

/** The command of `npm start`, without npm. */
function start(...flags: readonly string[]): Run {
  const script = [join(ROOT, "tools/bootstrap.mjs"), "tools/start/main.ts"];
  const child = spawn(process.execPath, [...script, "--quiet-demo", "--data", dataDir, ...flags], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  running.add(child);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const code = new Promise<number | null>((resolve) => {
    child.once("close", (exitCode) => {
      running.delete(child);
      resolve(exitCode);
    });
  });
  return { child, output: () => output, code };
}

async function ready(run: Run): Promise<void> {
  await vi.waitFor(
    () => {
      if (run.child.exitCode === null && !run.output().includes("Ctrl-C stops")) {
        throw new Error(`not ready: ${run.output()}`);
      }
    },
    { timeout: READY_MS, interval: 50 },
  );
  expect(run.output()).toContain("Ctrl-C stops");
}

async function interrupt(run: Run): Promise<number | null> {
  run.child.kill("SIGINT");
  return await run.code;
}

function listens(port: number): Promise<boolean> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once("error", () => resolve(true));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(false)));
  });
}

async function expectNothingListens(): Promise<void> {
  const taken = await Promise.all(Object.values(ports).map(listens));
  expect(taken).toEqual(taken.map(() => false));
}

async function post(content: string): Promise<void> {
  const response = await fetch(
    `${origin("discord")}/sim/channels/${CHANNELS.basicCalls.id}/messages`,
    {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ userId: ANALYST.id, content }),
    },
  );
  expect(response.status).toBeLessThan(300);
}

/** What the holder of the printed link reads. */
async function feed({ output }: Run): Promise<string[]> {
  const keys = /#keys=(\S+)/.exec(output())?.[1]?.split(",") ?? [];
  const signals = await readFeed({ url: origin("engine") }, keys, "basic");
  return signals.map(({ content }) => content);
}

const holds = (fact: () => Promise<void>) => vi.waitFor(fact, { timeout: 10_000, interval: 50 });

/** The process that `parent` started from `script`. */
function childOf(parent: number | undefined, script: string): number {
  const { stdout } = spawnSync("ps", ["-eo", "pid=,ppid=,args="], { encoding: "utf8" });
  for (const line of stdout.split("\n")) {
    const [pid, ppid, ...command] = line.trim().split(/\s+/);
    if (Number(ppid) === parent && command.join(" ").includes(script)) return Number(pid);
  }
  throw new Error(`${parent} has no child that runs ${script}`);
}

test("what is posted shows by the printed link, Ctrl-C ends everything, a later start goes on", async () => {
  const first = start(...portFlags);
  await ready(first);
  for (const name of ["web", "console", "discord"] as const) {
    expect((await fetch(origin(name))).status).toBe(200);
  }
  await post("kept between starts");
  await holds(async () => expect(await feed(first)).toEqual(["kept between starts"]));

  const refused = start();
  expect(await refused.code).toBe(1);
  expect(refused.output()).toMatch(/The data directory .* is in use by process \d+/);

  expect(await interrupt(first)).toBe(0);
  await expectNothingListens();

  const second = start(); // the ports are kept, too
  await ready(second);
  expect(await feed(second)).toEqual(["kept between starts"]);
  await post("after the second start");
  await holds(async () => expect(await feed(second)).toHaveLength(2));
  expect(await interrupt(second)).toBe(0);
  await expectNothingListens();
}, 240_000);

test("secrets lie in files of their owner and in no log", () => {
  const secretFiles = ["secrets.json", "engine/admin-key", "engine/bot-token", "engine/cli.env"];
  for (const file of secretFiles) {
    expect([file, statSync(join(dataDir, file)).mode & 0o077]).toEqual([file, 0]);
  }
  const secrets = [
    readFileSync(join(dataDir, "engine/admin-key"), "utf8").trim(),
    readFileSync(join(dataDir, "engine/bot-token"), "utf8"),
    ...Object.values<string>(JSON.parse(readFileSync(join(dataDir, "secrets.json"), "utf8"))),
  ].filter((secret) => !secret.startsWith("http")); // the issuer is no secret
  for (const log of readdirSync(join(dataDir, "logs"))) {
    const text = readFileSync(join(dataDir, "logs", log), "utf8");
    for (const secret of secrets) expect(text.includes(secret), log).toBe(false);
  }
});

test("a bot that dies ends everything, with its name and its last lines", async () => {
  const run = start();
  await ready(run);
  const main = childOf(run.child.pid, "tools/start/main.ts");
  process.kill(childOf(main, "apps/bot/src/main.ts"), "SIGKILL");
  expect(await run.code).toBe(1);
  expect(run.output()).toContain("bot was ended by SIGKILL");
  expect(run.output()).toMatch(/Its last log lines:\n {2}\{.*lease\.held/s);
  await expectNothingListens();
}, 120_000);

test("Ctrl-C during start-up leaves nothing behind", async () => {
  const run = start();
  await vi.waitFor(() => expect(run.output()).toContain("✓ engine"), { timeout: 30_000 });
  expect(await interrupt(run)).toBe(0);
  await expectNothingListens();
  expect(existsSync(join(dataDir, "engine/environment"))).toBe(false);
}, 60_000);

test("a start that is killed takes its parts with it", async () => {
  const run = start();
  await ready(run);
  process.kill(childOf(run.child.pid, "tools/start/main.ts"), "SIGKILL");
  await run.code;
  await vi.waitFor(expectNothingListens, { timeout: 15_000, interval: 50 });
}, 120_000);

test("a taken port is refused by its name and its flag", async () => {
  const squatter = createServer();
  await new Promise<void>((resolve) => squatter.listen(ports.engine, "127.0.0.1", resolve));
  const run = start();
  expect(await run.code).toBe(1);
  expect(run.output()).toContain(`Port ${ports.engine} is in use, and engine needs it.`);
  expect(run.output()).toContain("--engine-port");
  await new Promise((resolve) => squatter.close(resolve));
}, 60_000);
