/**
 * What makes a legal document: system fields, names, sizes. Gives back the text and
 * size to store.
 */
import type { JSONValue } from "convex/values";
import { DeveloperError } from "../errors.ts";
import { type Canonical, canonicalize, setField, tooLarge } from "../values/canonical.ts";
import type { DocumentFields } from "../values/document-fields.ts";
import { identifierProblem } from "../values/names.ts";

const MAX_DOCUMENT_BYTES = 1 << 20;
const MAX_DOCUMENT_NESTING = 16;
const SYSTEM_FIELDS: readonly string[] = ["_id", "_creationTime"];

export interface SystemFields {
  readonly id: string;
  readonly creationTime: number;
}

/** User documents have the contract's limits; the engine's own hold sources and schemas. */
export type DocumentKind = "user" | "system";

interface CheckedDocument {
  readonly fields: DocumentFields;
  readonly json: string;
  readonly size: number;
}

/** The value with its system fields, checked. Throws DeveloperError. */
export function checkDocument(
  value: JSONValue,
  system: SystemFields,
  kind: DocumentKind,
): CheckedDocument {
  if (value === null || typeof value !== "object" || Array.isArray(value)) {
    throw new DeveloperError("Value must be an Object", "InvalidDocument");
  }
  for (const name of Object.keys(value)) checkTopLevelName(name);
  checkOwnFields(value, system);
  const document: { [field: string]: JSONValue } = {};
  for (const [name, field] of Object.entries(value)) setField(document, name, field);
  document._id = system.id;
  document._creationTime = system.creationTime;
  const canonical = canonicalize(document);
  if (kind === "user") checkLimits(canonical);
  return {
    fields: canonical.json as DocumentFields,
    json: JSON.stringify(canonical.json),
    size: canonical.size,
  };
}

/** Shallow merge of encoded fields; `{"$undefined":null}` removes. */
export function mergeFields(old: DocumentFields, changes: JSONValue): JSONValue {
  if (changes === null || typeof changes !== "object" || Array.isArray(changes)) {
    throw new DeveloperError("Value must be an Object", "InvalidDocument");
  }
  const merged: { [field: string]: JSONValue } = { ...old };
  for (const [name, field] of Object.entries(changes)) {
    if (isUndefined(field)) delete merged[name];
    else setField(merged, name, field);
  }
  return merged;
}

/** Throws when no user table may have this name. */
export function checkTableName(name: string): void {
  if (name.startsWith("_")) {
    throw new DeveloperError(
      "System tables (prefixed with `_`) are read-only.",
      "SystemTableReadOnly",
    );
  }
  const problem = identifierProblem(name);
  if (problem !== null)
    throw new DeveloperError(`Invalid table name "${name}": ${problem}`, "InvalidTableName");
}

function checkTopLevelName(name: string): void {
  if (!name.startsWith("_") || SYSTEM_FIELDS.includes(name)) return;
  throw new DeveloperError(
    `Field '${name}' starts with an underscore, which is only allowed for system fields like '_id'`,
    "FieldNameReserved",
  );
}

function checkOwnFields(
  value: { [key: string]: JSONValue },
  { id, creationTime }: SystemFields,
): void {
  const givenId = value._id;
  if (givenId !== undefined && givenId !== id) {
    throw new DeveloperError(
      `Provided document ID ${id} doesn't match '_id' field ${String(givenId)}`,
      "DocumentIdMismatch",
    );
  }
  const givenTime = value._creationTime;
  if (givenTime !== undefined && givenTime !== creationTime) {
    throw new DeveloperError(
      `Provided creation time ${creationTime} doesn't match '_creationTime' field in ${JSON.stringify(value)}`,
      "CreationTimeMismatch",
    );
  }
}

function checkLimits({ size, nesting }: Canonical): void {
  if (size > MAX_DOCUMENT_BYTES) throw tooLarge(size, MAX_DOCUMENT_BYTES);
  if (nesting > MAX_DOCUMENT_NESTING) {
    throw new DeveloperError(
      `Document is too nested (nested ${nesting} levels deep > maximum nesting ${MAX_DOCUMENT_NESTING})`,
      "DocumentTooNested",
    );
  }
}

function isUndefined(value: JSONValue): boolean {
  return value !== null && typeof value === "object" && Object.hasOwn(value, "$undefined");
}
