/** The environment variables an app declares in convex.config.ts against those that are set. */
import type { JSONValue } from "convex/values";
import { checkValue, parseValidator } from "../database/validators.ts";
import { PushError } from "../errors.ts";

type Declaration = readonly [
  name: string,
  validator: { readonly value: string; readonly optional?: boolean },
];

/** Throws PushError MissingEnvironmentVariables or InvalidEnvironmentVariable with the names. */
export function checkDeclaredEnvironment(
  definition: JSONValue,
  environment: ReadonlyMap<string, string>,
): void {
  const declared = declarations(definition);
  const missing = declared.filter(([name, { optional }]) => !optional && !environment.has(name));
  if (missing.length > 0) {
    const names = missing.map(([name]) => name).join(", ");
    throw new PushError(
      "MissingEnvironmentVariables",
      `Environment variables declared in convex.config.ts are not set: ${names}.`,
    );
  }
  for (const declaration of declared) checkDeclaration(declaration, environment);
}

function checkDeclaration(
  [name, { value }]: Declaration,
  environment: ReadonlyMap<string, string>,
): void {
  const set = environment.get(name);
  if (set === undefined) return;
  const detail = checkValue(parseValidator(JSON.parse(value)), set, { tableName: () => null });
  if (detail === null) return;
  throw new PushError(
    "InvalidEnvironmentVariable",
    `Environment variable ${name} does not match its declaration in convex.config.ts: ${detail}`,
  );
}

function declarations(definition: JSONValue): readonly Declaration[] {
  const { envVars } = definition as { envVars?: JSONValue };
  return Array.isArray(envVars) ? (envVars as unknown as Declaration[]) : [];
}
