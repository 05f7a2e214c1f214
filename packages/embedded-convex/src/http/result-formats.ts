/**
 * The three ways the data API writes a value.
 *
 * [HTTP8] `json` is the default and lossy: int64 and bytes become strings;
 *         `convex_encoded_json` is the wire encoding; `export_json` keeps int64 and
 *         float64 apart by how the number is written.
 */
import type { JSONValue } from "convex/values";
import { HttpError } from "./exchange.ts";

export type ResultFormat = "encoded" | "clean" | "export";

/** Throws HttpError 400 BadFormat. Absent means clean. */
export function readFormat(value: JSONValue | undefined): ResultFormat {
  switch (value) {
    case undefined:
    case null:
    case "json":
    case "convex_clean_json":
      return "clean";
    case "convex_encoded_json":
    case "convex_json":
      return "encoded";
    case "export_json":
    case "convex_export_json":
      return "export";
    default:
      throw new HttpError(400, "BadFormat", `Unknown format ${JSON.stringify(value)}`);
  }
}

/** `encoded` is JSON text in the wire encoding; so is the answer, in the format. */
export function formatJson(encoded: string, format: ResultFormat): string {
  if (format === "encoded") return encoded;
  const value = JSON.parse(encoded) as JSONValue;
  return format === "clean" ? JSON.stringify(clean(value)) : exported(value);
}

function clean(value: JSONValue): JSONValue {
  const special = specialValue(value);
  if (special !== null) return special.clean;
  if (Array.isArray(value)) return value.map(clean);
  if (value === null || typeof value !== "object") return value;
  return mapFields(value, clean);
}

function exported(value: JSONValue): string {
  const special = specialValue(value);
  if (special !== null) return special.exported;
  if (typeof value === "number") return exportedFloat(value);
  if (Array.isArray(value)) return `[${value.map(exported).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const fields = Object.entries(value).flatMap(([name, inner]) =>
    inner === undefined ? [] : [`${JSON.stringify(name)}:${exported(inner)}`],
  );
  return `{${fields.join(",")}}`;
}

/** Values the wire wraps in an object with one `$` key; null for all others. */
function specialValue(value: JSONValue): { clean: JSONValue; exported: string } | null {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  if (typeof value.$integer === "string") {
    const integer = String(Buffer.from(value.$integer, "base64").readBigInt64LE());
    return { clean: integer, exported: integer };
  }
  if (typeof value.$bytes === "string") {
    return { clean: value.$bytes, exported: JSON.stringify(value) };
  }
  if (typeof value.$float === "string") {
    const float = Buffer.from(value.$float, "base64").readDoubleLE();
    if (Object.is(float, -0)) return { clean: 0, exported: "-0.0" };
    return { clean: String(float), exported: JSON.stringify(value) };
  }
  return null;
}

function exportedFloat(value: number): string {
  const text = JSON.stringify(value);
  return /[.e]/.test(text) ? text : `${text}.0`;
}

function mapFields(
  value: { readonly [field: string]: JSONValue | undefined },
  map: (value: JSONValue) => JSONValue,
): JSONValue {
  const fields = Object.entries(value).flatMap(([name, inner]): [string, JSONValue][] =>
    inner === undefined ? [] : [[name, map(inner)]],
  );
  return Object.fromEntries(fields);
}
