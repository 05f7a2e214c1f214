/**
 * [ACT30] HTTP actions share a heap, and nobody can tell which of them used it up. Each
 * request that was lost with it is a suspect: the next one of its kind runs in a heap of
 * its own, until one has ended well. So a hungry one harms its neighbours once.
 */
import type { HttpJob } from "./protocol.ts";

const MAX_SUSPECTS = 1_000;

export class MemorySuspects {
  /** The longest suspected first. */
  readonly #kinds = new Set<string>();

  has(job: HttpJob): boolean {
    return this.#kinds.has(kindOf(job));
  }

  add(job: HttpJob): void {
    this.#kinds.add(kindOf(job));
    const [oldest] = this.#kinds;
    if (this.#kinds.size > MAX_SUSPECTS && oldest !== undefined) this.#kinds.delete(oldest);
  }

  clear(job: HttpJob): void {
    this.#kinds.delete(kindOf(job));
  }
}

function kindOf({ method, url }: HttpJob): string {
  return `${method} ${new URL(url).pathname}`;
}
