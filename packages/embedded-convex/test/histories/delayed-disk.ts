/**
 * A database that hears of its syncs only when the history says so: commits stay not yet
 * durable for as long as that takes, and what functions see depends on the seed, not on the
 * speed of a disk. It also notes which transactions ran at the same time.
 */
import type {
  BeginOptions,
  CommitOptions,
  CommitReceipt,
  Database,
  SchemaPush,
  Transaction,
} from "../../src/database/types.ts";
import { ConflictError } from "../../src/errors.ts";
import type { Commit, Timestamp } from "../../src/rooms.ts";

/** From the snapshot to the commit, or to the last read of a query. */
interface Span {
  readonly from: number;
  to: number;
  /** A function's, and it was not in vain. */
  counts: boolean;
}

export interface Concurrency {
  readonly transactions: number;
  /** Ran while another one did. */
  readonly overlapped: number;
  readonly conflicts: number;
}

export class DelayedDisk implements Database {
  readonly #inner: Database;
  readonly #listeners = new Set<(commits: readonly Commit[]) => void>();
  readonly #waiting: { readonly ts: Timestamp; readonly resolve: () => void }[] = [];
  #synced: Commit[] = [];
  #shownTs: Timestamp;
  #isHeld = false;
  #spans: Span[] = [];
  readonly #spanOf = new WeakMap<Transaction, Span>();
  #moments = 0;
  #conflicts = 0;
  /** Called before a function reads or writes. */
  onAccess: () => void = () => {};

  constructor(inner: Database) {
    this.#inner = inner;
    this.#shownTs = inner.durableTs;
    inner.onDurable((commits) => {
      this.#synced.push(...commits);
      if (!this.#isHeld) this.#show();
    });
  }

  get durableTs(): Timestamp {
    return this.#shownTs;
  }

  get latestTs(): Timestamp {
    return this.#inner.latestTs;
  }

  get catalog() {
    return this.#inner.catalog;
  }

  stats() {
    return this.#inner.stats();
  }

  seal(text: string): string {
    return this.#inner.seal(text);
  }

  /** From here on syncs are heard of by `sync` alone. */
  hold(): void {
    this.#isHeld = true;
    this.#spans = [];
    this.#conflicts = 0;
  }

  get isBehind(): boolean {
    return this.#shownTs < this.latestTs;
  }

  /** Everything committed until now is durable, and whoever waits is told. */
  async sync(): Promise<void> {
    await this.#inner.whenDurable(this.latestTs);
    this.#show();
  }

  /** As any database again. */
  async release(): Promise<void> {
    this.#isHeld = false;
    await this.sync();
  }

  begin({ durable = false, ...options }: BeginOptions = {}): Transaction {
    const isQuery = durable || options.at !== undefined;
    const tx = this.#inner.begin(durable ? { ...options, at: this.#shownTs } : options);
    const span: Span = { from: this.#moments++, to: Number.POSITIVE_INFINITY, counts: isQuery };
    this.#spans.push(span);
    this.#spanOf.set(tx, span);
    this.#watchAccess(tx);
    const close = tx.close.bind(tx);
    tx.close = () => {
      span.to = Math.min(span.to, this.#moments++);
      close();
    };
    return tx;
  }

  commit(tx: Transaction, options: CommitOptions): CommitReceipt {
    try {
      const { ts } = this.#inner.commit(tx, options);
      const span = this.#spanOf.get(tx);
      if (span !== undefined) span.counts = options.source !== null;
      return { ts, durable: this.whenDurable(ts) };
    } catch (error) {
      if (error instanceof ConflictError && options.source !== null) this.#conflicts++;
      throw error;
    }
  }

  onDurable(listener: (commits: readonly Commit[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  whenDurable(ts: Timestamp): Promise<void> {
    if (ts <= this.#shownTs) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ ts, resolve }));
  }

  prepareSchema(schema: Parameters<Database["prepareSchema"]>[0]): SchemaPush {
    return this.#inner.prepareSchema(schema);
  }

  diffSchema(schema: Parameters<Database["diffSchema"]>[0]) {
    return this.#inner.diffSchema(schema);
  }

  vectorSearch(...search: Parameters<Database["vectorSearch"]>) {
    return this.#inner.vectorSearch(...search);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Of functions since `hold`. */
  concurrency(): Concurrency {
    const spans = this.#spans.filter(({ counts }) => counts);
    const overlapped = spans.filter((one) =>
      spans.some((other) => other !== one && one.from < other.to && other.from < one.to),
    );
    return {
      transactions: spans.length,
      overlapped: overlapped.length,
      conflicts: this.#conflicts,
    };
  }

  #watchAccess(tx: Transaction): void {
    const { get, openQuery, insert, patch } = tx;
    const watched = <A extends unknown[], R>(access: (...args: A) => R) => {
      return (...args: A): R => {
        this.onAccess();
        return access.apply(tx, args);
      };
    };
    tx.get = watched(get);
    tx.openQuery = watched(openQuery);
    tx.insert = watched(insert);
    tx.patch = watched(patch);
  }

  #show(): void {
    const commits = this.#synced;
    this.#synced = [];
    this.#shownTs = commits.at(-1)?.ts ?? this.#shownTs;
    for (const { resolve } of take(this.#waiting, ({ ts }) => ts <= this.#shownTs)) resolve();
    for (const listener of this.#listeners) listener(commits);
  }
}

/** Removes and returns what `matches`. */
function take<T>(list: T[], matches: (one: T) => boolean): T[] {
  const taken = list.filter(matches);
  list.splice(0, list.length, ...list.filter((one) => !matches(one)));
  return taken;
}
