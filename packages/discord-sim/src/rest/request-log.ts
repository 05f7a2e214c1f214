/** The last REST requests, for tests that count what a bot did. */

export type LoggedRequest = { method: string; path: string; status: number; atMs: number };

const KEPT = 2_000;

export class RequestLog {
  #entries: LoggedRequest[] = [];

  add(entry: LoggedRequest): void {
    this.#entries.push(entry);
    if (this.#entries.length > KEPT * 2) this.#entries = this.#entries.slice(-KEPT);
  }

  /** Oldest first. */
  all(): readonly LoggedRequest[] {
    return this.#entries;
  }

  clear(): void {
    this.#entries = [];
  }
}
