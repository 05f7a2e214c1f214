/**
 * One full-text search of a transaction: from its query to the rows, with what it
 * depends on recorded.
 *
 * [SEARCH6] A search sees its transaction's snapshot and own writes, whatever the store
 *           has by then.
 */
import type { TextHit, TextQuery } from "../search/messages.ts";
import { compileTextQuery } from "../search/text-query.ts";
import type { TextSearches } from "../search/text-searches.ts";
import type { TableInfo } from "./catalog.ts";
import { differences } from "./differences.ts";
import type { PastCommit } from "./history.ts";
import type { SearchRequest } from "./query-plan.ts";
import { indexNotFound, queryableTextIndex } from "./table-access.ts";
import type { OpenTransaction } from "./transaction.ts";

/** What searches need of the database. */
export interface SearchDoor {
  readonly texts: TextSearches;
  /**
   * Commits between two timestamps, whichever is later, oldest first. Null when those
   * after `storeTs` are forgotten; throws OutOfRetentionError when those after `snapshotTs` are.
   */
  commitsBetween(storeTs: bigint, snapshotTs: bigint): readonly PastCommit[] | null;
}

export interface TextSearch extends TextQuery {
  readonly table: TableInfo;
}

/** Throws a DeveloperError for what the developer did wrong. */
export function planSearch(tx: OpenTransaction, request: SearchRequest): TextSearch {
  const { table: tableName, index, filters } = request;
  const table = tx.resolveTable(tableName);
  const name = `${tableName}.${index}`;
  if (table === null) throw indexNotFound(name);
  const spec = queryableTextIndex(table, index);
  return { table, spec, predicate: compileTextQuery(name, spec, filters) };
}

export async function runSearch(
  tx: OpenTransaction,
  { texts, commitsBetween }: SearchDoor,
  { table, spec, predicate }: TextSearch,
): Promise<readonly TextHit[]> {
  if (predicate.terms.length === 0) return [];
  tx.reads.addSearch(predicate);
  return await texts.search({ spec, predicate }, (storeTs) => {
    const commits = commitsBetween(storeTs, tx.beginTs);
    if (commits === null) return null;
    const { number: tableNumber } = table;
    const between = { tableNumber, storeTs, snapshotTs: tx.beginTs, commits };
    return {
      differences: differences({ ...between, ownWrites: tx.writes.all() }),
      documents: tx.countOf(table),
    };
  });
}
