/** A document's JSON text, taken apart. */
import { type JSONValue, jsonToConvex, type Value } from "convex/values";

export type DocumentFields = { readonly [field: string]: JSONValue };

export function parseFields(json: string): DocumentFields {
  return JSON.parse(json); // only this engine writes these texts
}

/** The value at a dotted path; undefined when any step is missing or not an object. */
export function fieldValue(fields: DocumentFields, path: string): Value | undefined {
  const json = fieldJson(fields, path);
  return json === undefined ? undefined : jsonToConvex(json);
}

/** The same, still encoded. */
export function fieldJson(fields: DocumentFields, path: string): JSONValue | undefined {
  let at: JSONValue | undefined = fields;
  for (const name of path.includes(".") ? path.split(".") : [path]) {
    if (at === null || typeof at !== "object" || Array.isArray(at) || !Object.hasOwn(at, name)) {
      return undefined;
    }
    at = at[name];
  }
  return at;
}
