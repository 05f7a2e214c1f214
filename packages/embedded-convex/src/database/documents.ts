/**
 * A document as the database holds it: its JSON text, parsed only when an index
 * key, a filter or a validator needs the value.
 */
import type { Value } from "convex/values";
import type { IndexKey, TextIndexSpec } from "../rooms.ts";
import { TextEntry } from "../search/text-entry.ts";
import type { DocumentRow } from "../store/messages.ts";
import { type DocumentFields, fieldValue, parseFields } from "../values/document-fields.ts";
import { encodeKey } from "../values/keys.ts";
import type { IndexInfo } from "./catalog.ts";

/** One version of a document. Never changes. */
export class StoredDocument implements DocumentRow {
  readonly serial: number;
  readonly table: number;
  readonly id: string;
  readonly size: number;
  readonly json: string;
  #keys: Map<number, IndexKey> | null = null;
  #texts: Map<number, TextEntry> | null = null;

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

  /** What a full-text index has of it; made once per index. */
  textIn(spec: TextIndexSpec): TextEntry {
    this.#texts ??= new Map();
    let text = this.#texts.get(spec.id);
    if (text === undefined) {
      text = new TextEntry(spec, this.fields());
      this.#texts.set(spec.id, text);
    }
    return text;
  }
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
