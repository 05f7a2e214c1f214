/**
 * One deployed version, loaded: its components, and in each which functions there are,
 * their scripts and variables. Never changes; a push or `env set` makes another one.
 */
import type { AnalyzedFunction, ComponentRow, FunctionAddress } from "../rooms.ts";
import { boundEnvironment, type DeployedComponent } from "./deployed-component.ts";
import { type FunctionPath, splitPath } from "./function-address.ts";
import type { ModuleScript } from "./module-script.ts";
import type { StoredVersion } from "./stored-version.ts";

export interface DeployedFunction {
  /** Path of the component it belongs to; "" is the app. */
  readonly component: string;
  readonly path: FunctionPath;
  readonly analyzed: AnalyzedFunction;
  readonly environment: "isolate" | "node";
}

/** By definition and path. */
type Scripts = ReadonlyMap<string, ReadonlyMap<string, ModuleScript>>;
type Variables = Readonly<Record<string, string>>;

export class DeploymentVersion {
  /** 0 before the first push. */
  readonly number: number;
  /** By path; the app is among them. */
  readonly components: ReadonlyMap<string, DeployedComponent>;
  /** Import-time clock and randomness: the same for every realm of this version. */
  readonly importStart: { readonly nowMs: number; readonly seed: readonly number[] };

  constructor(stored: StoredVersion, scripts: Scripts, system: Variables) {
    this.number = stored.number;
    this.components = new Map(
      stored.components.map((row) => [row.path, deployed(row, stored, scripts, system)]),
    );
    this.importStart = { nowMs: stored.activatedAtMs, seed: seedOf(stored.number) };
  }

  /** Null for a missing component, module or function, also for malformed paths. */
  find({ component, path: text }: FunctionAddress): DeployedFunction | null {
    const path = splitPath(text);
    const module = path === null ? undefined : this.module(component, path.module);
    const analyzed = module?.analysis?.functions.find(({ name }) => name === path?.name);
    if (path === null || module === undefined || analyzed === undefined) return null;
    return { component, path, analyzed, environment: module.environment };
  }

  module(component: string, path: string) {
    return this.components.get(component)?.modules.get(path);
  }
}

const NO_MODULES = new Map<string, never>();

function deployed(
  row: ComponentRow,
  { modules, environment }: StoredVersion,
  scripts: Scripts,
  system: Variables,
): DeployedComponent {
  const { path, definition, args, httpPrefix, httpMounts } = row;
  const variables = path === "" ? environment : boundEnvironment(row, environment);
  return {
    path,
    definition,
    modules: modules.get(definition) ?? NO_MODULES,
    scripts: scripts.get(definition) ?? NO_MODULES,
    environment: { ...variables, ...system },
    args,
    httpPrefix,
    httpMounts,
  };
}

function seedOf(number: number): readonly number[] {
  return [number, 0x9e3779b9, 0x243f6a88, 0xb7e15162];
}
