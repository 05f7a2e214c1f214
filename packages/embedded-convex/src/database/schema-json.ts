/** Reading the JSON of a pushed schema, and the rules that hold for every kind of index. */
import type { JSONValue } from "convex/values";
import { PushError } from "../errors.ts";
import { fieldPathProblem, identifierProblem } from "../values/names.ts";

const RESERVED_INDEX_NAMES: readonly string[] = ["by_id", "by_creation_time"];

/** `full` is `table.index`. Throws PushError, as everything here. */
export function checkIndexName(full: string, name: string): void {
  if (RESERVED_INDEX_NAMES.includes(name) || name.startsWith("_")) {
    throw invalid(`The index name ${full} is reserved.`);
  }
  const problem = identifierProblem(name);
  if (problem !== null) throw invalid(`Invalid index name ${full}: ${problem}`);
}

export function checkField(index: string, field: string): void {
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

export function asObject(json: JSONValue | undefined): { [key: string]: JSONValue } {
  if (json === null || typeof json !== "object" || Array.isArray(json)) {
    throw invalid("The schema is malformed.");
  }
  return json;
}

export function asList(json: JSONValue | undefined): JSONValue[] {
  if (!Array.isArray(json)) throw invalid("The schema is malformed.");
  return json;
}

export function invalid(message: string): PushError {
  return new PushError("InvalidSchema", message);
}
