/** Readers for single fields of a JSON or form body. Each gives the value or throws a Refusal naming the field. */
import { refuse } from "./refusal.ts";

export type Fields = Readonly<Record<string, unknown>>;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isAbsent(value: unknown): value is undefined | null | "" {
  return value === undefined || value === null || value === "";
}

export function readText(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (isAbsent(value)) return undefined;
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") throw refuse.invalid(name, `${name} must be text.`);
  return value;
}

export function needText(fields: Fields, name: string): string {
  const value = readText(fields, name);
  if (value === undefined) throw refuse.invalid(name, `${name} is required.`);
  return value;
}

/** Takes numbers and, as forms send them, digits. */
export function readNumber(
  fields: Fields,
  name: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER } = {},
): number | undefined {
  const value = fields[name];
  if (isAbsent(value)) return undefined;
  const number = typeof value === "string" ? Number(value) : value;
  if (typeof number !== "number" || !Number.isFinite(number) || number < min || number > max)
    throw refuse.invalid(name, `${name} must be a number from ${min} to ${max}.`);
  return number;
}

export function readWhole(fields: Fields, name: string, limits = {}): number | undefined {
  const number = readNumber(fields, name, limits);
  if (number !== undefined && !Number.isInteger(number))
    throw refuse.invalid(name, `${name} must be a whole number.`);
  return number;
}

/** Takes booleans and, as forms send them, "true" and "false". */
export function readFlag(fields: Fields, name: string): boolean | undefined {
  const value = fields[name];
  if (isAbsent(value)) return undefined;
  if (value === true || value === "true") return true;
  if (value === false || value === "false") return false;
  throw refuse.invalid(name, `${name} must be true or false.`);
}

export function readChoice<T extends string>(
  fields: Fields,
  name: string,
  choices: readonly T[],
): T | undefined {
  const value = fields[name];
  if (isAbsent(value)) return undefined;
  const choice = choices.find((known) => known === value);
  if (choice === undefined)
    throw refuse.invalid(name, `${name} must be one of ${choices.join(", ")}.`);
  return choice;
}

export function readList(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  if (isAbsent(value)) return [];
  if (!Array.isArray(value)) throw refuse.invalid(name, `${name} must be a list.`);
  return value;
}

export function readGroup(fields: Fields, name: string): Fields {
  const value = fields[name];
  if (isAbsent(value)) return {};
  if (!isFields(value)) throw refuse.invalid(name, `${name} must be an object.`);
  return value;
}

/** A map of texts, as metadata is; numbers become text. */
export function readTexts(fields: Fields, name: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(readGroup(fields, name)).map(([key, value]) => [key, String(value)]),
  );
}

/** The entry only if there is a value, for spreading under exactOptionalPropertyTypes. */
export function present<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: T });
}
