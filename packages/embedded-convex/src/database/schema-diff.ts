/** What one component's pushed schema changes: indexes to add and remove, documents to look at. Pure. */
import type { JSONValue } from "convex/values";
import type { Catalog, CatalogView, IndexInfo, SearchIndexInfo, TableInfo } from "./catalog.ts";
import { parseSchema, type TableDefinition } from "./schema.ts";
import type { SurveyedTable } from "./survey.ts";
import type { IndexDescription, IndexDiff, IndexShape } from "./types.ts";

/** An index that documents from before it have to be put into. */
export interface UnfilledIndex {
  readonly id: number;
  readonly component: string;
  readonly table: string;
  readonly name: string;
  readonly shape: IndexShape;
}

/** Throws PushError on an illegal definition. */
export function diffIndexes(catalog: CatalogView, schema: JSONValue | null): IndexDiff {
  const wanted = parseSchema(schema).tables;
  const existing = catalog.userTables.flatMap(describeIndexes);
  const defined = [...wanted.values()].flatMap(describeDefinitions);
  const wasStaged = new Map(existing.map((index) => [identity(index), index.staged]));
  const restaged = (staged: boolean) =>
    defined.filter(
      (index) => index.staged === staged && wasStaged.get(identity(index)) === !staged,
    );
  return {
    added: without(defined, existing),
    removed: without(existing, defined),
    enabled: restaged(false),
    disabled: restaged(true),
  };
}

/** Tables with indexes to fill, or with a validator that existing documents may not match. */
export function surveyedTables(
  catalog: CatalogView,
  schema: JSONValue | null,
  unfilled: readonly UnfilledIndex[],
): SurveyedTable[] {
  const active = parseSchema(catalog.schema).tables;
  const surveyed: SurveyedTable[] = [];
  for (const [name, definition] of parseSchema(schema).tables) {
    const indexes = unfilled.filter((index) => index.table === name);
    const unchanged = active.get(name)?.validatorText === definition.validatorText;
    const validator = unchanged || definition.validator === null ? null : definition.validatorText;
    if (indexes.length === 0 && validator === null) continue;
    const json = validator === null ? null : (JSON.parse(validator) as JSONValue);
    const table = catalog.table(name);
    if (table !== null) surveyed.push(surveyOf(table, indexes, json));
  }
  return surveyed;
}

/** Of all components: tables with staged indexes that are still to be filled. */
export function tablesWithStaged(catalog: Catalog): SurveyedTable[] {
  return catalog.allTables.flatMap((table) => {
    const indexes = stagedToFill(table);
    return indexes.length === 0 ? [] : [surveyOf(table, indexes, null)];
  });
}

/** Of an active table: what becomes enabled before it was filled has to be filled first. */
export function stagedToFill(table: TableInfo): UnfilledIndex[] {
  return ownIndexes(table)
    .filter(({ pending, staged }) => !pending && staged === "filling")
    .map((index) => {
      const { component, name: tableName } = table;
      const { id, name } = index;
      return { id, component, table: tableName, name, shape: shapeOf(index) };
    });
}

/** Indexes with the same identity are the same index, staged or not. */
export function identity({ table, name, shape }: Omit<IndexDescription, "staged">): string {
  return JSON.stringify([table, name, ...essence(shape)]);
}

function essence(shape: IndexShape): JSONValue[] {
  switch (shape.kind) {
    case "database":
      return [shape.kind, [...shape.fields]];
    case "search":
      return [shape.kind, shape.searchField, [...shape.filterFields]];
    case "vector":
      return [shape.kind, shape.vectorField, shape.dimensions, [...shape.filterFields]];
    default:
      return shape satisfies never;
  }
}

function surveyOf(
  table: TableInfo,
  indexes: readonly UnfilledIndex[],
  validator: JSONValue | null,
): SurveyedTable {
  const walkIndex = table.indexes.get("by_creation_time")?.id;
  if (walkIndex === undefined) throw new Error(`Table ${table.name} has no by_creation_time`);
  const { component, name, tablet } = table;
  const newIndexes = indexes.map(({ id, shape }) => ({ id, shape }));
  return { component, name, tablet, walkIndex, newIndexes, validator };
}

function describeIndexes(table: TableInfo): IndexDescription[] {
  return ownIndexes(table)
    .filter(({ pending }) => !pending)
    .map((index) => ({
      table: table.name,
      name: index.name,
      shape: shapeOf(index),
      staged: index.staged !== false,
    }));
}

function ownIndexes({ indexes, searches }: TableInfo): (IndexInfo | SearchIndexInfo)[] {
  const own = [...indexes.values()].filter(
    ({ name }) => name !== "by_id" && name !== "by_creation_time",
  );
  return [...own, ...searches.values()];
}

function shapeOf(index: IndexInfo | SearchIndexInfo): IndexShape {
  if (!("kind" in index)) return { kind: "database", fields: index.fields };
  const { filterFields } = index;
  return index.kind === "search"
    ? { kind: "search", searchField: index.searchField, filterFields }
    : {
        kind: "vector",
        vectorField: index.vectorField,
        dimensions: index.dimensions,
        filterFields,
      };
}

export function describeDefinitions(definition: TableDefinition): IndexDescription[] {
  const { name: table, indexes, searches } = definition;
  const ordered = indexes.map(({ name, fields, staged }): IndexDescription => {
    const shape: IndexShape = { kind: "database", fields: [...fields, "_creationTime"] };
    return { table, name, shape, staged };
  });
  return [
    ...ordered,
    ...searches.map(({ name, shape, staged }) => ({ table, name, shape, staged })),
  ];
}

function without(
  list: readonly IndexDescription[],
  others: readonly IndexDescription[],
): IndexDescription[] {
  const known = new Set(others.map(identity));
  return list.filter((one) => !known.has(identity(one)));
}
