/** What is deployed as of a transaction: rows only, nothing loaded. */
import type { JSONValue } from "convex/values";
import type { Transaction } from "../database/types.ts";
import type { ComponentRow, StoredModule } from "../rooms.ts";

/** Modules by path. */
export type StoredModules = ReadonlyMap<string, StoredModule>;

export interface StoredVersion {
  readonly number: number;
  readonly activatedAtMs: number;
  /** The mounted ones; the app is among them. */
  readonly components: readonly ComponentRow[];
  /** By path of the definition they belong to. */
  readonly modules: ReadonlyMap<string, StoredModules>;
  readonly environment: Readonly<Record<string, string>>;
}

/** Number of the active version as `tx` sees it; recorded as read. 0 before the first push. */
export function readVersionNumber(tx: Transaction): number {
  const [row] = tx.system.query("_deployment", "by_creation_time");
  return typeof row?.version === "number" ? row.version : 0;
}

/** What `tx` sees, without recording anything in it. */
export function readStoredVersion(tx: Transaction): StoredVersion {
  const view = tx.staleView();
  const [row] = view.system.query("_deployment", "by_creation_time");
  const environment = view.system.query("_environment", "by_name");
  return {
    number: typeof row?.version === "number" ? row.version : 0,
    activatedAtMs: typeof row?.activatedAtMs === "number" ? row.activatedAtMs : 0,
    components: readComponents(view),
    modules: readModules(view),
    environment: Object.fromEntries(
      environment.map(({ name, value }) => [text(name), text(value)]),
    ),
  };
}

/** What was pushed before there were components has no row for the app. */
const BARE_APP: ComponentRow = {
  path: "",
  name: "",
  definition: "",
  state: "active",
  args: {},
  env: {},
  httpPrefix: null,
  httpMounts: {},
};

function readComponents(tx: Transaction): readonly ComponentRow[] {
  const rows = tx.system.query("_components", "by_path") as unknown as ComponentRow[];
  const mounted = rows.filter(({ state }) => state === "active");
  return mounted.some(({ path }) => path === "") ? mounted : [BARE_APP, ...mounted];
}

function readModules(tx: Transaction): ReadonlyMap<string, StoredModules> {
  const rows = tx.system.query("_modules", "by_path") as unknown as StoredModule[];
  const definitions = new Map<string, Map<string, StoredModule>>([["", new Map()]]);
  for (const module of rows) {
    const modules = definitions.get(module.component) ?? new Map<string, StoredModule>();
    definitions.set(module.component, modules.set(module.path, module));
  }
  return definitions;
}

function text(value: JSONValue | undefined): string {
  return typeof value === "string" ? value : "";
}
