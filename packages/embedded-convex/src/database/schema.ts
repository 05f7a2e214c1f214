/**
 * A pushed schema, parsed: validators per table, index definitions, and whether its
 * definitions are legal at all (contract 4.2, 4.7).
 */
import type { JSONValue } from "convex/values";
import { identifierProblem } from "../values/names.ts";
import { asList, asObject, checkField, checkIndexName, invalid } from "./schema-json.ts";
import { parseSearches, type SearchDefinition } from "./search-definitions.ts";
import { parseValidator, type Validator } from "./validators.ts";

export const MAX_TABLES = 10_000;
const MAX_INDEXES_PER_TABLE = 64;
const MAX_FIELDS_PER_INDEX = 16;

interface IndexDefinition {
  readonly name: string;
  /** As written; `_creationTime` is added to the stored index. */
  readonly fields: readonly string[];
  readonly staged: boolean;
}

export interface TableDefinition {
  readonly name: string;
  readonly indexes: readonly IndexDefinition[];
  /** Full-text and vector indexes. */
  readonly searches: readonly SearchDefinition[];
  /** Null where nothing is enforced. */
  readonly validator: Validator | null;
  /** JSON text of the validator, to see whether it changed. */
  readonly validatorText: string;
}

interface SchemaDefinition {
  readonly tables: ReadonlyMap<string, TableDefinition>;
}

const NO_SCHEMA: SchemaDefinition = { tables: new Map() };
const parsed = new WeakMap<object, SchemaDefinition>();

/** Parses once per JSON object. Throws PushError on an illegal definition. */
export function parseSchema(schema: JSONValue | null): SchemaDefinition {
  if (schema === null || typeof schema !== "object" || Array.isArray(schema)) return NO_SCHEMA;
  let definition = parsed.get(schema);
  if (definition === undefined) {
    definition = parseTables(schema);
    parsed.set(schema, definition);
  }
  return definition;
}

function parseTables(schema: { [key: string]: JSONValue }): SchemaDefinition {
  const enforced = schema.schemaValidation !== false;
  const list = asList(schema.tables);
  if (list.length > MAX_TABLES) {
    throw invalid(`Too many tables (${list.length} > maximum ${MAX_TABLES})`);
  }
  const tables = new Map<string, TableDefinition>();
  for (const json of list) {
    const table = parseTable(asObject(json), enforced);
    if (tables.has(table.name)) throw invalid(`Table "${table.name}" is defined twice.`);
    tables.set(table.name, table);
  }
  return { tables };
}

function parseTable(json: { [key: string]: JSONValue }, enforced: boolean): TableDefinition {
  const name = String(json.tableName);
  const problem = name.startsWith("_")
    ? "names that start with an underscore are reserved"
    : identifierProblem(name);
  if (problem !== null) throw invalid(`Invalid table name "${name}": ${problem}`);
  const indexes = [
    ...asList(json.indexes).map((index) => parseIndex(name, asObject(index), false)),
    ...asList(json.stagedDbIndexes ?? []).map((index) => parseIndex(name, asObject(index), true)),
  ];
  const searches = parseSearches(name, json);
  checkIndexes(name, indexes, searches);
  const type = json.documentType ?? { type: "any" };
  const validator = enforced ? parseValidator(type) : null;
  const validatorText = enforced ? JSON.stringify(type) : "";
  return { name, indexes, searches, validator, validatorText };
}

function parseIndex(
  table: string,
  json: { [key: string]: JSONValue },
  staged: boolean,
): IndexDefinition {
  const name = String(json.indexDescriptor);
  const full = `${table}.${name}`;
  checkIndexName(full, name);
  const fields = asList(json.fields).map(String);
  if (fields.length === 0) throw invalid(`Index ${full} must have at least one field.`);
  if (fields.length > MAX_FIELDS_PER_INDEX) {
    throw invalid(
      `Index ${full} has too many fields (${fields.length} > maximum ${MAX_FIELDS_PER_INDEX})`,
    );
  }
  for (const field of fields) checkField(full, field);
  if (new Set(fields).size < fields.length) throw invalid(`Index ${full} has a field twice.`);
  return { name, fields, staged };
}

function checkIndexes(
  table: string,
  indexes: readonly IndexDefinition[],
  searches: readonly SearchDefinition[],
): void {
  const names = [...indexes, ...searches].map(({ name }) => name);
  if (names.length > MAX_INDEXES_PER_TABLE) {
    throw invalid(
      `Table "${table}" has too many indexes (${names.length} > maximum ${MAX_INDEXES_PER_TABLE})`,
    );
  }
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw invalid(`Table "${table}" has two indexes named "${twice}".`);
  const fieldLists = new Map<string, string>();
  for (const { name, fields } of indexes) {
    const other = fieldLists.get(fields.join());
    if (other !== undefined) {
      throw invalid(`Indexes "${other}" and "${name}" of table "${table}" have the same fields.`);
    }
    fieldLists.set(fields.join(), name);
  }
}
