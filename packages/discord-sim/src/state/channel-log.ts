/**
 * The messages of one channel in order of age, with pages as the REST API
 * cuts them.
 *
 * Owns the order: ids only ever grow, so appending keeps it.
 */
import type { MessageRecord } from "./records.ts";
import { compareSnowflakes } from "./snowflakes.ts";

export type PageQuery = { limit: number } & (
  | { from: "newest" }
  | { from: "before" | "after" | "around"; id: string }
);

export class ChannelLog {
  readonly #ids: string[] = [];
  readonly #byId = new Map<string, MessageRecord>();

  append(message: MessageRecord): void {
    this.#ids.push(message.id);
    this.#byId.set(message.id, message);
  }

  find(id: string): MessageRecord | undefined {
    return this.#byId.get(id);
  }

  remove(id: string): boolean {
    if (!this.#byId.delete(id)) return false;
    this.#ids.splice(this.#firstAtOrAfter(id), 1);
    return true;
  }

  /** Oldest first. */
  all(): MessageRecord[] {
    return this.#take(0, this.#ids.length);
  }

  lastId(): string | null {
    return this.#ids.at(-1) ?? null;
  }

  /** Newest first, as Discord lists them; `after` takes the oldest ones after that id. */
  page(query: PageQuery): MessageRecord[] {
    return this.#pageOldestFirst(query).reverse();
  }

  #pageOldestFirst(query: PageQuery): MessageRecord[] {
    const { limit } = query;
    if (query.from === "newest") return this.#take(this.#ids.length - limit, this.#ids.length);
    const at = this.#firstAtOrAfter(query.id);
    const past = this.#ids[at] === query.id ? at + 1 : at;
    switch (query.from) {
      case "before":
        return this.#take(at - limit, at);
      case "after":
        return this.#take(past, past + limit);
      case "around": {
        const start = Math.max(0, at - Math.floor(limit / 2));
        return this.#take(start, start + limit);
      }
      default:
        return query satisfies never;
    }
  }

  #take(start: number, end: number): MessageRecord[] {
    return this.#ids
      .slice(Math.max(0, start), Math.max(0, end))
      .flatMap((id) => this.#byId.get(id) ?? []);
  }

  #firstAtOrAfter(id: string): number {
    let low = 0;
    let high = this.#ids.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareSnowflakes(this.#ids[middle] ?? id, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
