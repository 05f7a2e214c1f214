/** A full-text query of user code: its rows come from another thread before the first is read. */
import type { QueryStream } from "./query-stream.ts";
import type { DocumentCursor } from "./types.ts";

export class SearchCursor implements DocumentCursor {
  #search: (() => Promise<QueryStream>) | null;
  #stream: QueryStream | null = null;

  constructor(search: () => Promise<QueryStream>) {
    this.#search = search;
  }

  ready(): Promise<void> | null {
    const search = this.#search;
    if (search === null) return null;
    this.#search = null;
    return search().then((stream) => {
      this.#stream = stream;
    });
  }

  next(): string | null {
    if (this.#search !== null) throw new Error("A search is read before it is ready");
    return this.#stream?.next()?.document.json ?? null;
  }

  nextWithin(rows: number): string | null | undefined {
    const row = this.#stream === null ? null : this.#stream.nextWithin(rows);
    return row === undefined ? undefined : (row?.document.json ?? null);
  }

  close(): void {
    this.#search = null;
    this.#stream = null;
  }
}
