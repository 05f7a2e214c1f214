/**
 * The `_system/cli/*` queries of the CLI. They run against an ordinary transaction, so
 * the subscriptions that serve them re-run like any other; it is seen from the component
 * whose data is asked for. Callers let only admins in.
 */
import type { JSONValue } from "convex/values";
import { VISIBLE_SYSTEM_TABLES } from "../database/catalog.ts";
import type { Transaction } from "../database/types.ts";
import { DeveloperError } from "../errors.ts";
import { describeApi } from "./api-spec.ts";
import { readComponents } from "./component-rows.ts";
import { readEnvironment, readModules } from "./deployment-rows.ts";

type Args = { readonly [name: string]: JSONValue };

/** `args` is the query's one argument object. Throws DeveloperError for wrong arguments. */
export type SystemQuery = (tx: Transaction, args: Args) => JSONValue;

/** By canonical path, e.g. `_system/cli/tables:default`. */
export function createSystemQueries(origins: {
  readonly cloudUrl: string;
}): ReadonlyMap<string, SystemQuery> {
  return new Map<string, SystemQuery>([
    ["_system/cli/queryEnvironmentVariables:default", listVariables],
    ["_system/cli/queryEnvironmentVariables:get", getVariable],
    ["_system/cli/modules:apiSpec", apiSpec],
    ["_system/cli/convexUrl:cloudUrl", () => origins.cloudUrl],
    ["_system/cli/tables:default", listTables],
    ["_system/cli/tableData:default", readTable],
    ["_system/cli/tableSize:default", (tx, args) => tx.count(text(args, "tableName"))],
    ["_system/cli/queryTable:default", watchTable],
    ["_system/frontend/components:list", listComponents],
  ]);
}

function listVariables(tx: Transaction): JSONValue {
  return [...readEnvironment(tx)].map(([name, value]) => ({ name, value }));
}

function getVariable(tx: Transaction, args: Args): JSONValue {
  const name = text(args, "name");
  const value = readEnvironment(tx).get(name);
  return value === undefined ? null : { name, value };
}

function apiSpec(tx: Transaction): JSONValue {
  return describeApi(readModules(tx).values());
}

function listTables(tx: Transaction): JSONValue {
  const names = tx.system
    .query("_tables", "by_name", [tx.component])
    .map(({ name }) => String(name))
    .filter((name) => !name.startsWith("_"));
  return { page: names.map((name) => ({ name })), isDone: true, continueCursor: "end" };
}

/** The engine's own tables are shown to nobody: they hold the code and its secrets. */
function readTable(tx: Transaction, args: Args): JSONValue {
  const tableName = text(args, "table");
  if (tableName.startsWith("_") && !VISIBLE_SYSTEM_TABLES.has(tableName)) {
    return { page: [], isDone: true, continueCursor: "end" };
  }
  const { cursor, numItems } = (args.paginationOpts ?? {}) as Args;
  const order = args.order === "desc" ? "desc" : "asc";
  const request = {
    query: { source: { type: "FullTableScan", tableName, order }, operators: [] },
    cursor: typeof cursor === "string" ? cursor : null,
    endCursor: null,
    pageSize: typeof numItems === "number" ? numItems : 100,
  };
  const page = tx.queryPage(request, null, { system: tableName.startsWith("_") });
  const { isDone, continueCursor } = page;
  return { page: page.page.map((row) => JSON.parse(row) as JSONValue), isDone, continueCursor };
}

/** Those that were unmounted too: their data is still there. */
function listComponents(tx: Transaction): JSONValue {
  return [...readComponents(tx).values()].map(({ _id, path, name, args, state, httpPrefix }) => {
    return { id: _id, path, name: path === "" ? null : name, args: { ...args }, state, httpPrefix };
  });
}

/** Counting reads the whole table; the snapshot makes each run's value a new one. */
function watchTable(tx: Transaction, args: Args): JSONValue {
  return { count: tx.count(text(args, "tableName")), snapshot: String(tx.beginTs) };
}

function text(args: Args, name: string): string {
  const value = args[name];
  if (typeof value === "string") return value;
  throw new DeveloperError(`\`${name}\` must be a string`);
}
