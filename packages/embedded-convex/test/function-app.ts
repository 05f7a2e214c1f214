/**
 * A functions room over a real database, with modules bundled as the CLI does it:
 * same options, same chunks, same source maps.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { JSONValue } from "convex/values";
import { build } from "esbuild";
import { systemClock } from "../src/clock.ts";
import { openDatabase } from "../src/database/database.ts";
import type { Database, Transaction } from "../src/database/types.ts";
import { createFunctionRunner } from "../src/functions/index.ts";
import type { FileStorageDoor, FunctionsRoom } from "../src/functions/options.ts";
import type {
  Clock,
  ExecutionRecord,
  FunctionCall,
  Identity,
  PushedModule,
  RequestContext,
  SchedulerDoor,
} from "../src/rooms.ts";

export interface FunctionApp {
  readonly database: Database;
  readonly room: FunctionsRoom;
  readonly records: ExecutionRecord[];
  /** Called with each record. */
  readonly onRecord: ((record: ExecutionRecord) => void)[];
  /** Jobs `ctx.scheduler` asked for. */
  readonly scheduled: { readonly path: string; readonly args: readonly JSONValue[] }[];
  readonly files: Map<string, { bytes: Uint8Array; contentType: string | null }>;
  /** Runs while a function waits for a file to be stored. */
  readonly hooks: { duringStore: () => Promise<void> };
  /** Replaces the code; `undefined` keeps the variables as they are. */
  deploy(
    modules: readonly PushedModule[],
    environment?: Readonly<Record<string, string>>,
  ): Promise<void>;
  close(): Promise<void>;
}

export const FIXTURES = fileURLToPath(new URL("./fixtures/", import.meta.url));

/** Modules of every `.ts` file directly in `dir`. */
export async function bundleModules(dir: string): Promise<PushedModule[]> {
  const files = readdirSync(dir).filter((name) => /^[^.]+\.ts$|^auth\.config\.ts$/.test(name));
  return bundleFiles(
    dir,
    files.map((name) => join(dir, name)),
    "isolate",
  );
}

export async function bundleFiles(
  dir: string,
  entryPoints: string[],
  environment: "isolate" | "node",
): Promise<PushedModule[]> {
  const outdir = join(dir, "..", "out");
  const result = await build({
    entryPoints,
    bundle: true,
    platform: environment === "node" ? "node" : "browser",
    format: "esm",
    target: "esnext",
    outdir,
    outbase: dir,
    conditions: ["convex", "module"],
    chunkNames: environment === "node" ? "_deps/node/[hash]" : "_deps/[hash]",
    write: false,
    sourcemap: true,
    sourcesContent: false,
    splitting: true,
    treeShaking: true,
    minifySyntax: true,
    minifyIdentifiers: true,
    keepNames: true,
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "silent",
  });
  const maps = new Map(result.outputFiles.map(({ path, text }) => [path, text]));
  return result.outputFiles
    .filter(({ path }) => !path.endsWith(".map"))
    .map(({ path, text }) => ({
      path: relative(outdir, path),
      source: text,
      sourceMap: maps.get(`${path}.map`) ?? null,
      environment,
    }));
}

/** A module given as ESM text, without a map. */
export function textModule(path: string, source: string): PushedModule {
  return { path, source, sourceMap: null, environment: "isolate" };
}

export interface FunctionAppOptions {
  readonly clock?: Clock;
  /** What the functions get to see of the database. */
  readonly through?: (database: Database) => Database;
  /** Instead of one that only notes what was asked for. */
  readonly scheduler?: (database: Database) => SchedulerDoor<Transaction>;
}

export async function startFunctionApp(options: FunctionAppOptions = {}): Promise<FunctionApp> {
  const dir = mkdtempSync(join(tmpdir(), "functions-"));
  const clock = options.clock ?? systemClock();
  const random = (bytes: number) => new Uint8Array(randomBytes(bytes));
  const logger = () => {};
  const { through = (same) => same } = options;
  const database = through(await openDatabase({ dir, clock: systemClock(), logger, random }));
  const records: ExecutionRecord[] = [];
  const onRecord: ((record: ExecutionRecord) => void)[] = [];
  const scheduled: { path: string; args: readonly JSONValue[] }[] = [];
  const files = new Map<string, { bytes: Uint8Array; contentType: string | null }>();
  const hooks = { duringStore: async () => {} };
  const room = createFunctionRunner({
    database,
    clock,
    logger,
    random,
    origins: { cloudUrl: "http://127.0.0.1:3210", siteUrl: "http://127.0.0.1:3211" },
    storage: storageDoor(files, hooks),
    scheduler: options.scheduler?.(database) ?? schedulerDoor(scheduled),
    onExecution: (record) => {
      records.push(record);
      for (const listener of onRecord) listener(record);
    },
  });
  return {
    database,
    room,
    records,
    onRecord,
    scheduled,
    files,
    hooks,
    deploy: (modules, environment) => deploy(database, room, modules, environment),
    close: async () => {
      await room.close();
      await database.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function deploy(
  database: Database,
  room: FunctionsRoom,
  modules: readonly PushedModule[],
  environment: Readonly<Record<string, string>> | undefined,
): Promise<void> {
  const definition = textModule("convex.config.js", "export default { export: () => '{}' };");
  const environmentVariables = environment ?? {};
  const found = await room.analyze({
    modules,
    schema: null,
    definition,
    dependencies: [],
    environmentVariables,
    components: [],
  });
  const tx = database.begin();
  for (const row of tx.system.query("_modules", "by_path")) tx.system.remove("_modules", row._id);
  for (const module of modules) {
    const analysis = found.modules.get(module.path) ?? null;
    const sha256 = createHash("sha256").update(module.source).digest("hex");
    const fields = { ...module, component: "", sha256, analysis };
    tx.system.insert("_modules", fields as unknown as Record<string, JSONValue>);
  }
  if (environment !== undefined) writeEnvironment(tx, environment);
  tx.system.bumpDeployment();
  await database.commit(tx, { source: null }).durable;
}

function writeEnvironment(tx: Transaction, environment: Readonly<Record<string, string>>): void {
  for (const row of tx.system.query("_environment", "by_name")) {
    tx.system.remove("_environment", row._id);
  }
  for (const [name, value] of Object.entries(environment)) {
    tx.system.insert("_environment", { name, value });
  }
}

function storageDoor(
  files: Map<string, { bytes: Uint8Array; contentType: string | null }>,
  hooks: { duringStore: () => Promise<void> },
): FileStorageDoor {
  return {
    generateUploadUrl: () => "http://127.0.0.1:3210/api/storage/upload?token=t",
    getUrl: (_tx, id) => (files.has(id) ? `http://127.0.0.1:3210/api/storage/${id}` : null),
    getMetadata: (_tx, id) => {
      const file = files.get(id);
      if (file === undefined) return null;
      const sha256 = createHash("sha256").update(file.bytes).digest("hex");
      return { storageId: id, sha256, size: file.bytes.length, contentType: file.contentType };
    },
    delete: (_tx, id) => void files.delete(id),
    store: async (_component, bytes, { contentType }) => {
      await hooks.duringStore();
      const id = `file${files.size}`;
      files.set(id, { bytes, contentType });
      return id;
    },
    read: async (_component, id) => files.get(id) ?? null,
  };
}

function schedulerDoor(
  scheduled: { path: string; args: readonly JSONValue[] }[],
): SchedulerDoor<Transaction> {
  return {
    schedule: (_tx, { address, args }) => {
      scheduled.push({ path: address.path, args });
      return `job${scheduled.length}`;
    },
    cancel: () => {},
  };
}

export const NOBODY: RequestContext = {
  requestId: "0123456789abcdef",
  identity: { kind: "none" },
  ip: null,
  userAgent: null,
};

export function callOf(
  path: string,
  args: JSONValue = {},
  options: { readonly identity?: Identity; readonly allowed?: "public" | "all" } = {},
): FunctionCall {
  return {
    address: { component: "", path },
    args: [args],
    request: { ...NOBODY, identity: options.identity ?? NOBODY.identity },
    allowed: options.allowed ?? "public",
  };
}

/** The value of a query; throws the text of its failure. */
export async function runQuery(
  app: FunctionApp,
  path: string,
  args: JSONValue = {},
): Promise<JSONValue> {
  const { result } = await app.room.query(callOf(path, args));
  if (!result.ok) throw new Error(result.failure.text);
  return JSON.parse(result.json) as JSONValue;
}

export async function runMutation(
  app: FunctionApp,
  path: string,
  args: JSONValue = {},
): Promise<JSONValue> {
  const outcome = await app.room.mutation(callOf(path, args));
  if (!outcome.ok) throw new Error(outcome.failure.text);
  return JSON.parse(outcome.json) as JSONValue;
}

export async function runAction(
  app: FunctionApp,
  path: string,
  args: JSONValue = {},
): Promise<JSONValue> {
  const outcome = await app.room.action(callOf(path, args));
  if (!outcome.ok) throw new Error(outcome.failure.text);
  return JSON.parse(outcome.json) as JSONValue;
}
