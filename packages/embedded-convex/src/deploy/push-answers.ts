/** What start_push and evaluate_push answer; the CLI echoes it in later calls (contract cli 1.6). */
import type { JSONValue } from "convex/values";
import type { IndexDescription, IndexDiff, IndexShape } from "../database/types.ts";
import type { AnalyzedModule } from "../rooms.ts";
import { exportsOf } from "./component-exports.ts";
import type { MountedComponent } from "./component-tree.ts";
import type { StagedDefinition, StagedPush } from "./staged-pushes.ts";
import type { UnstagedPush } from "./start-push.ts";

export function startPushAnswer(push: StagedPush): JSONValue {
  return {
    pushToken: push.token,
    environmentVariables: Object.fromEntries(push.environment),
    externalDepsId: null,
    componentDefinitionPackages: {},
    appAuth: push.authProviders as unknown as JSONValue,
    analysis: Object.fromEntries(
      [...push.definitions].map(([path, part]) => [path, analysisJson(path, part, push)]),
    ),
    app: componentJson(push.app, push),
    schemaChange: schemaChangeOf(push, push.token),
  };
}

/** Also answers evaluate_push, which stages nothing: its token is null. */
export function schemaChangeOf(push: UnstagedPush, token: string | null): JSONValue {
  const schemaIds = [...push.schemas].map(([path, schema]) => {
    return [path, schema === null ? null : (token ?? "evaluated")];
  });
  const indexDiffs = [...push.indexDiffs].map(([path, diff]) => [path, indexDiffJson(diff)]);
  return {
    allocatedComponentIds: {},
    schemaIds: Object.fromEntries(schemaIds),
    indexDiffs: Object.fromEntries(indexDiffs),
    token,
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

/** Named `table.index`. */
export function indexJson({ table, name, shape, staged }: IndexDescription): {
  readonly [field: string]: JSONValue;
} {
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

function analysisJson(path: string, part: StagedDefinition, { request }: StagedPush): JSONValue {
  const { definition, schema, analysis } = part;
  // Components show what they have; the app is mounted nowhere.
  const shown = path === "" ? {} : { exports: exportsOf(analysis) };
  const functions = [...analysis].map(([file, module]) => [file, analyzedJson(module)]);
  return {
    definition: { ...(definition as object), path, ...shown },
    ...(schema === null ? {} : { schema }),
    functions: Object.fromEntries(functions),
    udfConfig: { serverVersion: request.serverVersion },
  };
}

function analyzedJson(module: AnalyzedModule): JSONValue {
  return { ...(module as unknown as { [field: string]: JSONValue }), sourceMapped: null };
}

function componentJson(component: MountedComponent, push: StagedPush): JSONValue {
  const { path, definition, args, httpPrefix, httpMounts, children } = component;
  const http = push.definitions.get(definition)?.analysis.get("http.js")?.httpRoutes ?? null;
  return {
    definitionPath: definition,
    componentPath: path,
    args: { ...args },
    childComponents: Object.fromEntries(
      children.map((child) => [child.name, componentJson(child, push)]),
    ),
    httpRoutes: {
      httpModuleRoutes: (http?.map(({ route }) => route) ?? null) as JSONValue,
      mounts: Object.keys(httpMounts),
    },
    httpPrefix,
    exports: {},
  };
}
