/**
 * One deployed version, loaded: which functions there are, their scripts and the
 * environment variables. Never changes; a push or `env set` makes another one.
 */
import { createHash } from "node:crypto";
import type { JSONValue } from "convex/values";
import type { Transaction } from "../database/types.ts";
import type { AnalyzedFunction, FunctionAddress, PushedModule, StoredModule } from "../rooms.ts";
import { type FunctionPath, splitPath } from "./function-address.ts";
import { compileModule, type ModuleScript } from "./module-script.ts";
import type { SourcePositions } from "./source-positions.ts";

export interface DeployedFunction {
  readonly path: FunctionPath;
  readonly analyzed: AnalyzedFunction;
  readonly environment: "isolate" | "node";
}

export class DeploymentVersion {
  /** 0 before the first push. */
  readonly number: number;
  readonly modules: ReadonlyMap<string, StoredModule>;
  readonly environment: Readonly<Record<string, string>>;
  /** Of modules for queries and mutations. */
  readonly scripts: ReadonlyMap<string, ModuleScript>;
  /** Import-time clock and randomness: the same for every realm of this version. */
  readonly importStart: { readonly nowMs: number; readonly seed: readonly number[] };

  constructor(
    stored: StoredVersion,
    scripts: ReadonlyMap<string, ModuleScript>,
    system: Readonly<Record<string, string>>,
  ) {
    this.number = stored.number;
    this.modules = stored.modules;
    this.scripts = scripts;
    this.environment = { ...stored.environment, ...system };
    this.importStart = { nowMs: stored.activatedAtMs, seed: seedOf(stored.number) };
  }

  /** Null for a missing module or function, also for malformed paths. */
  find(address: FunctionAddress): DeployedFunction | null {
    const path = address.component === "" ? splitPath(address.path) : null;
    const module = path === null ? undefined : this.modules.get(path.module);
    const analyzed = module?.analysis?.functions.find(({ name }) => name === path?.name);
    if (path === null || module === undefined || analyzed === undefined) return null;
    return { path, analyzed, environment: module.environment };
  }

  hasModule(path: string): boolean {
    return this.modules.has(path);
  }

  positionsOf = (path: string): SourcePositions | null => this.scripts.get(path)?.positions ?? null;
}

export interface StoredVersion {
  readonly number: number;
  readonly activatedAtMs: number;
  readonly modules: ReadonlyMap<string, StoredModule>;
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
  const modules = view.system.query("_modules", "by_path", [""]) as unknown as StoredModule[];
  const environment = view.system.query("_environment", "by_name");
  return {
    number: typeof row?.version === "number" ? row.version : 0,
    activatedAtMs: typeof row?.activatedAtMs === "number" ? row.activatedAtMs : 0,
    modules: new Map(modules.map((module) => [module.path, module])),
    environment: Object.fromEntries(
      environment.map(({ name, value }) => [text(name), text(value)]),
    ),
  };
}

function text(value: JSONValue | undefined): string {
  return typeof value === "string" ? value : "";
}

function seedOf(number: number): readonly number[] {
  return [number, 0x9e3779b9, 0x243f6a88, 0xb7e15162];
}

/** Compiled scripts by content, so that a push compiles only what changed. */
export class ScriptCache {
  #scripts = new Map<string, ModuleScript>();
  /** Of pushes that may be activated soon. */
  readonly #ahead = new Map<string, ModuleScript>();

  /** Compiles what a push brings, so that its activation finds it done. */
  async compileAhead(modules: Iterable<PushedModule>): Promise<void> {
    if (this.#ahead.size > MAX_AHEAD) this.#ahead.clear();
    for (const [key, , script] of await this.#compileAll(modules)) this.#ahead.set(key, script);
  }

  /** Forgets what this version does not use. */
  async compile(modules: Iterable<PushedModule>): Promise<ReadonlyMap<string, ModuleScript>> {
    const entries = await this.#compileAll(modules);
    this.#scripts = new Map(entries.map(([key, , script]) => [key, script]));
    this.#ahead.clear();
    return new Map(entries.map(([, path, script]) => [path, script]));
  }

  #compileAll(modules: Iterable<PushedModule>) {
    return Promise.all(
      [...modules].filter(runsInRealm).map(async (module) => {
        const key = contentKey(module);
        const known = this.#scripts.get(key) ?? this.#ahead.get(key);
        return [key, module.path, known ?? (await compileModule(module))] as const;
      }),
    );
  }
}

const MAX_AHEAD = 2_000; // modules of pushes that were never activated

function contentKey({ path, source, sourceMap }: PushedModule): string {
  const hash = createHash("sha256")
    .update(source)
    .update("\0")
    .update(sourceMap ?? "");
  return `${path} ${hash.digest("hex")}`;
}

function runsInRealm({ environment, path }: PushedModule): boolean {
  return environment === "isolate" && path !== "auth.config.js";
}
