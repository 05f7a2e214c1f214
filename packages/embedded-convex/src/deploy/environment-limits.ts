/**
 * What an environment variable may be called and how big all may get. Pure; codes and
 * texts are the official ones, because the CLI prints them.
 */
import { HttpError } from "../http/exchange.ts";

/** `value` null removes the variable; removing an absent one is fine. */
export interface EnvironmentChange {
  readonly name: string;
  readonly value: string | null;
}

const MAX_NAME_BYTES = 256;
const MAX_VALUE_BYTES = 8192;
const MAX_VARIABLES = 512;
const MAX_TOTAL_BYTES = 512 * 1024;
const BUILT_IN = new Set(["CONVEX_CLOUD_URL", "CONVEX_SITE_URL"]);

/** Removals first, then sets in order; the sum must fit. Throws HttpError 400, changing nothing. */
export function applyChanges(
  variables: ReadonlyMap<string, string>,
  changes: readonly EnvironmentChange[],
): ReadonlyMap<string, string> {
  for (const change of changes) checkChange(change);
  const next = new Map(variables);
  for (const { name, value } of changes) if (value === null) next.delete(name);
  for (const { name, value } of changes) if (value !== null) next.set(name, value);
  checkTotal(next);
  return next;
}

function checkChange({ name, value }: EnvironmentChange): void {
  if (!/^[a-zA-Z_]+[a-zA-Z0-9_]*$/.test(name)) {
    throw refused(
      "EnvironmentVariableNameInvalid",
      `The environment variable name ${name} is invalid. Environment variable names must begin with a letter and may only include characters a-z, A-Z, 0-9, and underscores.`,
    );
  }
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw refused(
      "EnvironmentVariableNameTooLong",
      `The environment variable name ${name} is too long. Environment variable names must be less than ${MAX_NAME_BYTES}.`,
    );
  }
  if (BUILT_IN.has(name)) {
    throw refused(
      "EnvVarNameForbidden",
      `Environment variable with name "${name}" is built-in and cannot be overridden`,
    );
  }
  checkValue(value);
}

function checkValue(value: string | null): void {
  const bytes = Buffer.byteLength(value ?? "");
  if (bytes > MAX_VALUE_BYTES) {
    throw refused(
      "EnvironmentVariableValueTooLarge",
      `The environment variable value is ${bytes} bytes, which is too large. (max size: ${MAX_VALUE_BYTES})`,
    );
  }
}

function checkTotal(variables: ReadonlyMap<string, string>): void {
  if (variables.size > MAX_VARIABLES) {
    throw refused(
      "EnvVarLimitMet",
      `The environment variable limit (${MAX_VARIABLES}) has been met.`,
    );
  }
  let total = 0;
  for (const [name, value] of variables) total += Buffer.byteLength(name + value);
  if (total > MAX_TOTAL_BYTES) {
    throw refused(
      "EnvVarTotalSizeLimitMet",
      `The total size of all environment variables (${total} bytes) exceeds the limit (${MAX_TOTAL_BYTES} bytes).`,
    );
  }
}

function refused(code: string, message: string): HttpError {
  return new HttpError(400, code, message);
}
