/**
 * A document as the database holds it: its JSON text, parsed only when an index
 * key, a filter or a validator needs the value.
 */
import { type JSONValue, jsonToConvex, type Value } from "convex/values";
import type { IndexKey } from "../rooms.ts";
import type { DocumentRow } from "../store/messages.ts";
import { encodeKey } from "../values/keys.ts";
import type { IndexInfo } from "./catalog.ts";

export type DocumentFields = { readonly [field: string]: JSONValue };

/** One version of a document. Never changes. */
export class StoredDocument implements DocumentRow {
  readonly serial: number;
  readonly table: number;
  readonly id: string;
  readonly size: number;
  readonly json: string;
  #keys: Map<number, IndexKey> | null = null;

  constructor(row: DocumentRow) {
    this.serial = row.serial;
    this.table = row.table;
    this.id = row.id;
    this.size = row.size;
    this.json = row.json;
  }

  fields(): DocumentFields {
    return parseFields(this.json);
  }

  /** Keys in these indexes, in their order; computed once per index. */
  keysIn(indexes: Iterable<IndexInfo>): { index: IndexInfo; key: IndexKey }[] {
    this.#keys ??= new Map();
    const keys: { index: IndexInfo; key: IndexKey }[] = [];
    let fields: DocumentFields | null = null;
    for (const index of indexes) {
      let key = this.#keys.get(index.id);
      if (key === undefined) {
        fields ??= this.fields();
        key = indexKey(index.fields, fields, this.id);
        this.#keys.set(index.id, key);
      }
      keys.push({ index, key });
    }
    return keys;
  }
}

export function parseFields(json: string): DocumentFields {
  return JSON.parse(json); // only this engine writes these texts
}

/** The key under which a document stands: its indexed fields, then its id. */
export function indexKey(paths: readonly string[], fields: DocumentFields, id: string): IndexKey {
  const values: (Value | undefined)[] = paths.map((path) => fieldValue(fields, path));
  values.push(id);
  return encodeKey(values);
}

/** The key of one document in by_id. */
export function idKey(id: string): IndexKey {
  return encodeKey([id]);
}

/** The value at a dotted path; undefined when any step is missing or not an object. */
export function fieldValue(fields: DocumentFields, path: string): Value | undefined {
  let at: JSONValue | undefined = fields;
  for (const name of path.includes(".") ? path.split(".") : [path]) {
    if (at === null || typeof at !== "object" || Array.isArray(at) || !Object.hasOwn(at, name)) {
      return undefined;
    }
    at = at[name];
  }
  return at === undefined ? undefined : jsonToConvex(at);
}
