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
import { copyProject, type Project } from "./official-cli.ts";

export const query = (path: string) => makeFunctionReference<"query">(path);
export const mutation = (path: string) => makeFunctionReference<"mutation">(path);
export const action = (path: string) => makeFunctionReference<"action">(path);

export interface RunningServer {
  /** Changes with `restart`. */
  readonly engine: EmbeddedConvex;
  /** The fixture as it was pushed, generated code included; removed with the server. */
  readonly project: Project;
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
  const project = copyProject(fixture, engine);
  await push(project, environment);
  const clients: ConvexClient[] = [];
  return {
    get engine() {
      return engine;
    },
    project,
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
      project.remove();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function push(
  project: Project,
  environment: Readonly<Record<string, string>>,
): Promise<void> {
  for (const [name, value] of Object.entries(environment)) {
    await succeed(project.convex("env", "set", `${name}=${value}`));
  }
  await succeed(project.convex("deploy", "--yes"));
}

async function succeed(running: ReturnType<Project["convex"]>) {
  const { code, stdout, stderr } = await running;
  if (code !== 0) throw new Error(`the CLI ended with ${code}:\n${stdout}${stderr}`);
}
