/**
 * The system rows that say what is deployed: read and written here only, inside
 * somebody's transaction. Shapes are in rooms.ts.
 */
import { isDeepStrictEqual } from "node:util";
import type { JSONValue } from "convex/values";
import type { SystemDocument, Transaction } from "../database/types.ts";
import type { AuthProvider, DeploymentRow, StoredModule } from "../rooms.ts";

/** Path of the app's definition. */
const APP = "";

/** Version 0 before the first push. */
export function readDeployment(tx: Transaction): DeploymentRow {
  const row = onlyRow(tx, "_deployment");
  return {
    version: numberOf(row?.version),
    codeVersion: numberOf(row?.codeVersion),
    activatedAtMs: numberOf(row?.activatedAtMs),
  };
}

/** Modules of one definition in the active version by path, chunks and auth.config.js included. */
export function readModules(
  tx: Transaction,
  definition = APP,
): ReadonlyMap<string, StoredModule & { _id: string }> {
  const rows = tx.system.query("_modules", "by_path", [definition]);
  return new Map(rows.map((row) => [String(row.path), asStoredModule(row)]));
}

/** Paths of the modules that came and went. */
export interface ModuleDiff {
  readonly added: string[];
  readonly removed: string[];
}

/** What `writeModules` would do. */
export function diffModules(
  tx: Transaction,
  definition: string,
  wanted: readonly StoredModule[],
): ModuleDiff {
  const stored = readModules(tx, definition);
  const paths = new Set(wanted.map(({ path }) => path));
  return {
    added: wanted.filter(({ path }) => !stored.has(path)).map(({ path }) => path),
    removed: [...stored.keys()].filter((path) => !paths.has(path)),
  };
}

/** Brings the rows to `wanted`, modules by definition. Returns whether anything changed. */
export function writeModules(
  tx: Transaction,
  wanted: ReadonlyMap<string, readonly StoredModule[]>,
): boolean {
  const known = tx.system.query("_modules", "by_path").map(({ component }) => String(component));
  const definitions = [...new Set([...known, ...wanted.keys()])];
  const changed = definitions.filter((path) => writeDefinition(tx, path, wanted.get(path) ?? []));
  return changed.length > 0;
}

function writeDefinition(
  tx: Transaction,
  definition: string,
  wanted: readonly StoredModule[],
): boolean {
  const stored = readModules(tx, definition);
  const { removed } = diffModules(tx, definition, wanted);
  for (const path of removed) tx.system.remove("_modules", stored.get(path)?._id ?? "");
  const written = wanted.filter((module) => writeModule(tx, stored.get(module.path), module));
  return removed.length > 0 || written.length > 0;
}

export function readEnvironment(tx: Transaction): ReadonlyMap<string, string> {
  const rows = tx.system.query("_environment", "by_name");
  return new Map(rows.map((row) => [String(row.name), String(row.value)]));
}

/** Brings the rows to `wanted`. Returns whether anything changed. */
export function writeEnvironment(tx: Transaction, wanted: ReadonlyMap<string, string>): boolean {
  let changed = false;
  const missing = new Map(wanted);
  for (const row of tx.system.query("_environment", "by_name")) {
    const value = missing.get(String(row.name));
    missing.delete(String(row.name));
    if (value === row.value) continue;
    changed = true;
    if (value === undefined) tx.system.remove("_environment", row._id);
    else tx.system.patch("_environment", row._id, { value });
  }
  for (const [name, value] of missing) tx.system.insert("_environment", { name, value });
  return changed || missing.size > 0;
}

/** What tokens are verified with; empty before the first push with an auth.config. */
export function readAuthConfig(tx: Transaction): readonly AuthProvider[] {
  const providers = onlyRow(tx, "_auth_config")?.providers;
  return Array.isArray(providers) ? (providers as unknown as AuthProvider[]) : [];
}

/** JSON texts of the providers that came and went. */
export interface AuthDiff {
  readonly added: string[];
  readonly removed: string[];
}

export function writeAuthConfig(tx: Transaction, providers: readonly AuthProvider[]): AuthDiff {
  const diff = diffAuthConfig(tx, providers);
  const row = onlyRow(tx, "_auth_config");
  const fields = { providers: providers as unknown as JSONValue };
  if (row === null) tx.system.insert("_auth_config", fields);
  else if (!isDeepStrictEqual(row.providers, providers)) {
    tx.system.replace("_auth_config", row._id, fields);
  }
  return diff;
}

/** What `writeAuthConfig` would do. */
export function diffAuthConfig(tx: Transaction, providers: readonly AuthProvider[]): AuthDiff {
  const before = readAuthConfig(tx);
  const missingIn = (list: readonly AuthProvider[]) => (provider: AuthProvider) =>
    !list.some((other) => isDeepStrictEqual(other, provider));
  return {
    added: providers.filter(missingIn(before)).map((provider) => JSON.stringify(provider)),
    removed: before.filter(missingIn(providers)).map((provider) => JSON.stringify(provider)),
  };
}

/** What the active version was pushed with; null before the first push and where the app does not say. */
export interface PushedWith {
  readonly serverVersion: string | null;
  readonly nodeVersion: string | null;
}

const PUSHED_WITH = "pushed_with";

export function readPushedWith(tx: Transaction): PushedWith {
  const [row] = tx.system.query("_settings", "by_name", [PUSHED_WITH]);
  const textOf = (value: JSONValue | undefined) => (typeof value === "string" ? value : null);
  return { serverVersion: textOf(row?.serverVersion), nodeVersion: textOf(row?.nodeVersion) };
}

export function writePushedWith(tx: Transaction, { serverVersion, nodeVersion }: PushedWith): void {
  const fields = { name: PUSHED_WITH, serverVersion, nodeVersion };
  const [row] = tx.system.query("_settings", "by_name", [PUSHED_WITH]);
  if (row === undefined) tx.system.insert("_settings", fields);
  else tx.system.replace("_settings", row._id, fields);
}

function writeModule(
  tx: Transaction,
  stored: (StoredModule & { _id: string }) | undefined,
  module: StoredModule,
): boolean {
  const fields = { ...module, analysis: module.analysis as unknown as JSONValue };
  if (stored === undefined) {
    tx.system.insert("_modules", fields);
    return true;
  }
  const same =
    stored.sha256 === module.sha256 &&
    stored.environment === module.environment &&
    isDeepStrictEqual(stored.analysis, module.analysis);
  if (!same) tx.system.replace("_modules", stored._id, fields);
  return !same;
}

function asStoredModule(row: SystemDocument): StoredModule & { _id: string } {
  const { _creationTime, ...module } = row;
  return module as unknown as StoredModule & { _id: string };
}

function onlyRow(tx: Transaction, table: string): SystemDocument | null {
  return tx.system.query(table, "by_creation_time", [], { limit: 1 })[0] ?? null;
}

function numberOf(value: JSONValue | undefined): number {
  return typeof value === "number" ? value : 0;
}
