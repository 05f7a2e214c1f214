/**
 * Full-text queries as the main thread asks them: starts the text thread with the first
 * one, and tells it what the asking transaction sees otherwise.
 *
 *   main                       text thread
 *    | -- search(predicate) ------> begins reading the store
 *    | <------ reading(ts) -------- which commits it has
 *    | -- seen(differences) ------> from that to the transaction's snapshot and writes
 *    | <------- found(hits) -------
 */
import { StoreError } from "../errors.ts";
import type { Timestamp } from "../rooms.ts";
import type { FromTextThread, SeenTable, TextHit, TextQuery, ToTextThread } from "./messages.ts";
import { SearchThread } from "./search-thread.ts";

/** Called when the store is being read as of `ts`. Null: that is too long ago to know. */
type SeenOtherwise = (ts: Timestamp) => SeenTable | null;

interface Asked {
  readonly seenOtherwise: SeenOtherwise;
  readonly found: (hits: readonly TextHit[]) => void;
  readonly failed: (error: unknown) => void;
}

export class TextSearches {
  readonly #asked = new Map<number, Asked>();
  readonly #thread: SearchThread<ToTextThread, FromTextThread>;
  #nextSearch = 1;

  /** `path` of the store's file. */
  constructor(path: string) {
    this.#thread = new SearchThread(new URL("./text-thread.ts", import.meta.url), path, {
      onMessage: (message) => this.#receive(message),
      onEnd: (reason) => this.#failAll(reason),
    });
  }

  /** The documents that satisfy the predicate, best first, as the asking transaction sees them. */
  search(query: TextQuery, seenOtherwise: SeenOtherwise): Promise<readonly TextHit[]> {
    const search = this.#nextSearch++;
    return new Promise((found, failed) => {
      this.#thread.post({ kind: "search", search, query });
      this.#asked.set(search, { seenOtherwise, found, failed });
    });
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  #receive(message: FromTextThread): void {
    const { search } = message;
    const asked = this.#asked.get(search);
    if (asked === undefined) return;
    if (message.kind === "reading") this.#tell(search, asked, message.ts);
    else {
      this.#asked.delete(search);
      if (message.kind === "found") asked.found(message.hits);
      else asked.failed(new StoreError(`Full-text search failed: ${message.message}`));
    }
  }

  #tell(search: number, asked: Asked, ts: Timestamp): void {
    try {
      this.#thread.post({ kind: "seen", search, table: asked.seenOtherwise(ts) });
    } catch (error) {
      this.#asked.delete(search);
      asked.failed(error);
      // The thread waits for an answer; what comes of it nobody hears.
      this.#thread.post({ kind: "seen", search, table: { differences: [], documents: 0 } });
    }
  }

  #failAll(reason: string): void {
    for (const { failed } of this.#asked.values()) failed(new StoreError(reason));
    this.#asked.clear();
  }
}
