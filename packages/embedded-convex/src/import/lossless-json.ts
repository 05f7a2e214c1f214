/**
 * JSON texts of imports as encoded values.
 *
 * [IMPORT2] Where the file says "uniform", a number without fraction and exponent is an
 *           int64 and every other a float64; elsewhere every number is a float64.
 */
import type { JSONValue } from "convex/values";
import { encodeInteger } from "../values/integers.ts";

const INTEGER = /^-?\d+$/;

/** Throws SyntaxError for what is no JSON and RangeError for integers beyond 64 bits. */
export function parseJson(text: string, uniform: boolean): JSONValue {
  return JSON.parse(text, uniform ? reviveInteger : undefined) as JSONValue;
}

/** The third argument is how the number was written (ES2026). */
function reviveInteger(_key: string, value: JSONValue, context?: { readonly source?: string }) {
  const isInteger = typeof value === "number" && INTEGER.test(context?.source ?? "");
  return isInteger ? encodeInteger(BigInt(context?.source ?? "")) : value;
}
