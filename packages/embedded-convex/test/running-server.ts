/** The whole engine in this process with a fixture app pushed by the official CLI. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConvexClient, ConvexHttpClient } from "convex/browser";
import { makeFunctionReference } from "convex/server";
import {
  type EmbeddedConvex,
  type EmbeddedConvexOptions,
  startEmbeddedConvex,
} from "../src/index.ts";
import { copyProject } from "./official-cli.ts";

export const query = (path: string) => makeFunctionReference<"query">(path);
export const mutation = (path: string) => makeFunctionReference<"mutation">(path);
export const action = (path: string) => makeFunctionReference<"action">(path);

export interface RunningServer {
  /** Changes with `restart`. */
  readonly engine: EmbeddedConvex;
  /** Closed with the server. */
  connect(): ConvexClient;
  http(): ConvexHttpClient;
  /** Executions of one function since the start of the process. */
  executions(path: string): Promise<number>;
  /** Stops and starts on the same directory and ports. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** `environment` is set before the push, with the CLI. */
export async function startServer(
  fixture: string,
  environment: Readonly<Record<string, string>> = {},
): Promise<RunningServer> {
  const dir = mkdtempSync(join(tmpdir(), "engine-"));
  const options: EmbeddedConvexOptions = { dir, port: 0, sitePort: 0 };
  let engine = await startEmbeddedConvex(options);
  const [port, sitePort] = [engine.url, engine.siteUrl].map((url) => Number(new URL(url).port));
  await push(fixture, engine, environment);
  const clients: ConvexClient[] = [];
  return {
    get engine() {
      return engine;
    },
    connect: () => {
      const client = new ConvexClient(engine.url, { unsavedChangesWarning: false, logger: false });
      clients.push(client);
      return client;
    },
    http: () => new ConvexHttpClient(engine.url, { logger: false }),
    executions: async (path) => {
      const text = await (await fetch(`${engine.url}/metrics`)).text();
      const line = text.split("\n").find((each) => each.includes(`{path="${path}"}`));
      return Number(line?.split(" ").at(-1) ?? 0);
    },
    restart: async () => {
      await engine.close();
      engine = await startEmbeddedConvex({ ...options, port: port ?? 0, sitePort: sitePort ?? 0 });
    },
    stop: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await engine.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function push(
  fixture: string,
  engine: EmbeddedConvex,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  const project = copyProject(fixture, engine);
  try {
    for (const [name, value] of Object.entries(environment)) {
      await succeed(project.convex("env", "set", `${name}=${value}`));
    }
    await succeed(project.convex("deploy", "--yes"));
  } finally {
    project.remove();
  }
}

async function succeed(running: ReturnType<ReturnType<typeof copyProject>["convex"]>) {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(`the CLI ended with ${code}:\n${stdout}${stderr}`);
}
