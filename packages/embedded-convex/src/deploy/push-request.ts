/**
 * The body of start_push (and evaluate_push, evaluate_schema) as the CLI sends it,
 * read into what the engine works with. Unknown fields are ignored: the CLI grows.
 */
import type { JSONValue } from "convex/values";
import type { PushedModule } from "../rooms.ts";
import {
  arrayField,
  booleanField,
  objectField,
  optionalField,
  stringField,
} from "./request-fields.ts";

/** A module the CLI did not send because our hash of it equals its own. */
export interface UnchangedModule {
  readonly path: string;
  readonly environment: "isolate" | "node";
  readonly sha256: string;
}

export interface PushRequest {
  readonly dryRun: boolean;
  /** The functions folder as the project names it, e.g. "convex/". */
  readonly functions: string;
  /** True only for `codegen --component-dir`: the app is synthetic. */
  readonly forCodegen: boolean;
  readonly definition: PushedModule;
  readonly schema: PushedModule | null;
  readonly changedModules: readonly PushedModule[];
  readonly unchangedModules: readonly UnchangedModule[];
  /** Definition paths of the components the push carries. */
  readonly componentPaths: readonly string[];
  readonly serverVersion: string;
  readonly nodeVersion: string | null;
}

/** Throws HttpError 400 BadRequest naming the field that is missing or of a wrong type. */
export function readPushRequest(body: JSONValue): PushRequest {
  const push = objectField(body, "body");
  const app = objectField(push.appDefinition, "appDefinition");
  return {
    dryRun: booleanField(push.dryRun ?? false, "dryRun"),
    functions: stringField(push.functions, "functions"),
    forCodegen: booleanField(push.forCodegen ?? false, "forCodegen"),
    definition: readModule(app.definition, "appDefinition.definition"),
    schema: optionalField(app.schema, readModule, "appDefinition.schema"),
    changedModules: arrayField(app.changedModules, "appDefinition.changedModules").map(
      (module, i) => readModule(module, `appDefinition.changedModules[${i}]`),
    ),
    unchangedModules: arrayField(
      app.unchangedModuleHashes ?? [],
      "appDefinition.unchangedModuleHashes",
    ).map(readUnchanged),
    componentPaths: arrayField(push.componentDefinitions ?? [], "componentDefinitions").map(
      (component, i) =>
        stringField(
          objectField(component, `componentDefinitions[${i}]`).definitionPath,
          `componentDefinitions[${i}].definitionPath`,
        ),
    ),
    serverVersion: stringField(app.udfServerVersion, "appDefinition.udfServerVersion"),
    nodeVersion: optionalField(push.nodeVersion, stringField, "nodeVersion"),
  };
}

function readModule(value: JSONValue | undefined, where: string): PushedModule {
  const module = objectField(value, where);
  return {
    path: stringField(module.path, `${where}.path`),
    source: stringField(module.source, `${where}.source`),
    sourceMap: optionalField(module.sourceMap, stringField, `${where}.sourceMap`),
    environment: readEnvironment(module.environment),
  };
}

function readUnchanged(value: JSONValue, i: number): UnchangedModule {
  const where = `appDefinition.unchangedModuleHashes[${i}]`;
  const module = objectField(value, where);
  return {
    path: stringField(module.path, `${where}.path`),
    environment: readEnvironment(module.environment),
    sha256: stringField(module.sha256, `${where}.sha256`),
  };
}

function readEnvironment(value: JSONValue | undefined): "isolate" | "node" {
  return value === "node" ? "node" : "isolate";
}
