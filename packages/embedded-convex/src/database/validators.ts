/**
 * Does an encoded value match a validator? For arguments, results and documents; the
 * detail texts are the contract's (6.3), the callers put their own prefix in front.
 */
import { compareValues, type JSONValue, jsonToConvex } from "convex/values";
import { tableNumberOfId } from "../values/ids.ts";
import { printValue, quote } from "../values/value-text.ts";

export type Validator =
  | { readonly type: "null" | "number" | "bigint" | "boolean" | "string" | "bytes" }
  | { readonly type: "any" | "commitTs" }
  | { readonly type: "id"; readonly tableName: string }
  | { readonly type: "literal"; readonly value: JSONValue }
  | { readonly type: "array"; readonly element: Validator }
  | { readonly type: "union"; readonly members: readonly Validator[] }
  | { readonly type: "object"; readonly fields: ReadonlyMap<string, FieldValidator> }
  | { readonly type: "record"; readonly keys: Validator; readonly values: Validator };

interface FieldValidator {
  readonly validator: Validator;
  readonly optional: boolean;
}

export interface CheckContext {
  /** The name a table number has now; null when there is none. */
  tableName(tableNumber: number): string | null;
}

type JSONObject = { [key: string]: JSONValue };

/** Throws when the JSON is not a validator. */
export function parseValidator(json: JSONValue): Validator {
  const object = asObject(json);
  const { type } = object;
  switch (type) {
    case "null":
    case "number":
    case "bigint":
    case "boolean":
    case "string":
    case "bytes":
    case "any":
    case "commitTs":
      return { type };
    case "id":
      return { type, tableName: String(object.tableName) };
    case "literal":
      return { type, value: object.value ?? null };
    case "array":
      return { type, element: parseValidator(object.value ?? null) };
    case "union":
      return { type, members: asList(object.value).map(parseValidator) };
    case "object":
      return { type, fields: parseFieldValidators(asObject(object.value)) };
    case "record":
      return {
        type,
        keys: parseValidator(object.keys ?? null),
        values: parseValidator(asObject(object.values).fieldType ?? null),
      };
    default:
      throw malformed(json);
  }
}

/** Null when the encoded value matches, otherwise the detail text. */
export function checkValue(
  validator: Validator,
  value: JSONValue,
  context: CheckContext,
): string | null {
  const mismatch = check(validator, value, context, NO_FIELDS);
  return mismatch === null ? null : render(mismatch);
}

/** The same for a whole document: its system fields are not the validator's business. */
export function checkDocumentValue(
  validator: Validator,
  document: JSONValue,
  context: CheckContext,
): string | null {
  const mismatch = check(validator, document, context, SYSTEM_FIELDS);
  return mismatch === null ? null : render(mismatch);
}

const NO_FIELDS: ReadonlySet<string> = new Set();
const SYSTEM_FIELDS: ReadonlySet<string> = new Set(["_id", "_creationTime"]);

/** Built only on failure, from the inside out. */
interface Mismatch {
  readonly kind: "missing" | "extra" | "other" | "literal" | "id";
  /** Steps from the value checked first, outermost last. */
  readonly path: string[];
  readonly value: JSONValue;
  readonly validator: Validator;
  /** Field name, or the table an id is of (null for a system table). */
  readonly detail: string | null;
}

function check(
  validator: Validator,
  value: JSONValue,
  context: CheckContext,
  ignored: ReadonlySet<string>,
): Mismatch | null {
  switch (validator.type) {
    case "any":
      return null;
    case "id":
      return checkId(validator, value, context);
    case "literal":
      return equals(validator.value, value) ? null : mismatch("literal", validator, value);
    case "array":
      return Array.isArray(value)
        ? checkElements(validator.element, value, context)
        : mismatch("other", validator, value);
    case "union":
      return checkUnion(validator, value, context, ignored);
    case "object":
      return isPlainObject(value)
        ? checkFields(validator, value, context, ignored)
        : mismatch("other", validator, value);
    case "record":
      return isPlainObject(value)
        ? checkEntries(validator, value, context)
        : mismatch("other", validator, value);
    default:
      return kindOf(value) === (validator.type === "commitTs" ? "bigint" : validator.type)
        ? null
        : mismatch("other", validator, value);
  }
}

function checkId(
  validator: Validator & { type: "id" },
  value: JSONValue,
  context: CheckContext,
): Mismatch | null {
  const number = typeof value === "string" ? tableNumberOfId(value) : null;
  const table = number === null ? null : context.tableName(number);
  if (table === null) return mismatch("other", validator, value);
  if (table === validator.tableName) return null;
  return mismatch("id", validator, value, table.startsWith("_") ? null : table);
}

function checkElements(
  element: Validator,
  values: JSONValue[],
  context: CheckContext,
): Mismatch | null {
  for (const [i, value] of values.entries()) {
    const found = check(element, value, context, NO_FIELDS);
    if (found !== null) return at(found, `[${i}]`);
  }
  return null;
}

function checkUnion(
  validator: Validator & { type: "union" },
  value: JSONValue,
  context: CheckContext,
  ignored: ReadonlySet<string>,
): Mismatch | null {
  const [only, ...others] = validator.members;
  if (only !== undefined && others.length === 0) return check(only, value, context, ignored);
  const matches = validator.members.some((one) => check(one, value, context, ignored) === null);
  return matches ? null : mismatch("other", validator, value);
}

/** Declared fields in sorted order first, then fields that are not declared. */
function checkFields(
  validator: Validator & { type: "object" },
  value: JSONObject,
  context: CheckContext,
  ignored: ReadonlySet<string>,
): Mismatch | null {
  for (const [name, field] of validator.fields) {
    const found = Object.hasOwn(value, name) ? value[name] : undefined;
    if (found !== undefined) {
      const inside = check(field.validator, found, context, NO_FIELDS);
      if (inside !== null) return at(inside, `.${name}`);
    } else if (!field.optional) return mismatch("missing", validator, value, name);
  }
  for (const name of Object.keys(value).sort()) {
    if (!validator.fields.has(name) && !ignored.has(name)) {
      return mismatch("extra", validator, value, name);
    }
  }
  return null;
}

function checkEntries(
  validator: Validator & { type: "record" },
  value: JSONObject,
  context: CheckContext,
): Mismatch | null {
  for (const name of Object.keys(value).sort()) {
    const key = check(validator.keys, name, context, NO_FIELDS);
    if (key !== null) return at(key, ".keys()");
    const inside = check(validator.values, value[name] ?? null, context, NO_FIELDS);
    if (inside !== null) return at(inside, ".values()");
  }
  return null;
}

function mismatch(
  kind: Mismatch["kind"],
  validator: Validator,
  value: JSONValue,
  detail: string | null = null,
): Mismatch {
  return { kind, path: [], value, validator, detail };
}

function at(inside: Mismatch, step: string): Mismatch {
  inside.path.push(step);
  return inside;
}

const HEADS = {
  missing: (name: string | null) =>
    `Object is missing the required field \`${name}\`. Consider wrapping the field validator in \`v.optional(...)\` if this is expected.`,
  extra: (name: string | null) =>
    `Object contains extra field \`${name}\` that is not in the validator.`,
  other: () => "Value does not match validator.",
} as const;

function render({ kind, path, value, validator, detail }: Mismatch): string {
  const where = path.length === 0 ? "" : `Path: ${[...path].reverse().join("")}`;
  const shown = printValue(jsonToConvex(value));
  const expected = printValidator(validator);
  if (kind === "literal")
    return `\`${shown}\` does not match literal validator \`${expected}\`.${where}`;
  if (kind === "id") {
    const from = detail === null ? "a system table" : `table \`${detail}\``;
    return `Found ID ${shown} from ${from}, which does not match the table name in validator \`${expected}\`.${where}`;
  }
  const noun = kind === "other" ? "Value" : "Object";
  return `${HEADS[kind](detail)}\n${where}\n${noun}: ${shown}\nValidator: ${expected}`;
}

type Kind = "null" | "number" | "bigint" | "boolean" | "string" | "bytes" | "array" | "object";

/** The type of an encoded value; a commit timestamp placeholder counts as an int64. */
function kindOf(value: JSONValue): Kind {
  if (value === null) return "null";
  if (typeof value !== "object") return typeof value as "number" | "boolean" | "string";
  if (Array.isArray(value)) return "array";
  const names = Object.keys(value);
  if (names.length !== 1) return "object";
  return SPECIAL[names[0] ?? ""] ?? "object";
}

const SPECIAL: Record<string, Kind> = {
  $integer: "bigint",
  $commitTs: "bigint",
  $float: "number",
  $bytes: "bytes",
};

function isPlainObject(value: JSONValue): value is JSONObject {
  return kindOf(value) === "object";
}

function equals(a: JSONValue, b: JSONValue): boolean {
  return (
    a === b || (kindOf(a) === kindOf(b) && compareValues(jsonToConvex(a), jsonToConvex(b)) === 0)
  );
}

/** The way a schema is written. */
export function printValidator(validator: Validator): string {
  switch (validator.type) {
    case "number":
      return "v.float64()";
    case "bigint":
      return "v.int64()";
    case "id":
      return `v.id(${quote(validator.tableName)})`;
    case "literal": {
      const value = jsonToConvex(validator.value);
      return `v.literal(${typeof value === "bigint" ? "<bigint>" : printValue(value)})`;
    }
    case "array":
      return `v.array(${printValidator(validator.element)})`;
    case "record":
      return `v.record(${printValidator(validator.keys)}, ${printValidator(validator.values)})`;
    case "object":
      return `v.object({${[...validator.fields].map(printField).join(", ")}})`;
    case "union":
      return `v.union(${validator.members.map(printValidator).join(", ")})`;
    default:
      return `v.${validator.type}()`;
  }
}

function printField([name, { validator, optional }]: [string, FieldValidator]): string {
  const text = printValidator(validator);
  return `${name}: ${optional ? `v.optional(${text})` : text}`;
}

function parseFieldValidators(fields: JSONObject): Map<string, FieldValidator> {
  const sorted = Object.entries(fields).sort(([a], [b]) => (a < b ? -1 : 1));
  return new Map(
    sorted.map(([name, field]) => {
      const { fieldType, optional } = asObject(field);
      return [name, { validator: parseValidator(fieldType ?? null), optional: optional === true }];
    }),
  );
}

function asObject(json: JSONValue | undefined): JSONObject {
  if (json === null || typeof json !== "object" || Array.isArray(json))
    throw malformed(json ?? null);
  return json;
}

function asList(json: JSONValue | undefined): JSONValue[] {
  if (!Array.isArray(json)) throw malformed(json ?? null);
  return json;
}

function malformed(json: JSONValue): Error {
  return new Error(`Not a validator: ${JSON.stringify(json)}`);
}
