/**
 * The whole engine in this process with a fixture pushed as the CLI pushes it, without
 * the CLI: ready in a second, for tests that need many engines or none of its output.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JSONValue } from "convex/values";
import { type EmbeddedConvex, startEmbeddedConvex } from "../src/index.ts";
import type { Clock, PushedModule } from "../src/rooms.ts";
import { APP_DEFINITION } from "./deploy-bed.ts";
import { bundleFiles, bundleModules, FIXTURES, textModule } from "./function-app.ts";

export interface LogLine {
  readonly level: string;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface PushedEngine {
  readonly engine: EmbeddedConvex;
  /** Its data directory. */
  readonly dir: string;
  /** What the push began with. */
  readonly pushed: StartPushBody;
  /** Warnings and errors so far. */
  readonly complaints: readonly LogLine[];
  /** A route of the CLI with the admin key; throws unless the answer is 200. */
  admin(path: string, body: { readonly [field: string]: JSONValue }): Promise<JSONValue>;
  remove(): Promise<void>;
}

export interface PushedEngineOptions {
  readonly clock?: Clock;
  /** By default what the fixtures' auth.config.ts asks for, with no key in it. */
  readonly environment?: Readonly<Record<string, string>>;
}

const NO_KEYS = { JWKS: 'data:application/json,{"keys":[]}' };

/** Pushes the `.ts` files of test/fixtures/<fixture>. */
export async function startPushedEngine(
  fixture: string,
  { clock, environment = NO_KEYS }: PushedEngineOptions = {},
): Promise<PushedEngine> {
  const dir = mkdtempSync(join(tmpdir(), "pushed-"));
  const complaints: LogLine[] = [];
  const engine = await startEmbeddedConvex({
    dir,
    port: 0,
    sitePort: 0,
    logger: (level, event, fields = {}) => {
      if (level === "warn" || level === "error") complaints.push({ level, event, fields });
    },
    ...(clock === undefined ? {} : { clock }),
  });
  const admin = (path: string, body: { readonly [field: string]: JSONValue }) =>
    post(engine, path, body);
  const changes = Object.entries(environment).map(([name, value]) => ({ name, value }));
  await admin("/api/update_environment_variables", { changes });
  const fixtureDir = join(FIXTURES, fixture);
  const modules = (await bundleModules(fixtureDir)).filter(({ path }) => path !== "schema.js");
  const [schema] = await bundleFiles(fixtureDir, [join(fixtureDir, "schema.ts")], "isolate");
  const pushed = startPushBody(modules, schema ?? null);
  await push(pushed, admin);
  return {
    engine,
    dir,
    pushed,
    complaints,
    admin,
    remove: async () => {
      await engine.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function post(
  { url, adminKey }: EmbeddedConvex,
  path: string,
  body: { readonly [field: string]: JSONValue },
): Promise<JSONValue> {
  const response = await fetch(`${url}${path}`, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Convex ${adminKey}` },
    body: JSON.stringify({ adminKey, ...body }),
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${text}`);
  return text === "" ? null : (JSON.parse(text) as JSONValue);
}

export type StartPushBody = ReturnType<typeof startPushBody>;

async function push(body: StartPushBody, admin: PushedEngine["admin"]): Promise<void> {
  const startPush = await admin("/api/deploy2/start_push", body);
  const { schemaChange } = startPush as { schemaChange: JSONValue };
  const waiting = { schemaChange, timeoutMs: 10_000, dryRun: false };
  await admin("/api/deploy2/wait_for_schema", waiting);
  await admin("/api/deploy2/finish_push", { startPush, dryRun: false, message: null });
}

/** What the CLI sends first. */
function startPushBody(modules: readonly PushedModule[], schema: PushedModule | null) {
  const definition = `export default { export: () => ${JSON.stringify(JSON.stringify(APP_DEFINITION))} };`;
  return {
    dryRun: false,
    functions: "convex/",
    appDefinition: {
      definition: { ...textModule("convex.config.js", definition) },
      dependencies: [],
      schema: schema === null ? null : { ...schema },
      changedModules: modules.map((module) => ({ ...module })),
      unchangedModuleHashes: [],
      udfServerVersion: "1.48.0",
    },
    componentDefinitions: [],
    nodeDependencies: [],
  };
}
