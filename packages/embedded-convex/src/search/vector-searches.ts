/** Vector queries as the main thread asks them: starts the vector thread with the first one. */
import { StoreError } from "../errors.ts";
import type { FromVectorThread, ToVectorThread, VectorHit } from "./messages.ts";
import { SearchThread } from "./search-thread.ts";
import type { VectorQuery } from "./vector-query.ts";

interface Asked {
  readonly found: (hits: readonly VectorHit[]) => void;
  readonly failed: (error: unknown) => void;
}

export class VectorSearches {
  readonly #asked = new Map<number, Asked>();
  readonly #thread: SearchThread<ToVectorThread, FromVectorThread>;
  #nextSearch = 1;

  /** `path` of the store's file. */
  constructor(path: string) {
    this.#thread = new SearchThread(new URL("./vector-thread.ts", import.meta.url), path, {
      onMessage: (message) => this.#receive(message),
      onEnd: (reason) => this.#failAll(reason),
    });
  }

  /** The nearest vectors of what is durable now. */
  search(query: VectorQuery): Promise<readonly VectorHit[]> {
    const search = this.#nextSearch++;
    return new Promise((found, failed) => {
      this.#thread.post({ search, query });
      this.#asked.set(search, { found, failed });
    });
  }

  close(): Promise<void> {
    return this.#thread.close();
  }

  #receive(message: FromVectorThread): void {
    const asked = this.#asked.get(message.search);
    this.#asked.delete(message.search);
    if (message.kind === "found") asked?.found(message.hits);
    else asked?.failed(new StoreError(`Vector search failed: ${message.message}`));
  }

  #failAll(reason: string): void {
    for (const { failed } of this.#asked.values()) failed(new StoreError(reason));
    this.#asked.clear();
  }
}
