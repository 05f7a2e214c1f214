/** What all views of one transaction share: the snapshot, the writes on top of it, the record of reads. */
import type { Timestamp } from "../rooms.ts";
import type { Catalog, CatalogChange } from "./catalog.ts";
import { CreationTimes } from "./creation-times.ts";
import type { CursorCodec } from "./cursors.ts";
import { ReadSetBuilder } from "./read-set.ts";
import type { Snapshot } from "./scan.ts";
import type { SearchDoor } from "./text-search.ts";
import type { SchemaPush } from "./types.ts";
import { Usage } from "./usage.ts";
import { WriteSet } from "./write-set.ts";

/** What a transaction needs of the database. */
export interface TransactionHost {
  nextSerial(): number;
  random(bytes: number): Uint8Array;
  nowMs(): number;
  countAt(tablet: number, ts: Timestamp): number;
  /** Called once when the transaction ends without a commit. */
  release(beginTs: Timestamp): void;
  readonly cursors: CursorCodec;
  readonly search: SearchDoor;
}

export class TransactionState {
  readonly host: TransactionHost;
  readonly snapshot: Snapshot;
  readonly usage: Usage;
  readonly reads = new ReadSetBuilder();
  readonly writes = new WriteSet();
  readonly startedAtMs: number;
  readonly creationTimes: CreationTimes;
  /** As this transaction sees it, its own changes included. */
  catalog: Catalog;
  /** A schema this transaction makes the active one. */
  activation: SchemaPush | null = null;
  #ended = false;

  constructor(host: TransactionHost, snapshot: Snapshot, catalog: Catalog, usage = new Usage()) {
    this.host = host;
    this.snapshot = snapshot;
    this.catalog = catalog;
    this.usage = usage;
    this.startedAtMs = host.nowMs();
    this.creationTimes = new CreationTimes(this.startedAtMs);
  }

  /** True from the commit or `close` on. */
  get ended(): boolean {
    return this.#ended;
  }

  changeCatalog(change: CatalogChange): void {
    const before = this.catalog;
    this.catalog = before.with([change]);
    this.writes.onRollback(() => {
      this.catalog = before;
    });
  }

  activate(push: SchemaPush): void {
    this.activation = push;
    this.writes.onRollback(() => {
      this.activation = null;
    });
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.host.release(this.snapshot.ts);
  }
}
