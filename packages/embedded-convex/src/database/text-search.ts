/**
 * One full-text search of a transaction: from its query to the rows, with what it
 * depends on recorded.
 *
 * [SEARCH6] A search sees its transaction's snapshot and own writes, whatever the store
 *           has by then.
 */
import type { Timestamp } from "../rooms.ts";
import type { TextHit, TextQuery } from "../search/messages.ts";
import { compileTextQuery } from "../search/text-query.ts";
import type { TextSearches } from "../search/text-searches.ts";
import { END_OF_INDEX } from "../values/keys.ts";
import type { TableInfo } from "./catalog.ts";
import type { CursorCodec } from "./cursors.ts";
import { differences } from "./differences.ts";
import type { StoredDocument } from "./documents.ts";
import type { PastCommit } from "./history.ts";
import { lastOf, type PageSource, runPage } from "./pagination.ts";
import { type Operator, parseSearchQuery, type SearchRequest } from "./query-plan.ts";
import { QueryStream } from "./query-stream.ts";
import type { ReadSetBuilder } from "./read-set.ts";
import type { ScanRange } from "./scan.ts";
import { SearchCursor } from "./search-cursor.ts";
import { SearchRows } from "./search-rows.ts";
import { indexNotFound, queryableTextIndex } from "./table-access.ts";
import type { DocumentCursor, Page, PageRequest } from "./types.ts";
import type { Usage } from "./usage.ts";
import type { WriteSet } from "./write-set.ts";

/** What searches need of the database. */
export interface SearchDoor {
  readonly texts: TextSearches;
  /**
   * Commits between two timestamps, whichever is later, oldest first. Null when those
   * after `storeTs` are forgotten; throws OutOfRetentionError when those after `snapshotTs` are.
   */
  commitsBetween(storeTs: Timestamp, snapshotTs: Timestamp): readonly PastCommit[] | null;
}

/** What a search needs of its transaction. */
interface SearchingTransaction {
  readonly beginTs: Timestamp;
  readonly usage: Usage;
  readonly state: {
    readonly reads: ReadSetBuilder;
    readonly writes: WriteSet;
    readonly host: { readonly search: SearchDoor; readonly cursors: CursorCodec };
  };
  resolveTable(name: string): TableInfo | null;
  /** Records the read. */
  readDocument(table: TableInfo, id: string): StoredDocument | null;
  /** Own writes included; records nothing. */
  countOf(table: TableInfo): number;
}

interface TextSearch extends TextQuery {
  readonly table: TableInfo;
  readonly operators: readonly Operator[];
}

/** Throws a DeveloperError for what the developer did wrong. */
export function openSearch(tx: SearchingTransaction, request: SearchRequest): DocumentCursor {
  const search = planSearch(tx, request);
  return new SearchCursor(async () => streamOf(tx, search, await runSearch(tx, search)));
}

/** Rejects with a DeveloperError for what the developer did wrong. */
export async function searchPage(
  tx: SearchingTransaction,
  request: PageRequest,
  journalEndCursor: string | null,
): Promise<Page> {
  const search = planSearch(tx, parseSearchQuery(request.query));
  const hits = await runSearch(tx, search);
  const source: PageSource = {
    usage: tx.usage,
    indexFields: [search.spec.searchField, ...search.spec.filterFields],
    splits: false,
    openStream: (narrow) => streamOf(tx, search, hits, narrow),
  };
  return lastOf(runPage(source, tx.state.host.cursors, request, journalEndCursor));
}

function planSearch(tx: SearchingTransaction, request: SearchRequest): TextSearch {
  const { table: tableName, index, filters, operators } = request;
  const table = tx.resolveTable(tableName);
  const name = `${tableName}.${index}`;
  if (table === null) throw indexNotFound(name);
  const spec = queryableTextIndex(table, index);
  return { table, spec, predicate: compileTextQuery(name, spec, filters), operators };
}

async function runSearch(
  tx: SearchingTransaction,
  { table, spec, predicate }: TextSearch,
): Promise<readonly TextHit[]> {
  if (predicate.terms.length === 0) return [];
  const { reads, writes, host } = tx.state;
  const { texts, commitsBetween } = host.search;
  reads.addSearch(predicate);
  return await texts.search({ spec, predicate }, (storeTs) => {
    const commits = commitsBetween(storeTs, tx.beginTs);
    if (commits === null) return null;
    const between = { tablet: table.tablet, storeTs, snapshotTs: tx.beginTs, commits };
    return {
      differences: differences({ ...between, ownWrites: writes.all() }),
      documents: tx.countOf(table),
    };
  });
}

function streamOf(
  tx: SearchingTransaction,
  { table, spec, operators }: TextSearch,
  hits: readonly TextHit[],
  narrow = (range: ScanRange): ScanRange => range,
): QueryStream {
  const all = { index: spec.id, start: "", end: END_OF_INDEX, descending: false };
  const read = (id: string) => tx.readDocument(table, id);
  return new QueryStream(new SearchRows(hits, read, narrow(all)), operators);
}
