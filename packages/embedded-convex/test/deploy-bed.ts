/**
 * The deploy room on a real database, called as the CLI calls it. Modules are JSON:
 * the analyzer of these tests reads what a real one would find out by running them.
 */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JSONValue } from "convex/values";
import { createAdminAuth } from "../src/auth/admin-key.ts";
import { openDatabase } from "../src/database/database.ts";
import type { Database, Transaction } from "../src/database/types.ts";
import { createDeployApi, type DeployApi } from "../src/deploy/api.ts";
import { PushError } from "../src/errors.ts";
import type { HttpExchange } from "../src/http/exchange.ts";
import type {
  AnalyzedComponent,
  AnalyzedFunction,
  AnalyzedModule,
  PushAnalyzer,
  PushedComponent,
  PushedModule,
} from "../src/rooms.ts";
import { ManualClock } from "./manual-clock.ts";

export const ADMIN_KEY = "test|secret";
export const ORIGINS = { cloudUrl: "http://127.0.0.1:3210", siteUrl: "http://127.0.0.1:3211" };
type Json = { readonly [field: string]: JSONValue };

export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers are compared, not computed with
  readonly body: any;
}

/** `source` is what analysis finds in it. */
export function moduleOf(path: string, source: JSONValue): Json {
  return { path, source: JSON.stringify(source), environment: "isolate" };
}

export function functionOf(name: string, udfType: AnalyzedFunction["udfType"]): Json {
  return { name, udfType, visibility: { kind: "public" }, args: null, returns: "null", pos: null };
}

export class DeployBed {
  readonly dir = mkdtempSync(join(tmpdir(), "deploy-"));
  readonly clock = new ManualClock();
  activations = 0;
  database!: Database;
  api!: DeployApi;

  async open(): Promise<this> {
    const { clock } = this;
    const common = { clock, logger: () => {}, random: randomBytes };
    this.database = await openDatabase({ ...common, dir: this.dir });
    this.api = createDeployApi({
      database: this.database,
      analyzer: ANALYZER,
      clock,
      admin: createAdminAuth(ADMIN_KEY),
      origins: ORIGINS,
      random: randomBytes,
      transfers: { handlers: [], systemQueries: new Map() },
      inlineQueries: () => Promise.reject(new Error("this bed runs no functions")),
      onActivated: async () => {
        this.activations += 1;
      },
    });
    return this;
  }

  async remove(): Promise<void> {
    this.api.close();
    await this.database.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  async call(method: string, path: string, body?: Json, key = ADMIN_KEY): Promise<Answer> {
    const answer = await this.api.handle(exchangeOf(method, path, body, key));
    if (answer === null) throw new Error(`${method} ${path} is nobody's`);
    return { status: answer.status, body: JSON.parse(String(answer.body)) };
  }

  post(path: string, body: Json): Promise<Answer> {
    return this.call("POST", path, { adminKey: ADMIN_KEY, ...body });
  }

  startPush(modules: readonly Json[], more: Json & { app?: Json } = {}): Promise<Answer> {
    return this.post("/api/deploy2/start_push", pushBody(modules, more));
  }

  async waitForSchema(started: Answer, dryRun = false): Promise<Answer> {
    const { schemaChange } = started.body;
    return await this.post("/api/deploy2/wait_for_schema", {
      schemaChange,
      timeoutMs: 10_000,
      dryRun,
    });
  }

  async finishPush(started: Answer, dryRun = false): Promise<Answer> {
    const startPush = started.body;
    return await this.post("/api/deploy2/finish_push", { startPush, dryRun, message: null });
  }

  /** The three steps of the CLI; throws unless all succeed. */
  async deploy(modules: readonly Json[], more: Json & { app?: Json } = {}): Promise<Answer> {
    const started = await this.startPush(modules, more);
    const waited = await this.waitForSchema(started);
    const finished = await this.finishPush(started);
    if (finished.status === 200 && waited.body.type === "complete") return finished;
    throw new Error(JSON.stringify([started, waited, finished]));
  }

  setEnv(variables: Readonly<Record<string, string | null>>): Promise<Answer> {
    const changes = Object.entries(variables).map(([name, value]) => ({ name, value }));
    return this.post("/api/update_environment_variables", { changes });
  }

  read<T>(look: (tx: Transaction) => T): T {
    const tx = this.database.begin();
    try {
      return look(tx);
    } finally {
      tx.close();
    }
  }

  async commit<T>(change: (tx: Transaction) => T): Promise<T> {
    const tx = this.database.begin();
    const result = change(tx);
    await this.database.commit(tx, { source: null }).durable;
    return result;
  }

  modulePaths(): string[] {
    return this.rows("_modules", "by_path").map(({ path }) => String(path));
  }

  rows(table: string, index: string) {
    return this.read((tx) => tx.system.query(table, index));
  }

  deployment() {
    return this.rows("_deployment", "by_creation_time")[0];
  }
}

export function pushBody(modules: readonly Json[], more: Json & { app?: Json } = {}): Json {
  const { app = {}, ...rest } = more;
  return {
    dryRun: false,
    functions: "convex/",
    appDefinition: {
      definition: moduleOf("convex.config.js", APP_DEFINITION),
      dependencies: [],
      schema: null,
      changedModules: [...modules],
      unchangedModuleHashes: [],
      udfServerVersion: "1.48.0",
      ...app,
    },
    componentDefinitions: [],
    nodeDependencies: [],
    ...rest,
  };
}

export const APP_DEFINITION = {
  definitionType: { type: "app" },
  childComponents: [],
  httpMounts: {},
  exports: { type: "branch", branch: [] },
};

/** A source of `{"env": NAME}` anywhere in auth.config.js reads that variable. */
const ANALYZER: PushAnalyzer = {
  analyze: async (push) => ({
    ...analyzedPart(push),
    authConfig: evaluateAuthConfig(push.modules, push.environmentVariables),
    components: new Map(push.components.map((part) => [part.path, analyzedPart(part)])),
  }),
  authConfig: async (modules, environment) => evaluateAuthConfig(modules, environment),
};

function analyzedPart({
  modules,
  schema,
  definition,
}: Pick<PushedComponent, "modules" | "schema" | "definition">): AnalyzedComponent {
  return {
    modules: new Map(modules.filter(isAnalyzed).map((module) => [module.path, analyzed(module)])),
    schema: schema === null ? null : (JSON.parse(schema.source) as JSONValue),
    definition: JSON.parse(definition.source) as JSONValue,
  };
}

function isAnalyzed({ path }: PushedModule): boolean {
  return path !== "auth.config.js" && !path.startsWith("_deps/");
}

function analyzed({ path, source }: PushedModule): AnalyzedModule {
  const found = JSON.parse(source) as Partial<AnalyzedModule> & { fails?: string };
  if (found.fails !== undefined) {
    throw new PushError("InvalidModules", `Failed to analyze ${path}: ${found.fails}`);
  }
  return { functions: [], httpRoutes: null, cronSpecs: null, ...found };
}

function evaluateAuthConfig(
  modules: readonly PushedModule[],
  environment: Readonly<Record<string, string>>,
): JSONValue | null {
  const module = modules.find(({ path }) => path === "auth.config.js");
  if (module === undefined) return null;
  return JSON.parse(module.source, (_key, value) => {
    if (typeof value?.env !== "string") return value;
    const set = environment[value.env];
    if (set !== undefined) return set;
    throw new PushError(
      "AuthConfigMissingEnvironmentVariable",
      `Environment variable ${value.env} is used in auth config file but its value was not set`,
    );
  }) as JSONValue;
}

function exchangeOf(
  method: string,
  path: string,
  body: Json | undefined,
  key: string,
): HttpExchange {
  const [pathname = "", query] = path.split("?");
  const text = new TextEncoder().encode(JSON.stringify(body ?? null));
  return {
    method,
    path: pathname,
    query: new URLSearchParams(query),
    search: query === undefined ? "" : `?${query}`,
    headers: { authorization: `Convex ${key}`, "content-type": "application/json" },
    headerPairs: [],
    ip: null,
    signal: new AbortController().signal,
    body: async () => text,
    stream: () => {
      throw new Error("read as a whole");
    },
  };
}
