/**
 * What a transaction wants to write: the last version per document, the rows that
 * its own scans must see, and how to take back what a failed nested mutation wrote.
 */
import { SortedMap } from "../store/sorted-map.ts";
import type { TableInfo } from "./catalog.ts";
import type { StoredDocument } from "./documents.ts";
import type { OwnRows } from "./scan.ts";

export interface PendingWrite {
  readonly table: TableInfo;
  readonly id: string;
  /** As the snapshot has it; null for an insert. */
  readonly before: StoredDocument | null;
  readonly after: StoredDocument | null;
}

export class WriteSet {
  readonly #writes = new Map<string, PendingWrite>();
  readonly #rows = new Map<number, OwnRows>();
  readonly #undo: (() => void)[] = [];

  get size(): number {
    return this.#writes.size;
  }

  /** How many steps `rollbackTo` can go back to. */
  get position(): number {
    return this.#undo.length;
  }

  find(table: TableInfo, id: string): PendingWrite | undefined {
    return this.#writes.get(this.#keyOf(table, id));
  }

  all(): Iterable<PendingWrite> {
    return this.#writes.values();
  }

  rows(index: number): OwnRows | undefined {
    return this.#rows.get(index);
  }

  /** `current` is the version being replaced: the snapshot's or an earlier own one. */
  put(
    table: TableInfo,
    id: string,
    current: StoredDocument | null,
    after: StoredDocument | null,
  ): void {
    const key = this.#keyOf(table, id);
    const earlier = this.#writes.get(key);
    const before = earlier === undefined ? current : earlier.before;
    this.#writes.set(key, { table, id, before, after });
    this.#undo.push(() => {
      if (earlier === undefined) this.#writes.delete(key);
      else this.#writes.set(key, earlier);
    });
    const indexes = [...table.indexes.values()].filter((index) => !index.pending);
    if (current !== null)
      for (const { index, key } of current.keysIn(indexes)) this.#setRow(index.id, key, null);
    if (after !== null)
      for (const { index, key } of after.keysIn(indexes)) this.#setRow(index.id, key, after);
  }

  /** Also takes back anything else that was done since: see `onRollback`. */
  rollbackTo(position: number): void {
    while (this.#undo.length > position) this.#undo.pop()?.();
  }

  onRollback(undo: () => void): void {
    this.#undo.push(undo);
  }

  /**
   * Two components may hold documents with the same id, after an import into both; so may two
   * tables of the app, one after the other, when an import gives one the number of the other.
   */
  #keyOf({ component, tablet, name }: TableInfo, id: string): string {
    if (component !== "") return `${tablet} ${id}`;
    const known = this.#writes.get(id);
    return known === undefined || known.table.name === name ? id : `${name} ${id}`;
  }

  #setRow(index: number, key: string, document: StoredDocument | null): void {
    let rows = this.#rows.get(index);
    if (rows === undefined) {
      rows = new SortedMap();
      this.#rows.set(index, rows);
    }
    const map = rows;
    const earlier = map.get(key);
    map.set(key, document);
    this.#undo.push(() => {
      if (earlier === undefined) map.delete(key);
      else map.set(key, earlier);
    });
  }
}
