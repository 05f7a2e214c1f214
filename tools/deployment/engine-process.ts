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
}

/**
 * An engine on `dataDir`, ready to be pushed to. Throws with its last lines when it does
 * not come up. `nodeFlags` are for Node, before the program.
 */
export async function startEngine(
  dataDir: string,
  nodeFlags: readonly string[] = [],
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
      { stdio: ["ignore", "pipe", "pipe"] },
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

  await start();
  return {
    url,
    siteUrl: `http://127.0.0.1:${sitePort}`,
    adminKey: readFileSync(join(dataDir, "admin-key"), "utf8").trim(),
    start,
    kill: () => end("SIGKILL"),
    stop: () => end("SIGTERM"),
  };
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
