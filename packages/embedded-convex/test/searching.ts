/** Full-text queries in tests: a table of notes, and what a search of it finds. */
import type { JSONValue } from "convex/values";
import type { Transaction } from "../src/database/types.ts";

const UNDEFINED: JSONValue = { $undefined: null };

/** `notes.by_body` over `body` with `channel` and `pinned` as filters. */
export function searchSchema(table: { readonly [field: string]: JSONValue } = {}): JSONValue {
  const index = {
    indexDescriptor: "by_body",
    searchField: "body",
    filterFields: ["channel", "pinned"],
  };
  return {
    tables: [
      {
        tableName: "notes",
        indexes: [],
        searchIndexes: [index],
        vectorIndexes: [],
        documentType: { type: "any" },
        ...table,
      },
    ],
    schemaValidation: true,
  };
}

/** An undefined filter matches documents without the field. */
export function searchQuery(
  text: string,
  filters: { readonly [field: string]: JSONValue | undefined } = {},
  operators: JSONValue[] = [],
  index = "by_body",
): JSONValue {
  const equalities = Object.entries(filters).map(
    ([fieldPath, value]): JSONValue => ({
      type: "Eq",
      fieldPath,
      value: value === undefined ? UNDEFINED : value,
    }),
  );
  return {
    source: {
      type: "Search",
      indexName: `notes.${index}`,
      filters: [{ type: "Search", fieldPath: "body", value: text }, ...equalities],
    },
    operators,
  };
}

export async function searchDocuments(
  tx: Transaction,
  query: JSONValue,
): Promise<{ readonly [field: string]: JSONValue }[]> {
  const cursor = tx.openQuery(query);
  await cursor.prepare();
  const documents: { readonly [field: string]: JSONValue }[] = [];
  for (let json = cursor.next(); json !== null; json = cursor.next()) {
    documents.push(JSON.parse(json));
  }
  return documents;
}

/** The bodies found, in their order. */
export async function searchTexts(
  tx: Transaction,
  text: string,
  filters: { readonly [field: string]: JSONValue | undefined } = {},
  index = "by_body",
): Promise<JSONValue[]> {
  const documents = await searchDocuments(tx, searchQuery(text, filters, [], index));
  return documents.map(({ body }) => body ?? null);
}
