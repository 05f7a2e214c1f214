/** The catalog rows a transaction writes to make prepared schemas the active ones. */
import type { JSONValue } from "convex/values";
import { PushError } from "../errors.ts";
import type { CatalogView, TableInfo } from "./catalog.ts";
import { parseSchema } from "./schema.ts";
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
  const wanted = parseSchema(schema).tables.get(table.name)?.indexes ?? [];
  const rows = system.query("_indexes", "by_table", [table.tablet]);
  const isWanted = (row: SystemDocument) =>
    wanted.some((index) => isIndex(row, index.name, index.fields));
  // Old ones first: a new index may take an old one's name.
  for (const row of rows) if (!isWanted(row)) system.remove("_indexes", row._id);
  for (const row of rows) {
    if (isWanted(row) && row.pending === true)
      system.patch("_indexes", row._id, { pending: false });
  }
}

/** Is this `_indexes` row the index a schema defines so? */
function isIndex(row: SystemDocument, name: string, fields: readonly string[]): boolean {
  return (
    row.name === name && JSON.stringify(row.fields) === JSON.stringify([...fields, "_creationTime"])
  );
}

function storeSchema({ system, component }: SchemaTarget, schema: JSONValue | null): void {
  for (const row of system.query("_schemas", "by_component", [component])) {
    if (JSON.stringify(row.schema) === JSON.stringify(schema)) return;
    system.remove("_schemas", row._id);
  }
  if (schema !== null) system.insert("_schemas", { component, schema });
}
