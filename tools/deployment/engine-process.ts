/** The embedded engine as a process of its own, on free ports, for tests, benches and torture. */
import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type Deployment, ROOT } from "./convex-cli.ts";

const READY_MS = 30_000;
const KEPT_LINES = 40;

export interface EngineProcess extends Deployment {
  readonly siteUrl: string;
  /** Starts the process again on the same data and ports. */
  start(): Promise<void>;
  /** Ends it at once, as a power cut or the kernel would. */
  kill(): Promise<void>;
  /** Asks it to stop and waits until it has. */
  stop(): Promise<void>;
  /** Resolves with its exit code when it ends by itself; null when a signal ended it. */
  ended(): Promise<number | null>;
  /** What it printed last. */
  lastLines(): readonly string[];
}

export interface EngineOptions {
  /** Added to this process's own variables. */
  readonly environment?: Readonly<Record<string, string>>;
  /** For Node, before the program. */
  readonly nodeFlags?: readonly string[];
}

/** An engine on `dataDir`, ready to be pushed to. Throws with its last lines when it does not come up. */
export async function startEngine(
  dataDir: string,
  options: EngineOptions = {},
): Promise<EngineProcess> {
  const engine = await placeEngine(dataDir, options);
  await engine.start();
  return engine;
}

/** An engine that is yet to be started. */
export async function placeEngine(
  dataDir: string,
  { environment = {}, nodeFlags = [] }: EngineOptions = {},
): Promise<EngineProcess> {
  const [port, sitePort] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  let lastLines: string[] = [];

  const start = async () => {
    lastLines = [];
    child = spawn(
      process.execPath,
      [
        "--disable-warning=ExperimentalWarning",
        ...nodeFlags,
        join(ROOT, "packages/embedded-convex/src/cli.ts"),
        "serve",
        ...["--data", dataDir, "--port", String(port), "--site-port", String(sitePort)],
      ],
      { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } },
    );
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        lastLines.push(line);
        if (lastLines.length > KEPT_LINES) lastLines.shift();
      });
    }
    await ready(url, child, () => lastLines);
  };
  const end = (signal: NodeJS.Signals) =>
    new Promise<void>((resolve) => {
      if (child === null || child.exitCode !== null || child.signalCode !== null) return resolve();
      child.once("exit", () => resolve());
      child.kill(signal);
    });

  return {
    url,
    siteUrl: `http://127.0.0.1:${sitePort}`,
    /** Made by the first start. */
    get adminKey() {
      return readFileSync(join(dataDir, "admin-key"), "utf8").trim();
    },
    start,
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
    ended: () => exitOf(child),
    lastLines: () => lastLines,
  };
}

function exitOf(child: ChildProcess | null): Promise<number | null> {
  if (child === null) throw new Error("The engine was never started.");
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => child.once("close", resolve));
}

async function ready(
  url: string,
  child: ChildProcess,
  lastLines: () => readonly string[],
): Promise<void> {
  const deadline = Date.now() + READY_MS;
  while (Date.now() < deadline) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    const answered = await fetch(`${url}/version`).then(
      (response) => response.ok,
      () => false,
    );
    if (answered) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`The engine did not come up:\n${lastLines().join("\n")}`);
}

/** A port nobody listens on now. */
export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === "object") resolve(address.port);
        else reject(new Error("the system gave no port"));
      });
    });
  });
}
