/**
 * Messages that were seen and not captured, so that their deletion, which names
 * nothing but the id, is not taken for that of a post. The latest thousands are enough.
 */
const MOST = 10_000;

export class IgnoredMessages {
  readonly #ids = new Set<string>(); // oldest first

  add(messageId: string): void {
    this.#ids.add(messageId);
    if (this.#ids.size <= MOST) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      break;
    }
  }

  remove(messageId: string): void {
    this.#ids.delete(messageId);
  }

  has(messageId: string): boolean {
    return this.#ids.has(messageId);
  }
}
