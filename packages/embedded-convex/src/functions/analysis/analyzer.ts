/** Finds out what a push holds (contract cli 1.5), in a thread that is ended after four seconds. */
import { Worker } from "node:worker_threads";
import type { JSONValue } from "convex/values";
import { PushError } from "../../errors.ts";
import type { AnalyzedModule, Clock, PushAnalyzer, PushedModule } from "../../rooms.ts";
import type { WorkerModule } from "../actions/protocol.ts";
import { redirectImports } from "../dynamic-imports.ts";
import { failureOfThrown, messageOf } from "../failure.ts";
import { toCommonJs } from "../module-script.ts";
import { realmSource } from "../realm-script.ts";
import { SourcePositions } from "../source-positions.ts";
import { TRACKER } from "../state-tracking.ts";
import type { AnalysisMessage, AnalysisTask, WantedExport } from "./protocol.ts";

const LIMIT_MS = 4_000; // of user code; the thread's start is not counted
const AUTH_CONFIG = "auth.config.js";
const MISSING_VARIABLE =
  /Environment variable \S+ is used in auth config file but its value was not set/;

type Codes = { readonly code: string; readonly what: string };
const MODULES: Codes = { code: "InvalidModules", what: "Loading the pushed modules" };
const SCHEMA: Codes = { code: "InvalidSchema", what: "Evaluating the schema" };
const DEFINITION: Codes = { code: "InvalidConvexConfig", what: "Evaluating the app definition" };
const AUTH: Codes = { code: "InvalidAuthConfig", what: "Evaluating the auth config file" };

interface AnalyzerOptions {
  readonly clock: Clock;
  readonly origins: { readonly cloudUrl: string; readonly siteUrl: string };
  readonly projectRoot?: string;
}

export function createPushAnalyzer(options: AnalyzerOptions): PushAnalyzer {
  const evaluate = (
    modules: readonly PushedModule[],
    environment: Readonly<Record<string, string>>,
    wanted: readonly WantedExport[],
    codes: Codes,
  ) => evaluateModules(options, { modules, environment, wanted, codes });
  const authConfig: PushAnalyzer["authConfig"] = async (modules, environment) => {
    if (!modules.some(({ path }) => path === AUTH_CONFIG)) return null;
    const needed = modules.filter(({ path, environment: kind }) =>
      isChunk(path) ? kind === "isolate" : path === AUTH_CONFIG,
    );
    const wanted: WantedExport[] = [{ kind: "authConfig", path: AUTH_CONFIG }];
    const found = await evaluate(needed, environment, wanted, AUTH);
    return parse(found.get(AUTH_CONFIG));
  };
  return {
    authConfig,
    async analyze({ modules, schema, definition, environmentVariables }) {
      const paths = modules
        .map(({ path }) => path)
        .filter((path) => !isChunk(path) && path !== AUTH_CONFIG);
      const wanted = paths.map((path): WantedExport => ({ kind: "functions", path }));
      const one = async (module: PushedModule, codes: Codes) => {
        const found = await evaluate(
          [module],
          environmentVariables,
          [{ kind: "export", path: module.path }],
          codes,
        );
        return parse(found.get(module.path));
      };
      const foundDefinition = await one(definition, DEFINITION);
      const foundSchema = schema === null ? null : await one(schema, SCHEMA);
      const found = await evaluate(modules, environmentVariables, wanted, MODULES);
      const analyzed = paths.map((path) => [path, analyzedModule(found.get(path))] as const);
      return {
        modules: new Map(analyzed),
        schema: foundSchema,
        authConfig: await authConfig(modules, environmentVariables),
        definition: foundDefinition,
      };
    },
  };
}

function isChunk(path: string): boolean {
  return path.startsWith("_deps/");
}

function parse(json: string | undefined): JSONValue {
  return JSON.parse(json ?? "null") as JSONValue;
}

function analyzedModule(json: string | undefined): AnalyzedModule {
  return JSON.parse(
    json ?? '{"functions":[],"httpRoutes":null,"cronSpecs":null}',
  ) as AnalyzedModule;
}

interface Evaluation {
  readonly modules: readonly PushedModule[];
  readonly environment: Readonly<Record<string, string>>;
  readonly wanted: readonly WantedExport[];
  readonly codes: Codes;
}

/** Answers JSON by path. Throws PushError with the file's name and the mapped stack. */
async function evaluateModules(
  options: AnalyzerOptions,
  evaluation: Evaluation,
): Promise<ReadonlyMap<string, string>> {
  const { modules, environment, wanted, codes } = evaluation;
  if (wanted.length === 0) return new Map();
  const positions = new Map<string, SourcePositions>();
  const compiled = await Promise.all(modules.map((module) => compile(module, positions, codes)));
  const { cloudUrl, siteUrl } = options.origins;
  const task: AnalysisTask = {
    bootstrap: await realmSource(),
    env: { ...environment, CONVEX_CLOUD_URL: cloudUrl, CONVEX_SITE_URL: siteUrl },
    projectRoot: options.projectRoot ?? ".",
    modules: compiled,
    wanted,
  };
  const outcome = await runTask(task, options.clock);
  if (outcome.failed === null) return outcome.found;
  const { path, thrown, logLines } = outcome.failed;
  const text = messageOf(failureOfThrown(thrown, (file) => positions.get(file) ?? null));
  throw failureOf(codes, path, text, logLines);
}

async function compile(
  module: PushedModule,
  positions: Map<string, SourcePositions>,
  codes: Codes,
): Promise<WorkerModule> {
  const { code, map } = await toCommonJs(module).catch((error: unknown) => {
    throw failureOf(codes, module.path, error instanceof Error ? error.message : String(error), []);
  });
  positions.set(module.path, new SourcePositions(map, null));
  return {
    path: module.path,
    code: redirectImports(code, TRACKER),
    environment: module.environment,
  };
}

function failureOf(
  codes: Codes,
  path: string,
  text: string,
  logLines: readonly string[],
): PushError {
  const variable = MISSING_VARIABLE.exec(text);
  if (codes === AUTH && variable !== null) {
    return new PushError("AuthConfigMissingEnvironmentVariable", variable[0]);
  }
  const head = `Hit an error while pushing:\n${codes.what} encountered the following\n    error:`;
  const logs = logLines.length === 0 ? "" : `\n${logLines.join("\n")}`;
  return new PushError(codes.code, `${head}\nFailed to analyze ${path}: ${text}${logs}`);
}

interface TaskOutcome {
  readonly found: ReadonlyMap<string, string>;
  readonly failed: {
    readonly path: string;
    readonly thrown: string;
    readonly logLines: readonly string[];
  } | null;
}

async function runTask(task: AnalysisTask, clock: Clock): Promise<TaskOutcome> {
  const found = new Map<string, string>();
  const { promise, resolve } = Promise.withResolvers<TaskOutcome>();
  const worker = new Worker(new URL("./worker.ts", import.meta.url), {
    workerData: task,
    env: { ...task.env },
    resourceLimits: { maxOldGenerationSizeMb: 512 },
    stdout: true,
    stderr: true,
  });
  worker.stdout.resume();
  worker.stderr.resume();
  const fail = (message: string) => {
    const next = task.wanted.find(({ path }) => !found.has(path))?.path ?? "";
    resolve({
      found,
      failed: {
        path: next,
        thrown: JSON.stringify({ name: "", message, stack: "" }),
        logLines: [],
      },
    });
  };
  let cancel = () => {};
  worker.on("message", (message: AnalysisMessage) => {
    if (message.type === "ready") cancel = clock.after(LIMIT_MS, () => fail(TOO_LONG));
    else if (message.type === "found") found.set(message.path, message.answer);
    else resolve({ found, failed: message.type === "failed" ? message : null });
  });
  worker.on("error", (error) => fail(String(error)));
  worker.on("exit", () => fail("The analysis ended early"));
  try {
    return await promise;
  } finally {
    cancel();
    await worker.terminate();
  }
}

const TOO_LONG = "Function execution timed out (maximum duration: 4s)";
