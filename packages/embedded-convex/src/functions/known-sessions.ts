/**
 * Which requests surely have no record yet. A client numbers its requests upwards, so a
 * request beyond everything its session has recorded needs no look into the store (which
 * would cost a tenth of a short mutation). Anything else is looked for.
 *
 * What is known is an upper bound: it is raised before a record is committed, and what
 * happened before this process knew the session is read once.
 */
import type { Transaction } from "../database/types.ts";
import type { SessionRequest } from "./session-requests.ts";

const MAX_SESSIONS = 10_000; // those heard of least lately are read again
const NOTHING = -1;

export class KnownSessions {
  /** The highest request that may be recorded, by session; heard of last comes last. */
  readonly #newest = new Map<string, number>();
  readonly #readNewest: (tx: Transaction, sessionId: string) => number | null;

  /** `readNewest`: the highest recorded request, null when there is none. */
  constructor(readNewest: (tx: Transaction, sessionId: string) => number | null) {
    this.#readNewest = readNewest;
  }

  /** To be asked of a transaction that has just begun. */
  mayBeRecorded(tx: Transaction, { sessionId, requestId }: SessionRequest): boolean {
    const newest = this.#newest.get(sessionId) ?? this.#readNewest(tx, sessionId) ?? NOTHING;
    this.#newest.delete(sessionId);
    this.#newest.set(sessionId, newest);
    if (this.#newest.size > MAX_SESSIONS) {
      const [oldest] = this.#newest.keys();
      if (oldest !== undefined) this.#newest.delete(oldest);
    }
    return requestId <= newest;
  }

  /** To be called before the record is committed. */
  recording({ sessionId, requestId }: SessionRequest): void {
    const newest = this.#newest.get(sessionId);
    if (newest !== undefined && requestId > newest) this.#newest.set(sessionId, requestId);
  }
}
