/**
 * A pushed schema, parsed: validators per table, index definitions, and whether its
 * definitions are legal at all (contract 4.2, 4.7).
 */
import type { JSONValue } from "convex/values";
import { PushError } from "../errors.ts";
import { fieldPathProblem, identifierProblem } from "../values/names.ts";
import { parseValidator, type Validator } from "./validators.ts";

export const MAX_TABLES = 10_000;
const MAX_INDEXES_PER_TABLE = 64;
const MAX_FIELDS_PER_INDEX = 16;
const RESERVED_INDEX_NAMES: readonly string[] = ["by_id", "by_creation_time"];

interface IndexDefinition {
  readonly name: string;
  /** As written; `_creationTime` is added to the stored index. */
  readonly fields: readonly string[];
}

export interface TableDefinition {
  readonly name: string;
  readonly indexes: readonly IndexDefinition[];
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
  refuseOtherIndexes(name, json);
  const indexes = asList(json.indexes).map((index) => parseIndex(name, asObject(index)));
  checkIndexes(name, indexes);
  const type = json.documentType ?? { type: "any" };
  const validator = enforced ? parseValidator(type) : null;
  const validatorText = enforced ? JSON.stringify(type) : "";
  return { name, indexes, validator, validatorText };
}

function parseIndex(table: string, json: { [key: string]: JSONValue }): IndexDefinition {
  const name = String(json.indexDescriptor);
  const full = `${table}.${name}`;
  if (RESERVED_INDEX_NAMES.includes(name) || name.startsWith("_")) {
    throw invalid(`The index name ${full} is reserved.`);
  }
  const problem = identifierProblem(name);
  if (problem !== null) throw invalid(`Invalid index name ${full}: ${problem}`);
  const fields = asList(json.fields).map(String);
  if (fields.length === 0) throw invalid(`Index ${full} must have at least one field.`);
  if (fields.length > MAX_FIELDS_PER_INDEX) {
    throw invalid(
      `Index ${full} has too many fields (${fields.length} > maximum ${MAX_FIELDS_PER_INDEX})`,
    );
  }
  for (const field of fields) checkField(full, field);
  if (new Set(fields).size < fields.length) throw invalid(`Index ${full} has a field twice.`);
  return { name, fields };
}

function checkField(index: string, field: string): void {
  if (field === "_id") {
    throw invalid("`_id` is not a valid index field. To load documents by ID, use `db.get(id)`.");
  }
  if (field === "_creationTime") {
    throw invalid(
      "`_creationTime` is automatically added to the end of each index. It should not be part of the index definition.",
    );
  }
  const problem = fieldPathProblem(field);
  if (problem !== null) throw invalid(`Invalid field "${field}" in index ${index}: ${problem}`);
}

function checkIndexes(table: string, indexes: readonly IndexDefinition[]): void {
  if (indexes.length > MAX_INDEXES_PER_TABLE) {
    throw invalid(
      `Table "${table}" has too many indexes (${indexes.length} > maximum ${MAX_INDEXES_PER_TABLE})`,
    );
  }
  const names = new Set<string>();
  const fieldLists = new Map<string, string>();
  for (const { name, fields } of indexes) {
    if (names.has(name)) throw invalid(`Table "${table}" has two indexes named "${name}".`);
    names.add(name);
    const other = fieldLists.get(fields.join());
    if (other !== undefined) {
      throw invalid(`Indexes "${other}" and "${name}" of table "${table}" have the same fields.`);
    }
    fieldLists.set(fields.join(), name);
  }
}

function refuseOtherIndexes(table: string, json: { [key: string]: JSONValue }): void {
  for (const kind of ["searchIndexes", "vectorIndexes"] as const) {
    const [first] = asList(json[kind] ?? []);
    if (first === undefined) continue;
    const what = kind === "searchIndexes" ? "search" : "vector";
    throw invalid(
      `${table}.${String(asObject(first).indexDescriptor)} is a ${what} index, which this engine does not have.`,
    );
  }
}

function asObject(json: JSONValue | undefined): { [key: string]: JSONValue } {
  if (json === null || typeof json !== "object" || Array.isArray(json)) {
    throw invalid("The schema is malformed.");
  }
  return json;
}

function asList(json: JSONValue | undefined): JSONValue[] {
  if (!Array.isArray(json)) throw invalid("The schema is malformed.");
  return json;
}

function invalid(message: string): PushError {
  return new PushError("InvalidSchema", message);
}
