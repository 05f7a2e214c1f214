/**
 * The queries that are being watched, each distinct one executed once per commit
 * that touches it, whatever the number of watchers.
 *
 *   commit durable -> touch index -> results touched -> executed anew -> holders told to read
 *   holder reads at `cache.ts` -> known result, a running execution, or a new one
 *
 * Nothing is executed for a commit that no read set intersects, nor for queries
 * nobody watches: executions start when somebody reads, or holds what was touched.
 *
 * [SUB5] A commit during an execution counts: its result is not taken for later timestamps.
 * [SUB6] A query nobody watches is forgotten at once.
 * [SUB9] Of the queries a commit touches, the most watched ones are executed first.
 * [SUB7] At most 20 executions run at the same time; a busy engine is retried with backoff.
 * [SUB12] Many executions in a row let others have their turn.
 * [SUB11] A closed cache neither executes nor answers.
 */
import type { JSONValue } from "convex/values";
import { OutOfRetentionError, OverloadedError } from "../errors.ts";
import type {
  AllowedVisibility,
  Clock,
  Commit,
  FunctionAddress,
  FunctionRunner,
  Identity,
  Timestamp,
} from "../rooms.ts";
import { identityKey } from "./identity-key.ts";
import { QueryFamily, type Reader, type Reading, type Run, tellHolders } from "./query-family.ts";
import { type ResultHolder, SharedResult } from "./shared-result.ts";
import { overlaps, TouchIndex } from "./touch-index.ts";

const MAX_PARALLEL_RUNS = 20;
/** Executions that end at once, for want of a function, would go on without ever letting go of the loop. */
const MAX_AT_A_STRETCH = 40;
const TIME_IS_FRESH_MS = 5_000; // how old "now" may be in a result handed to somebody new
const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 2_000;
const MAX_RETRIES = 8;

export interface QuerySpec {
  readonly address: FunctionAddress;
  /** Positional, encoded. */
  readonly args: readonly JSONValue[];
  readonly journal: string | null;
  readonly allowed: AllowedVisibility;
}

export interface QuerySubscription {
  /** What was read last; null before. */
  readonly held: SharedResult | null;
  /**
   * Gives the result that holds at `ts`, which must be `cache.ts`. `done` is called once,
   * possibly at once, never after `close`. With `exact` the answer is "stale" only when
   * `ts` is no longer kept.
   */
  read(ts: Timestamp, exact: boolean, done: (reading: Reading) => void): void;
  /** Safe to repeat. */
  close(): void;
}

export interface WatchListener {
  /** The held result no longer holds. Whoever reads for another reason must read this query too. */
  onTouched(): void;
  /** After `onTouched`, when a newer result is there or must be asked for: time to read. */
  onReady(): void;
}

export interface QueryCacheStats {
  readonly executions: number;
  readonly queries: number;
  readonly subscriptions: number;
  /** Readings answered with a result that was there, or an execution already under way. */
  readonly hits: number;
  /** Executions that wait for one of the others to end. */
  readonly waiting: number;
  readonly running: number;
}

export interface QueryCache {
  /** Every commit up to here has been looked at; the timestamp to read at. */
  readonly ts: Timestamp;
  subscribe(spec: QuerySpec, identity: Identity, listener: WatchListener): QuerySubscription;
  /** Calls back once `ts` has reached `wanted`, at once when it has. */
  whenAt(wanted: Timestamp, callback: () => void): void;
  stats(): QueryCacheStats;
  /** From here on nothing is executed, and a reading that needs it is not answered. */
  close(): void;
}

/** What the cache needs of the database. */
export interface CommitFeed {
  readonly durableTs: Timestamp;
  onDurable(listener: (commits: readonly Commit[]) => void): () => void;
}

export interface QueryCacheOptions {
  readonly database: CommitFeed;
  readonly runner: Pick<FunctionRunner, "query">;
  readonly clock: Clock;
  readonly random: (bytes: number) => Uint8Array;
}

export function createQueryCache(options: QueryCacheOptions): QueryCache {
  return new SharedQueries(options);
}

interface WatchedQuery {
  readonly key: string;
  readonly spec: QuerySpec;
  readonly family: QueryFamily;
  watchers: number;
}

class SharedQueries implements QueryCache {
  ts: Timestamp;
  readonly #options: QueryCacheOptions;
  readonly #stopListening: () => void;
  readonly #queries = new Map<string, WatchedQuery>();
  readonly #index = new TouchIndex<SharedResult>();
  readonly #unfinished = new Set<Run>();
  readonly #queue: (() => void)[] = [];
  /** Commits that executions under way have not seen, oldest first. */
  #unseen: Commit[] = [];
  #waitingForTs: { readonly wanted: Timestamp; readonly callback: () => void }[] = [];
  #running = 0;
  #atAStretch = 0;
  #executions = 0;
  #hits = 0;
  #subscriptions = 0;
  #closed = false;

  constructor(options: QueryCacheOptions) {
    this.#options = options;
    this.ts = options.database.durableTs;
    this.#stopListening = options.database.onDurable((commits) => this.#advance(commits));
  }

  subscribe(spec: QuerySpec, identity: Identity, listener: WatchListener): QuerySubscription {
    const query = this.#watched(spec);
    query.watchers++;
    this.#subscriptions++;
    return new Watcher(query.family, identity, listener, {
      retire: (result) => this.#retire(query, result),
      left: () => {
        query.watchers--;
        this.#subscriptions--;
        this.#forgetIfUnused(query);
      },
    });
  }

  whenAt(wanted: Timestamp, callback: () => void): void {
    if (wanted <= this.ts) callback();
    else this.#waitingForTs.push({ wanted, callback });
  }

  stats(): QueryCacheStats {
    return {
      executions: this.#executions,
      queries: this.#queries.size,
      subscriptions: this.#subscriptions,
      hits: this.#hits,
      waiting: this.#queue.length,
      running: this.#running,
    };
  }

  close(): void {
    this.#closed = true;
    this.#stopListening();
    this.#queue.length = 0;
  }

  #watched(spec: QuerySpec): WatchedQuery {
    const { address, args, journal, allowed } = spec;
    const key = JSON.stringify([address.component, address.path, args, journal, allowed]);
    let query = this.#queries.get(key);
    if (query === undefined) {
      query = { key, spec, watchers: 0, family: this.#newFamily(journal, () => query) };
      this.#queries.set(key, query);
    }
    return query;
  }

  #newFamily(journal: string | null, query: () => WatchedQuery | undefined): QueryFamily {
    return new QueryFamily(journal, {
      start: (run) => {
        const owner = query();
        if (owner !== undefined) this.#enqueue(owner, run);
      },
      shared: () => this.#hits++,
      isOutdated: ({ observedTime, executedAtMs }) =>
        observedTime && this.#options.clock.nowMs() - executedAtMs > TIME_IS_FRESH_MS,
    });
  }

  #advance(commits: readonly Commit[]): void {
    const touched: SharedResult[] = [];
    for (const commit of commits) {
      if (this.#unfinished.size > 0) this.#unseen.push(commit);
      for (const result of this.#index.touched(commit)) {
        this.#touch(result, commit.ts);
        touched.push(result);
      }
      if (commit.ts > this.ts) this.ts = commit.ts;
    }
    const moved = mostHeldFirst(touched).filter(
      (result) => !result.family.refresh(result, this.ts),
    );
    for (const result of moved) tellHolders(result); // who may start executions of their own
    const waiting = this.#waitingForTs;
    if (waiting.length === 0) return;
    this.#waitingForTs = waiting.filter(({ wanted }) => wanted > this.ts);
    for (const { wanted, callback } of waiting) if (wanted <= this.ts) callback();
  }

  #touch(result: SharedResult, ts: Timestamp): void {
    result.touchedAt = ts;
    this.#index.remove(result.reads, result);
    for (const holder of result.holders) holder.onTouched();
  }

  #enqueue(query: WatchedQuery, run: Run): void {
    if (this.#closed) return; // told that it is stale, a reader would ask again at once, for ever
    this.#unfinished.add(run);
    this.#queue.push(() => void this.#execute(query, run));
    this.#startQueued();
  }

  #startQueued(): void {
    while (this.#running < MAX_PARALLEL_RUNS && this.#atAStretch < MAX_AT_A_STRETCH) {
      const start = this.#queue.shift();
      if (start === undefined) return;
      this.#running++;
      if (++this.#atAStretch === MAX_AT_A_STRETCH) setImmediate(() => this.#nextStretch());
      start();
    }
  }

  #nextStretch(): void {
    this.#atAStretch = 0;
    this.#startQueued();
  }

  async #execute(query: WatchedQuery, run: Run): Promise<void> {
    const reading = await this.#attempt(query, run, 0);
    if (this.#closed) return;
    this.#running--;
    this.#unfinished.delete(run);
    if (reading.kind === "result") this.#install(query, run, reading.result);
    else query.family.abandon(run, reading);
    if (this.#unfinished.size === 0) this.#unseen = [];
    else if (this.#unseen.length > 1_000) this.#trimUnseen();
    this.#forgetIfUnused(query);
    this.#startQueued();
  }

  /** Never rejects. */
  async #attempt(query: WatchedQuery, run: Run, retries: number): Promise<Reading> {
    const { runner, clock, random } = this.#options;
    if (this.#closed || isUnwanted(run)) return { kind: "stale" };
    const requestId = Buffer.from(random(8)).toString("hex");
    const { address, args, journal, allowed } = query.spec;
    const request = { requestId, identity: run.identity, ip: null, userAgent: null };
    this.#executions++;
    try {
      const call = { address, args, request, allowed };
      const waiting = run.outdated.reduce(
        (sum, { holders }) => sum + holders.size,
        run.waiters.length,
      );
      const outcome = await runner.query(call, { at: run.ts, journal, waiting });
      return {
        kind: "result",
        result: new SharedResult(query.family, run.ts, outcome, requestId, clock.nowMs()),
      };
    } catch (error) {
      if (error instanceof OutOfRetentionError) return { kind: "stale" };
      if (!(error instanceof OverloadedError) || retries === MAX_RETRIES) {
        return { kind: "failed", error };
      }
      const delayMs = Math.min(FIRST_RETRY_MS * 2 ** retries, MAX_RETRY_MS);
      await new Promise<void>((resolve) => clock.after(delayMs, resolve));
      return await this.#attempt(query, run, retries + 1);
    }
  }

  #install(query: WatchedQuery, run: Run, result: SharedResult): void {
    const touching = this.#unseen.find(
      (commit) => commit.ts > run.ts && overlaps(result.reads, commit),
    );
    if (touching === undefined) this.#index.add(result.reads, result);
    else result.touchedAt = touching.ts;
    // One who is handed it may let go at once: until all have been served it counts as held.
    result.holders.add(SERVING);
    query.family.finish(run, result);
    result.holders.delete(SERVING);
    if (result.holders.size === 0) this.#retire(query, result);
  }

  /** Nobody holds it any more. */
  #retire(query: WatchedQuery, result: SharedResult): void {
    if (result.touchedAt === null) this.#index.remove(result.reads, result);
    query.family.drop(result);
    this.#forgetIfUnused(query);
  }

  #forgetIfUnused(query: WatchedQuery): void {
    if (query.watchers > 0 || !query.family.isIdle) return;
    if (this.#queries.get(query.key) === query) this.#queries.delete(query.key);
  }

  #trimUnseen(): void {
    let oldest = this.ts;
    for (const { ts } of this.#unfinished) if (ts < oldest) oldest = ts;
    this.#unseen = this.#unseen.filter(({ ts }) => ts > oldest);
  }
}

/** What most people wait for is executed before the rest. */
function mostHeldFirst(results: readonly SharedResult[]): SharedResult[] {
  return results.toSorted((a, b) => b.holders.size - a.holders.size);
}

const SERVING: ResultHolder = {
  identity: { kind: "none" },
  identityKey: "",
  onTouched: () => {},
  onReady: () => {},
};

/** Nobody waits for it, nor holds what it replaces. */
function isUnwanted({ waiters, outdated }: Run): boolean {
  const isAwaited = waiters.some(({ reader }) => !reader.closed);
  return !isAwaited && outdated.every(({ holders }) => holders.size === 0);
}

interface WatcherHost {
  retire(result: SharedResult): void;
  left(): void;
}

class Watcher implements QuerySubscription, Reader {
  readonly identity: Identity;
  readonly identityKey: string;
  readonly #family: QueryFamily;
  readonly #listener: WatchListener;
  readonly #host: WatcherHost;
  held: SharedResult | null = null;
  closed = false;

  constructor(family: QueryFamily, identity: Identity, listener: WatchListener, host: WatcherHost) {
    this.#family = family;
    this.identity = identity;
    this.identityKey = identityKey(identity);
    this.#listener = listener;
    this.#host = host;
  }

  read(ts: Timestamp, exact: boolean, done: (reading: Reading) => void): void {
    this.#family.read(this, ts, exact, done);
  }

  onTouched(): void {
    this.#listener.onTouched();
  }

  onReady(): void {
    this.#listener.onReady();
  }

  hold(result: SharedResult): void {
    if (this.held === result) return;
    const before = this.held;
    this.held = result;
    result.holders.add(this);
    if (before !== null) this.#release(before);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    if (this.held !== null) this.#release(this.held);
    this.#host.left();
  }

  #release(result: SharedResult): void {
    result.holders.delete(this);
    if (result.holders.size === 0) this.#host.retire(result);
  }
}
