/**
 * The body of start_push (and evaluate_push, evaluate_schema) as the CLI sends it,
 * read into what the engine works with. Unknown fields are ignored: the CLI grows.
 */
import type { JSONValue } from "convex/values";
import type { PushedComponent, PushedModule } from "../rooms.ts";
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
  /** Paths of the component definitions the app mounts. */
  readonly dependencies: readonly string[];
  readonly schema: PushedModule | null;
  readonly changedModules: readonly PushedModule[];
  readonly unchangedModules: readonly UnchangedModule[];
  /** Each definition once, however often it is mounted. */
  readonly components: readonly PushedComponent[];
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
    dependencies: readPaths(app.dependencies, "appDefinition.dependencies"),
    schema: optionalField(app.schema, readModule, "appDefinition.schema"),
    changedModules: readModules(app.changedModules, "appDefinition.changedModules"),
    unchangedModules: arrayField(
      app.unchangedModuleHashes ?? [],
      "appDefinition.unchangedModuleHashes",
    ).map(readUnchanged),
    components: arrayField(push.componentDefinitions ?? [], "componentDefinitions").map(
      readComponent,
    ),
    serverVersion: stringField(app.udfServerVersion, "appDefinition.udfServerVersion"),
    nodeVersion: optionalField(push.nodeVersion, stringField, "nodeVersion"),
  };
}

function readComponent(value: JSONValue, i: number): PushedComponent {
  const where = `componentDefinitions[${i}]`;
  const component = objectField(value, where);
  return {
    path: stringField(component.definitionPath, `${where}.definitionPath`),
    definition: readModule(component.definition, `${where}.definition`),
    dependencies: readPaths(component.dependencies, `${where}.dependencies`),
    schema: optionalField(component.schema, readModule, `${where}.schema`),
    modules: readModules(component.functions, `${where}.functions`),
  };
}

function readModules(value: JSONValue | undefined, where: string): readonly PushedModule[] {
  return arrayField(value, where).map((module, i) => readModule(module, `${where}[${i}]`));
}

function readPaths(value: JSONValue | undefined, where: string): readonly string[] {
  return arrayField(value ?? [], where).map((path, i) => stringField(path, `${where}[${i}]`));
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
