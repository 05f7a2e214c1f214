/**
 * Arguments before and results after every call (contract 6.3): the wrapper in user
 * code checks nothing.
 */
import { type JSONValue, jsonToConvex } from "convex/values";
import type { Transaction } from "../database/types.ts";
import { checkValue, parseValidator, type Validator } from "../database/validators.ts";
import { DeveloperError } from "../errors.ts";
import { formatBytes } from "../values/bytes-text.ts";
import { type Canonical, canonicalize } from "../values/canonical.ts";
import { printValue } from "../values/value-text.ts";
import type { DeployedFunction } from "./deployment-version.ts";
import { canonicalPath } from "./function-address.ts";

const MAX_BYTES = 16 * 1024 * 1024; // of all arguments, of a result
/** No text this short can hold a value that breaks a limit (64 levels take 128 chars). */
const HARMLESS_CHARS = 128;

type Tables = Pick<Transaction, "tableName">;

/** `args` is the positional array. Throws DeveloperError. */
export function checkArguments(
  { path, analyzed }: DeployedFunction,
  args: readonly JSONValue[],
  tables: Tables,
): void {
  const name = canonicalPath(path);
  const { size } = wellFormed([...args], `Invalid arguments for ${name}`);
  if (size > MAX_BYTES) {
    throw new DeveloperError(
      `Arguments for ${name} are too large (actual: ${formatBytes(size)}, limit: ${formatBytes(MAX_BYTES)})`,
    );
  }
  const validator = parseText(analyzed.args);
  if (validator === null) return;
  const problem = argumentProblem(validator, args, tables);
  if (problem !== null) throw new DeveloperError(`ArgumentValidationError: ${problem}`);
}

/** `json` is the encoded result. Throws DeveloperError. */
export function checkReturn(
  { path, analyzed }: DeployedFunction,
  json: string,
  tables: Tables,
): void {
  const validator = parseText(analyzed.returns);
  if (validator === null && json.length < HARMLESS_CHARS) return;
  const value = JSON.parse(json) as JSONValue;
  const name = canonicalPath(path);
  const { size } = wellFormed(value, `Function ${name} return value invalid`);
  if (size > MAX_BYTES) {
    throw new DeveloperError(
      `Function ${name} return value is too large (actual: ${formatBytes(size)}, limit: ${formatBytes(MAX_BYTES)})`,
    );
  }
  if (validator === null) return;
  const problem = checkValue(validator, value, tables);
  if (problem !== null) throw new DeveloperError(`ReturnsValidationError: ${problem}`);
}

function argumentProblem(
  validator: Validator,
  args: readonly JSONValue[],
  tables: Tables,
): string | null {
  if (validator.type === "any") return null;
  const [only] = args;
  if (args.length !== 1 || only === undefined) {
    return `Expected to receive a single object as the function's argument. Instead received ${args.length} arguments: ${print([...args])}`;
  }
  if (only === null || typeof only !== "object" || Array.isArray(only)) {
    return `Expected to receive an object as the function's argument. Instead received: ${print(only)}`;
  }
  return checkValue(validator, only, tables);
}

function print(value: JSONValue): string {
  return printValue(jsonToConvex(value));
}

function wellFormed(value: JSONValue, prefix: string): Canonical {
  try {
    return canonicalize(value);
  } catch (error) {
    if (error instanceof DeveloperError) throw new DeveloperError(`${prefix}: ${error.message}`);
    throw error;
  }
}

const parsed = new Map<string, Validator>();
const MAX_PARSED = 5_000; // more functions than any app has; beyond it parsing starts over

function parseText(text: string | null): Validator | null {
  if (text === null || text === "null") return null;
  const known = parsed.get(text);
  if (known !== undefined) return known;
  if (parsed.size >= MAX_PARSED) parsed.clear();
  const validator = parseValidator(JSON.parse(text) as JSONValue);
  parsed.set(text, validator);
  return validator;
}
