/** One component of a loaded version: its code, its variables, its place. The app is the one at "". */
import type { JSONValue } from "convex/values";
import type { ComponentRow, StoredModule } from "../rooms.ts";
import type { ModuleScript } from "./module-script.ts";
import type { SourcePositions } from "./source-positions.ts";

export interface DeployedComponent {
  readonly path: string;
  /** Several components may share the code of one. */
  readonly definition: string;
  readonly modules: ReadonlyMap<string, StoredModule>;
  /** Of modules for queries and mutations. */
  readonly scripts: ReadonlyMap<string, ModuleScript>;
  readonly environment: Readonly<Record<string, string>>;
  readonly args: Readonly<Record<string, JSONValue>>;
  readonly httpPrefix: string | null;
  /** Child by mount path, which ends in a slash. */
  readonly httpMounts: Readonly<Record<string, string>>;
}

/** The variables a component's row binds, as of an environment of the app. */
export function boundEnvironment(
  { env }: ComponentRow,
  app: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const bound = Object.entries(env).flatMap(([name, binding]) => {
    const value = binding.type === "value" ? binding.value : app[binding.name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(bound);
}

/** `parent/child`. */
export function childPath(parent: string, name: string): string {
  return parent === "" ? name : `${parent}/${name}`;
}

export function positionsIn(component: DeployedComponent | null) {
  return (path: string): SourcePositions | null => component?.scripts.get(path)?.positions ?? null;
}
