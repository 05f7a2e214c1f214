/**
 * Finds out what a push holds: functions, routes, crons, schemas and definitions, by
 * evaluating its modules as at import time.
 */
import type { JSONValue } from "convex/values";
import { PushError } from "../../errors.ts";
import type {
  AnalyzedComponent,
  AnalyzedModule,
  Clock,
  PushAnalyzer,
  PushedComponent,
  PushedModule,
} from "../../rooms.ts";
import { definitionOrder, importPathOf } from "./definition-order.ts";
import { type Evaluation, evaluate, type FailureCodes } from "./evaluation.ts";

const AUTH_CONFIG = "auth.config.js";
const MISSING_VARIABLE =
  /Environment variable \S+ is used in auth config file but its value was not set/;

const MODULES: FailureCodes = { code: "InvalidModules", what: "Loading the pushed modules" };
const SCHEMA: FailureCodes = { code: "InvalidSchema", what: "Evaluating the schema" };
const DEFINITION: FailureCodes = {
  code: "InvalidConvexConfig",
  what: "Evaluating the app definition",
};
const AUTH: FailureCodes = {
  code: "InvalidAuthConfig",
  what: "Evaluating the auth config file",
  special: (text) => {
    const [variable] = MISSING_VARIABLE.exec(text) ?? [];
    return variable === undefined
      ? null
      : new PushError("AuthConfigMissingEnvironmentVariable", variable);
  },
};

type Push = Parameters<PushAnalyzer["analyze"]>[0];
type Variables = Readonly<Record<string, string>>;
type Part = "definition" | "schema" | "modules" | "auth";

interface PlannedEvaluation extends Evaluation {
  readonly component: string;
  readonly part: Part;
}

interface AnalyzerOptions {
  readonly clock: Clock;
  readonly origins: { readonly cloudUrl: string; readonly siteUrl: string };
  readonly projectRoot?: string;
}

export function createPushAnalyzer(options: AnalyzerOptions): PushAnalyzer {
  const { cloudUrl, siteUrl } = options.origins;
  const system = { CONVEX_CLOUD_URL: cloudUrl, CONVEX_SITE_URL: siteUrl };
  const run = async (plan: readonly PlannedEvaluation[], env: Variables) => {
    const results = await evaluate(plan, { ...options, env });
    return (component: string, part: Part) => {
      const at = plan.findIndex((one) => one.component === component && one.part === part);
      return at === -1 ? null : (results[at] ?? null);
    };
  };
  return {
    async authConfig(modules, environment) {
      const env = { ...environment, ...system };
      const found = await run(authEvaluation(modules, env), env);
      return onlyExport(found("", "auth"));
    },
    async analyze(push) {
      const env = { ...push.environmentVariables, ...system };
      const found = await run(planOf(push, env, system), env);
      const part = (component: string): AnalyzedComponent => ({
        modules: analyzedModules(found(component, "modules")),
        schema: onlyExport(found(component, "schema")),
        definition: onlyExport(found(component, "definition")),
      });
      return {
        ...part(""),
        authConfig: onlyExport(found("", "auth")),
        components: new Map(push.components.map(({ path }) => [path, part(path)])),
      };
    },
  };
}

/** Definitions first, each after those it mounts; then schemas; then functions. */
function planOf(
  push: Push,
  environment: Variables,
  system: Variables,
): readonly PlannedEvaluation[] {
  const app: PushedComponent = { ...push, path: "" };
  // Components do not see the app's variables.
  const all = [...definitionOrder(push.components), app].map(
    (component) => ({ component, env: component === app ? environment : system }) as const,
  );
  const units = new Map(all.map(({ component }, unit) => [component.path, unit]));
  return [
    ...all.map(({ component, env }): PlannedEvaluation => {
      const { path, definition, dependencies } = component;
      const mounts = dependencies.map((definitionPath) => ({
        importPath: importPathOf(definitionPath),
        definitionPath,
        unit: units.get(definitionPath) ?? -1,
      }));
      return {
        component: path,
        part: "definition",
        ...oneExport(definition, env, DEFINITION),
        mounts,
      };
    }),
    ...all.flatMap(({ component: { path, schema }, env }): PlannedEvaluation[] =>
      schema === null
        ? []
        : [{ component: path, part: "schema", ...oneExport(schema, env, SCHEMA) }],
    ),
    ...all.map(({ component: { path, modules }, env }): PlannedEvaluation => {
      const wanted = modules
        .filter((module) => !isChunk(module.path) && module.path !== AUTH_CONFIG)
        .map((module) => ({ kind: "functions", path: module.path }) as const);
      return { component: path, part: "modules", modules, env, wanted, codes: MODULES };
    }),
    ...authEvaluation(push.modules, environment),
  ];
}

function oneExport(module: PushedModule, env: Variables, codes: FailureCodes): Evaluation {
  return { modules: [module], env, wanted: [{ kind: "export", path: module.path }], codes };
}

/** Nothing without an auth.config. */
function authEvaluation(
  modules: readonly PushedModule[],
  env: Variables,
): readonly PlannedEvaluation[] {
  if (!modules.some(({ path }) => path === AUTH_CONFIG)) return [];
  const needed = modules.filter(({ path, environment: kind }) =>
    isChunk(path) ? kind === "isolate" : path === AUTH_CONFIG,
  );
  const wanted = [{ kind: "authConfig", path: AUTH_CONFIG }] as const;
  return [{ component: "", part: "auth", modules: needed, env, wanted, codes: AUTH }];
}

function isChunk(path: string): boolean {
  return path.startsWith("_deps/");
}

/** Null where nothing was evaluated. */
function onlyExport(found: ReadonlyMap<string, string> | null): JSONValue {
  const [json = "null"] = found?.values() ?? [];
  return JSON.parse(json) as JSONValue;
}

function analyzedModules(
  found: ReadonlyMap<string, string> | null,
): ReadonlyMap<string, AnalyzedModule> {
  const entries = [...(found ?? [])].map(
    ([path, json]) => [path, JSON.parse(json) as AnalyzedModule] as const,
  );
  return new Map(entries);
}
