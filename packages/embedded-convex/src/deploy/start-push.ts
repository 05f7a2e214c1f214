/**
 * start_push: evaluates what the CLI bundled and says what activating it would mean.
 * Side-effect free: codegen and dry runs call it and stop there.
 *
 * [PUSH1] A module the CLI did not send is taken from the active version when path,
 *         environment and hash agree; otherwise the push is a race.
 * [PUSH2] Nothing of the live deployment changes before finish_push.
 * [PUSH4] An app that uses components is refused with their names.
 */
import type { JSONValue } from "convex/values";
import type {
  Database,
  IndexDescription,
  IndexDiff,
  IndexShape,
  Transaction,
} from "../database/types.ts";
import { PushError } from "../errors.ts";
import type { AnalyzedModule, PushAnalyzer, PushedModule, StoredModule } from "../rooms.ts";
import { readAuthProviders } from "./auth-providers.ts";
import { readCronSpecs } from "./cron-specs.ts";
import { readDeployment, readEnvironment, readModules } from "./deployment-rows.ts";
import { moduleHash } from "./module-hash.ts";
import type { PushRequest } from "./push-request.ts";
import type { StagedPush } from "./staged-pushes.ts";

type Unstaged = Omit<StagedPush, "token">;

/** Throws PushError with what is wrong with the pushed code. */
export async function evaluatePush(
  request: PushRequest,
  doors: { readonly database: Database; readonly analyzer: PushAnalyzer },
): Promise<Unstaged> {
  refuseComponents(request.componentPaths);
  const tx = doors.database.begin();
  try {
    const modules = collectModules(request, tx);
    const environment = readEnvironment(tx);
    const found = await doors.analyzer.analyze({
      modules,
      schema: request.schema,
      definition: request.definition,
      environmentVariables: Object.fromEntries(environment),
    });
    refuseComponents(childComponents(found.definition));
    return {
      request,
      baseVersion: readDeployment(tx).version,
      environment,
      modules: modules.map((module) => toStored(module, found.modules)),
      analysis: found.modules,
      definition: found.definition,
      schema: found.schema,
      indexDiff: doors.database.diffSchema(found.schema),
      authProviders: readAuthProviders(found.authConfig),
      crons: readCronSpecs(found.modules),
    };
  } finally {
    tx.close();
  }
}

/** Also answers evaluate_push, which stages nothing: its token is null. */
export function schemaChangeOf(push: Unstaged, token: string | null): JSONValue {
  return {
    allocatedComponentIds: {},
    schemaIds: { "": push.schema === null ? null : (token ?? "evaluated") },
    indexDiffs: { "": indexDiffJson(push.indexDiff) },
    token,
  };
}

export function startPushAnswer(push: StagedPush): JSONValue {
  const http = push.analysis.get("http.js")?.httpRoutes ?? null;
  return {
    pushToken: push.token,
    environmentVariables: Object.fromEntries(push.environment),
    externalDepsId: null,
    componentDefinitionPackages: {},
    appAuth: push.authProviders as unknown as JSONValue,
    analysis: { "": rootAnalysis(push) },
    app: {
      definitionPath: "",
      componentPath: "",
      args: {},
      childComponents: {},
      httpRoutes: {
        httpModuleRoutes: (http?.map(({ route }) => route) ?? null) as JSONValue,
        mounts: [],
      },
      exports: {},
    },
    schemaChange: schemaChangeOf(push, push.token),
  };
}

/** As the CLI prints it: snake case, `table.index`. */
export function indexDiffJson(diff: IndexDiff): JSONValue {
  return {
    added_indexes: diff.added.map(indexJson),
    removed_indexes: diff.removed.map(indexJson),
    enabled_indexes: diff.enabled.map(indexJson),
    disabled_indexes: diff.disabled.map(indexJson),
  };
}

function indexJson({ table, name, shape, staged }: IndexDescription): JSONValue {
  return { name: `${table}.${name}`, ...shapeJson(shape), ...(staged ? { staged } : {}) };
}

function shapeJson(shape: IndexShape): { [field: string]: JSONValue } {
  if (shape.kind === "database") return { type: "database", fields: [...shape.fields] };
  const filterFields = [...shape.filterFields];
  if (shape.kind === "search") {
    return { type: "search", searchField: shape.searchField, filterFields };
  }
  const { dimensions, vectorField } = shape;
  return { type: "vector", dimensions, vectorField, filterFields };
}

function rootAnalysis(push: StagedPush): JSONValue {
  const functions = [...push.analysis].map(([path, module]) => [path, analyzedJson(module)]);
  return {
    definition: { ...(push.definition as object), path: "" },
    ...(push.schema === null ? {} : { schema: push.schema }),
    functions: Object.fromEntries(functions),
    udfConfig: { serverVersion: push.request.serverVersion },
  };
}

function analyzedJson(module: AnalyzedModule): JSONValue {
  return { ...(module as unknown as { [field: string]: JSONValue }), sourceMapped: null };
}

function collectModules(request: PushRequest, tx: Transaction): PushedModule[] {
  const stored = request.unchangedModules.length === 0 ? new Map() : readModules(tx);
  const unchanged = request.unchangedModules.map((module): PushedModule => {
    const row: StoredModule | undefined = stored.get(module.path);
    if (row?.sha256 === module.sha256 && row.environment === module.environment) return row;
    throw new PushError("RaceDetected", `${module.path} was changed by another push meanwhile`);
  });
  return [...request.changedModules, ...unchanged];
}

function toStored(module: PushedModule, found: ReadonlyMap<string, AnalyzedModule>): StoredModule {
  return {
    component: "",
    path: module.path,
    source: module.source,
    sourceMap: module.sourceMap,
    environment: module.environment,
    sha256: moduleHash(module),
    analysis: found.get(module.path) ?? null,
  };
}

function childComponents(definition: JSONValue): string[] {
  const { childComponents: children } = definition as { childComponents?: JSONValue };
  if (!Array.isArray(children)) return [];
  return children.map((child) => {
    const { name, path } = child as { name?: string; path?: string };
    return `${name} (${path})`;
  });
}

function refuseComponents(names: readonly string[]): void {
  if (names.length === 0) return;
  throw new PushError(
    "ComponentsNotSupported",
    `This deployment does not run components yet. Remove app.use(...) of these from convex.config.ts: ${names.join(", ")}`,
  );
}
