/** What one component's pushed schema changes: indexes to add and remove, documents to look at. Pure. */
import type { JSONValue } from "convex/values";
import type { CatalogView, TableInfo } from "./catalog.ts";
import { parseSchema, type TableDefinition } from "./schema.ts";
import type { SurveyedTable } from "./survey.ts";
import type { IndexDescription, IndexDiff } from "./types.ts";

export interface NewIndex extends IndexDescription {
  readonly id: number;
  readonly component: string;
}

/** Throws PushError on an illegal definition. */
export function diffIndexes(catalog: CatalogView, schema: JSONValue | null): IndexDiff {
  const wanted = parseSchema(schema).tables;
  const existing = catalog.userTables.flatMap(describeIndexes);
  const defined = [...wanted.values()].flatMap(describeDefinitions);
  return { added: without(defined, existing), removed: without(existing, defined) };
}

/** Tables with new indexes, or with a validator that existing documents may not match. */
export function surveyedTables(
  catalog: CatalogView,
  schema: JSONValue | null,
  newIndexes: readonly NewIndex[],
): SurveyedTable[] {
  const active = parseSchema(catalog.schema).tables;
  const surveyed: SurveyedTable[] = [];
  for (const [name, definition] of parseSchema(schema).tables) {
    const table = catalog.table(name);
    const walkIndex = table?.indexes.get("by_creation_time")?.id;
    if (table === null || walkIndex === undefined) continue;
    const indexes = newIndexes.filter((index) => index.table === name);
    const unchanged = active.get(name)?.validatorText === definition.validatorText;
    const validator = unchanged || definition.validator === null ? null : definition.validatorText;
    if (indexes.length === 0 && validator === null) continue;
    const newOnes = indexes.map(({ id, fields }) => ({ id, fields }));
    const json = validator === null ? null : (JSON.parse(validator) as JSONValue);
    const { component, tablet } = table;
    surveyed.push({ component, name, tablet, walkIndex, newIndexes: newOnes, validator: json });
  }
  return surveyed;
}

function describeIndexes(table: TableInfo): IndexDescription[] {
  const own = [...table.indexes.values()].filter(
    ({ name, pending }) => !pending && name !== "by_id" && name !== "by_creation_time",
  );
  return own.map(({ name, fields }) => ({ table: table.name, name, fields }));
}

function describeDefinitions({ name: table, indexes }: TableDefinition): IndexDescription[] {
  return indexes.map(({ name, fields }) => ({ table, name, fields: [...fields, "_creationTime"] }));
}

function without(
  list: readonly IndexDescription[],
  others: readonly IndexDescription[],
): IndexDescription[] {
  const known = new Set(others.map((one) => JSON.stringify([one.table, one.name, one.fields])));
  return list.filter((one) => !known.has(JSON.stringify([one.table, one.name, one.fields])));
}
