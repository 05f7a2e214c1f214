/**
 * From a transaction's writes to one commit: what changes in which index, what the
 * store must do, and what the recent past has to remember. Pure.
 */
import type { Commit, IndexWrite, Timestamp } from "../rooms.ts";
import type { CommitRows } from "../store/messages.ts";
import type { Catalog, CatalogChange, TableInfo } from "./catalog.ts";
import { catalogChange } from "./catalog-rows.ts";
import { StoredDocument } from "./documents.ts";
import type { DocumentChange, PastCommit } from "./history.ts";
import type { KeyChange } from "./recent-versions.ts";
import { SearchedWrites } from "./searched-writes.ts";
import type { PendingWrite } from "./write-set.ts";

/** How a placeholder for the commit's timestamp stands in JSON text; quotes inside strings are escaped. */
const COMMIT_TS_TEXT = '{"$commitTs":null}';

interface CommitInput {
  readonly ts: Timestamp;
  readonly source: string | null;
  readonly nowMs: number;
  readonly nextSerial: number;
  readonly writes: Iterable<PendingWrite>;
  /** The newest catalog, not the transaction's: it may have got indexes since. */
  readonly catalog: Catalog;
}

interface BuiltCommit {
  readonly past: PastCommit;
  readonly rows: CommitRows;
}

export function buildCommit(input: CommitInput): BuiltCommit {
  const documents = changedDocuments(input);
  const catalog = input.catalog.with(documents.flatMap((change) => change.catalogChange));
  const builder = new Builder();
  for (const [at, change] of documents.entries()) builder.add(at, change, catalog, input.catalog);
  const { ts, source } = input;
  const names = documents.map(({ id, table }) => ({ id, table }));
  const { searched } = builder;
  return {
    past: {
      commit: {
        ts,
        source,
        indexWrites: builder.indexWrites,
        documents: names,
        ...searchWrites(searched),
      },
      committedAtMs: input.nowMs,
      documents,
      keys: builder.keys,
      documentOfWrite: builder.documentOfWrite,
      catalog,
      counts: builder.counts,
    },
    rows: {
      ts,
      nextSerial: input.nextSerial,
      ...builder.rows,
      ...(searched === null ? {} : { searched: searched.rows }),
      counts: [...builder.counts],
    },
  };
}

interface CatalogedChange extends DocumentChange {
  readonly catalogChange: readonly CatalogChange[];
}

function changedDocuments({ writes, ts }: CommitInput): CatalogedChange[] {
  const changes: CatalogedChange[] = [];
  for (const { table, id, before, after } of writes) {
    if (before?.json === after?.json) continue; // came and went, or back to what it was
    const resolved = after === null ? null : resolveCommitTs(after, ts);
    const forCatalog = catalogChange(table, before, resolved);
    changes.push({
      component: table.component,
      table: table.name,
      tablet: table.tablet,
      id,
      before,
      after: resolved,
      catalogChange: forCatalog === null ? [] : [forCatalog],
    });
  }
  return changes;
}

function resolveCommitTs(document: StoredDocument, ts: Timestamp): StoredDocument {
  if (!document.json.includes(COMMIT_TS_TEXT)) return document;
  const json = document.json.replaceAll(COMMIT_TS_TEXT, commitTsJson(ts));
  const { serial, table, id, size } = document;
  return new StoredDocument({ serial, table, id, size, json });
}

/** The encoded int64 of a commit's timestamp, as JSON text. */
function commitTsJson(ts: Timestamp): string {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(ts);
  return `{"$integer":"${bytes.toString("base64")}"}`;
}

function searchWrites(searched: SearchedWrites | null): Pick<Commit, "searchWrites"> {
  return searched === null || searched.writes.length === 0 ? {} : { searchWrites: searched.writes };
}

class Builder {
  readonly keys: KeyChange[] = [];
  readonly indexWrites: IndexWrite[] = [];
  readonly documentOfWrite: number[] = [];
  readonly counts = new Map<number, number>();
  /** Null until a table with a full-text or vector index is written. */
  searched: SearchedWrites | null = null;
  readonly rows = {
    puts: [] as StoredDocument[],
    removes: [] as number[],
    removedRows: [] as { index: number; key: string }[],
    putRows: [] as { index: number; key: string; serial: number }[],
  };

  add(at: number, change: DocumentChange, catalog: Catalog, old: Catalog): void {
    // A table that got another number had its documents removed under the old one.
    const now = catalog.tablet(change.tablet);
    const table = now?.name === change.table ? now : old.tablet(change.tablet);
    if (table !== null) this.#addKeys(at, change, table);
    if (table !== null && table.searches.size > 0) this.#addSearched(at, change, table);
    const { before, after, tablet } = change;
    if (after !== null) this.rows.puts.push(after);
    else if (before !== null) this.rows.removes.push(before.serial);
    const more = Number(after !== null) - Number(before !== null);
    if (more !== 0) this.counts.set(tablet, (this.counts.get(tablet) ?? 0) + more);
  }

  #addSearched(at: number, change: DocumentChange, table: TableInfo): void {
    this.searched ??= new SearchedWrites();
    this.searched.add(at, change, table);
  }

  #addKeys(at: number, { before, after }: DocumentChange, table: TableInfo): void {
    const indexes = [...table.indexes.values()];
    const oldKeys = before === null ? [] : before.keysIn(indexes);
    const newKeys = after === null ? [] : after.keysIn(indexes);
    for (const [i, { id: index }] of indexes.entries()) {
      const oldKey = oldKeys[i]?.key;
      const newKey = newKeys[i]?.key;
      if (oldKey !== undefined && oldKey !== newKey) {
        this.#addKey(at, { index, key: oldKey, before, after: null });
        this.rows.removedRows.push({ index, key: oldKey });
      }
      if (newKey !== undefined && after !== null) {
        const moved = oldKey !== newKey;
        this.#addKey(at, { index, key: newKey, before: moved ? null : before, after });
        if (moved) this.rows.putRows.push({ index, key: newKey, serial: after.serial });
      }
    }
  }

  #addKey(at: number, change: KeyChange): void {
    this.keys.push(change);
    this.indexWrites.push({ indexId: change.index, key: change.key });
    this.documentOfWrite.push(at);
  }
}
