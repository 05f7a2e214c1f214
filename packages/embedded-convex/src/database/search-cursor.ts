/** A full-text query of user code: its rows come from another thread before the first is read. */
import type { QueryStream } from "./query-stream.ts";
import type { DocumentCursor } from "./types.ts";

export class SearchCursor implements DocumentCursor {
  readonly #search: () => Promise<QueryStream>;
  /** Null before they came and after they were let go. */
  #stream: QueryStream | null = null;
  #closed = false;

  constructor(search: () => Promise<QueryStream>) {
    this.#search = search;
  }

  get isReady(): boolean {
    return this.#closed || this.#stream !== null;
  }

  async prepare(): Promise<void> {
    const stream = await this.#search();
    if (!this.#closed) this.#stream = stream;
  }

  next(): string | null {
    if (!this.isReady) throw new Error("A search is read before it is ready");
    return this.#stream?.next()?.document.json ?? null;
  }

  nextWithin(rows: number): string | null | undefined {
    const row = this.#stream === null ? null : this.#stream.nextWithin(rows);
    return row === undefined ? undefined : (row?.document.json ?? null);
  }

  close(): void {
    this.#closed = true;
    this.#stream = null;
  }
}
