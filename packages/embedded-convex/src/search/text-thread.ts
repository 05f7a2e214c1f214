/**
 * The thread that answers full-text queries, one after the other, on its own read
 * connection: a query about a common word walks many rows, and holds up nobody else's.
 */
import type { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import type { Timestamp } from "../rooms.ts";
import { openForReading } from "../store/format.ts";
import { StoreReader } from "../store/reader.ts";
import type { FromTextThread, SeenTable, ToTextThread } from "./messages.ts";
import { TextIndexReader } from "./text-index.ts";

if (parentPort === null) throw new Error("The text thread was started as a program.");
const port = parentPort;

type Search = ToTextThread & { readonly kind: "search" };

class TextThread {
  readonly #sqlite: DatabaseSync;
  readonly #store: StoreReader;
  readonly #indexes = new Map<number, TextIndexReader>();
  readonly #waiting: Search[] = [];
  #current: Search | null = null;

  constructor(path: string) {
    this.#sqlite = openForReading(path);
    this.#store = new StoreReader(this.#sqlite);
  }

  receive(message: ToTextThread): void {
    if (message.kind === "search") {
      this.#waiting.push(message);
      this.#next();
    } else if (this.#current !== null) {
      if (message.table === null) this.#begin(this.#current);
      else this.#finish(this.#current, message.table);
    }
  }

  #next(): void {
    if (this.#current !== null) return;
    this.#current = this.#waiting.shift() ?? null;
    if (this.#current !== null) this.#begin(this.#current);
  }

  /** Says what the store has; all reads until the answer see exactly that. */
  #begin({ search }: Search): void {
    this.#endReading();
    this.#sqlite.exec("BEGIN");
    post({ kind: "reading", search, ts: this.#lastTs() });
  }

  #lastTs(): Timestamp {
    return this.#store.meta("last_ts");
  }

  #finish({ search, query }: Search, table: SeenTable): void {
    try {
      const hits = this.#indexOf(query.spec.id).search(query, table);
      post({ kind: "found", search, hits });
    } catch (error) {
      post({ kind: "failed", search, message: messageOf(error) });
    }
    this.#endReading();
    this.#current = null;
    this.#next();
  }

  #indexOf(id: number): TextIndexReader {
    let index = this.#indexes.get(id);
    if (index === undefined) {
      index = new TextIndexReader(this.#sqlite, id);
      this.#indexes.set(id, index);
    }
    return index;
  }

  #endReading(): void {
    if (this.#sqlite.isTransaction) this.#sqlite.exec("COMMIT");
  }
}

function post(message: FromTextThread): void {
  port.postMessage(message);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const thread = new TextThread(String(workerData));
port.on("message", (message: ToTextThread) => thread.receive(message));
