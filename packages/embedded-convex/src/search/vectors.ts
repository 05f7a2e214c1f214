/** Vectors: read from values, scaled to length one, compared. */
import type { JSONValue } from "convex/values";

/** Null unless the value is an array of exactly so many float64. */
export function unitVector(value: JSONValue | undefined, dimensions: number): Float32Array | null {
  if (!Array.isArray(value) || value.length !== dimensions) return null;
  const vector = new Float32Array(dimensions);
  for (const [i, element] of value.entries()) {
    const number = asFloat64(element);
    if (number === null) return null;
    vector[i] = number;
  }
  return scaleToUnit(vector);
}

/** In place. A vector of zeros has no direction and stays as it is. */
export function scaleToUnit(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const element of vector) squares += element * element;
  const length = Math.sqrt(squares);
  if (length > 0) for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] ?? 0) / length;
  return vector;
}

/** A float64 as it stands in encoded JSON: a number, or a special one spelled out. */
function asFloat64(json: JSONValue): number | null {
  if (typeof json === "number") return json;
  if (json === null || typeof json !== "object" || Array.isArray(json)) return null;
  const { $float: special } = json;
  return typeof special === "string" ? Buffer.from(special, "base64").readDoubleLE() : null;
}
