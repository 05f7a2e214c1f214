/** The catalog rows a transaction writes to make prepared schemas the active ones. */
import type { JSONValue } from "convex/values";
import { PushError } from "../errors.ts";
import type { CatalogView, IndexRecord, TableInfo } from "./catalog.ts";
import { parseSchema } from "./schema.ts";
import { describeDefinitions, identity } from "./schema-diff.ts";
import type { SchemaPush, SystemDocument, SystemTables } from "./types.ts";

interface SchemaTarget {
  readonly component: string;
  readonly catalog: CatalogView;
  readonly system: SystemTables;
  within(component: string): SchemaTarget;
}

/** Throws PushError when the push is not complete. */
export function applySchema(target: SchemaTarget, push: SchemaPush): void {
  const state = push.state();
  if (state.kind === "failed") throw new PushError("SchemaValidationFailed", state.error);
  if (state.kind !== "complete") {
    throw new PushError("RaceDetected", "The schema is not ready to become active: push again.");
  }
  for (const [component, schema] of push.schemas) {
    const view = target.within(component);
    for (const table of view.catalog.userTables) switchIndexes(view, table, schema);
    storeSchema(view, schema);
  }
}

function switchIndexes({ system }: SchemaTarget, table: TableInfo, schema: JSONValue | null): void {
  const definition = parseSchema(schema).tables.get(table.name);
  const wanted = new Map(
    (definition === undefined ? [] : describeDefinitions(definition)).map((index) => [
      identity(index),
      index,
    ]),
  );
  const rows = system.query("_indexes", "by_table", [table.tablet]);
  const known = rows.map((row) => ({ row, wanted: wanted.get(rowIdentity(table, row)) }));
  // Old ones first: a new index may take an old one's name.
  for (const one of known) if (one.wanted === undefined) system.remove("_indexes", one.row._id);
  for (const { row, wanted: index } of known) {
    if (index === undefined) continue;
    const staged = index.staged ? (row.staged ?? "filled") : undefined;
    if (row.pending === true || row.staged !== staged)
      system.patch("_indexes", row._id, { pending: false, staged });
  }
}

function rowIdentity(table: TableInfo, row: SystemDocument): string {
  const { name, fields, search } = row as unknown as IndexRecord;
  const shape = search ?? { kind: "database" as const, fields };
  return identity({ table: table.name, name, shape });
}

function storeSchema({ system, component }: SchemaTarget, schema: JSONValue | null): void {
  for (const row of system.query("_schemas", "by_component", [component])) {
    if (JSON.stringify(row.schema) === JSON.stringify(schema)) return;
    system.remove("_schemas", row._id);
  }
  if (schema !== null) system.insert("_schemas", { component, schema });
}
