/**
 * Readers for single fields of a request body. Each gives the value, or adds
 * the fault to the form's errors and gives undefined. Absent and null read as
 * undefined alike, which is how Discord treats optional fields.
 */
import { isSnowflake } from "../state/snowflakes.ts";
import { type Fields, type FormErrors, isFields, type Path } from "./form-errors.ts";

export type Reading = { errors: FormErrors; path: Path };

export function under(reading: Reading, ...steps: (string | number)[]): Reading {
  return { errors: reading.errors, path: [...reading.path, ...steps] };
}

function fault(reading: Reading, code: string, message: string): undefined {
  reading.errors.add(reading.path, code, message);
  return undefined;
}

/** Trimmed, as Discord trims; `maxChars` counts UTF-16 units of the trimmed text. */
export function readText(value: unknown, maxChars: number, reading: Reading): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string")
    return fault(reading, "STRING_TYPE_CONVERT", "Could not interpret the value as string.");
  const text = value.trim();
  if (text.length <= maxChars) return text;
  return fault(reading, "BASE_TYPE_MAX_LENGTH", `Must be ${maxChars} or fewer in length.`);
}

export function readRequiredText(value: unknown, maxChars: number, reading: Reading): string {
  const text = readText(value, maxChars, reading);
  const missing =
    value === undefined || value === null || (typeof value === "string" && value.trim() === "");
  if (missing) fault(reading, "BASE_TYPE_REQUIRED", "This field is required");
  return text ?? "";
}

export function readFlag(value: unknown, reading: Reading): boolean | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "boolean") return value;
  return fault(reading, "BOOLEAN_TYPE_CONVERT", "Must be either true or false.");
}

export function readInteger(value: unknown, max: number, reading: Reading): number | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value)) {
    return fault(reading, "NUMBER_TYPE_COERCE", `Value "${String(value)}" is not int.`);
  }
  if (value < 0)
    return fault(reading, "NUMBER_TYPE_MIN", "int value should be greater than or equal to 0.");
  if (value > max)
    return fault(reading, "NUMBER_TYPE_MAX", `int value should be less than or equal to ${max}.`);
  return value;
}

export function readSnowflake(value: unknown, reading: Reading): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (isSnowflake(value)) return value;
  return fault(reading, "NUMBER_TYPE_COERCE", `Value "${String(value)}" is not snowflake.`);
}

export function readList(
  value: unknown,
  maxItems: number,
  reading: Reading,
): readonly unknown[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value))
    return fault(reading, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType");
  if (value.length > maxItems)
    return fault(reading, "BASE_TYPE_MAX_LENGTH", `Must be ${maxItems} or fewer in length.`);
  return value;
}

export function readFields(value: unknown, reading: Reading): Fields | undefined {
  if (value === undefined || value === null) return undefined;
  if (isFields(value)) return value;
  return fault(reading, "DICT_TYPE_CONVERT", "Only dictionaries may be used in a DictType");
}

const MAX_URL_CHARS = 2_048;

/** http and https everywhere; `attachment:` only where a file may stand. */
export function readUrl(
  value: unknown,
  kind: "link" | "media",
  reading: Reading,
): string | undefined {
  const text = readText(value, MAX_URL_CHARS, reading);
  if (text === undefined || text === "") return undefined;
  const schemes = kind === "media" ? ["http", "https", "attachment"] : ["http", "https"];
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined || !URL.canParse(text)) {
    return fault(reading, "URL_TYPE_INVALID_URL", "Not a well formed URL.");
  }
  if (schemes.includes(scheme)) return text;
  const listed = schemes.map((name) => `'${name}'`).join(", ");
  return fault(
    reading,
    "URL_TYPE_INVALID_SCHEME",
    `Scheme "${scheme}" is not supported. Scheme must be one of (${listed}).`,
  );
}
