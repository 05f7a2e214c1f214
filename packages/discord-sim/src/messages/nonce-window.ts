/**
 * Remembers for a few minutes which message an author made under which nonce.
 *
 * [DNON1] Within the window a nonce leads to the first message of that author.
 * [DNON2] After it, and for another author, it leads nowhere.
 */
import type { Clock } from "../clock.ts";

/** Discord says "a few minutes". The short end is the harder case for a client. */
export const NONCE_WINDOW_MS = 3 * 60_000;

type Entry = { channelId: string; messageId: string; atMs: number };

export class NonceWindow {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  remember(
    authorId: string,
    nonce: string,
    made: { channelId: string; messageId: string; atMs: number },
  ): void {
    this.#forgetOld();
    this.#entries.set(`${authorId}:${nonce}`, made);
  }

  find(authorId: string, nonce: string): { channelId: string; messageId: string } | undefined {
    this.#forgetOld();
    return this.#entries.get(`${authorId}:${nonce}`);
  }

  #forgetOld(): void {
    const oldestMs = this.#clock.nowMs() - NONCE_WINDOW_MS;
    for (const [key, { atMs }] of this.#entries) {
      if (atMs > oldestMs) return; // entries stand in order of time
      this.#entries.delete(key);
    }
  }
}
