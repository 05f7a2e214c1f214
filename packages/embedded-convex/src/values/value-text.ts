/**
 * Values as messages show them (contract 6.3): floats with a decimal, strings quoted,
 * bytes in base64, fields in order.
 */
import { CommitTsPlaceholder, type Value } from "convex/values";

export function printValue(value: Value | undefined): string {
  if (value === undefined) return "undefined";
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return printFloat(value);
  if (typeof value === "bigint") return String(value);
  if (value instanceof CommitTsPlaceholder) return "commitTs";
  if (value instanceof ArrayBuffer) return `b"${Buffer.from(value).toString("base64")}"`;
  if (Array.isArray(value)) return `[${value.map(printValue).join(", ")}]`;
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${name}: ${printValue(field)}`).join(", ")}}`;
}

export function printType(value: Value | undefined): string {
  if (value === undefined) return "Undefined";
  if (value === null) return "Null";
  if (value instanceof ArrayBuffer) return "Bytes";
  if (Array.isArray(value)) return "Array";
  if (typeof value === "bigint" || value instanceof CommitTsPlaceholder) return "Int64";
  const names = { string: "String", number: "Float64", boolean: "Boolean" } as const;
  return names[typeof value as keyof typeof names] ?? "Object";
}

/** Quoted the way Rust's `{:?}` does. */
export function quote(text: string): string {
  let quoted = "";
  for (const char of text) quoted += ESCAPES[char] ?? escapeControl(char);
  return `"${quoted}"`;
}

const ESCAPES: Record<string, string> = {
  '"': '\\"',
  "\\": "\\\\",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\0": "\\0",
};

function escapeControl(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  return code < 0x20 || (code >= 0x7f && code < 0xa0) ? `\\u{${code.toString(16)}}` : char;
}

/** At least one decimal; an exponent where Rust's `{:?}` has one (from 1e16, below 1e-5). */
function printFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (Object.is(value, -0)) return "-0.0";
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude >= 1e16 || magnitude < 1e-5)) {
    return value.toExponential().replace("e+", "e");
  }
  const text = String(value);
  return text.includes(".") ? text : `${text}.0`;
}
