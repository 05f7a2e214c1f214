/**
 * The queries of one socket and what its client has last been told of each.
 *
 * [SYNC7] All queries of an update are read at one timestamp.
 * [SYNC8] A query is sent only when its value or log lines differ from what was last sent.
 */
import type { JSONValue } from "convex/values";
import type { FunctionAddress, Identity, Timestamp } from "../rooms.ts";
import type { QueryCache, QuerySubscription } from "../subscriptions/query-cache.ts";
import type { Reading } from "../subscriptions/query-family.ts";
import type { QuerySetChange } from "./client-messages.ts";
import type { QueryChange } from "./frames.ts";

interface LiveQuery {
  readonly queryId: number;
  readonly address: FunctionAddress;
  readonly args: readonly JSONValue[];
  journal: string | null;
  sentHash: string | null;
  subscription: QuerySubscription;
  /** The journal the subscription was opened with. */
  subscribedJournal: string | null;
}

export type UpdateOutcome =
  | { readonly kind: "read"; readonly ts: Timestamp; readonly changes: readonly QueryChange[] }
  | { readonly kind: "failed"; readonly error: unknown };

export interface QuerySetOwner {
  /** Something that changed can be read now. */
  onReady(): void;
  /** Does it, and takes what it throws: readings come from the cache, which serves others next. */
  safely(work: () => void): void;
}

export class QuerySet {
  readonly #cache: QueryCache;
  readonly #owner: QuerySetOwner;
  readonly #queries = new Map<number, LiveQuery>();
  /** Queries whose result may have changed since it was last read. */
  #dirty = new Set<number>();
  #removed: number[] = [];
  /** Kept open through the next update: a result that the old and the new share is not forgotten. */
  readonly #replaced: QuerySubscription[] = [];
  #identity: Identity = { kind: "none" };

  constructor(cache: QueryCache, owner: QuerySetOwner) {
    this.#cache = cache;
    this.#owner = owner;
  }

  get size(): number {
    return this.#queries.size;
  }

  apply(change: QuerySetChange): void {
    if (change.type === "Add") this.#add(change);
    else this.#remove(change.queryId);
  }

  /** Every query is read again, as somebody else. */
  changeIdentity(identity: Identity): void {
    this.#identity = identity;
    for (const query of this.#queries.values()) {
      this.#resubscribe(query);
      this.#dirty.add(query.queryId);
    }
  }

  /**
   * Reads what may have changed, all at one timestamp, and calls back once with what
   * to tell the client. One update at a time.
   */
  update(done: (outcome: UpdateOutcome) => void): void {
    const removed = this.#removed;
    this.#removed = [];
    this.#read(new Set(), false, (outcome, ids) => {
      this.#closeReplaced();
      if (outcome.kind === "failed") done(outcome);
      else done({ ...outcome, changes: this.#changes(ids, removed) });
    });
  }

  close(): void {
    this.#closeReplaced();
    for (const { subscription } of this.#queries.values()) subscription.close();
    this.#queries.clear();
    this.#dirty.clear();
  }

  #closeReplaced(): void {
    if (this.#replaced.length === 0) return;
    for (const subscription of this.#replaced.splice(0)) subscription.close();
  }

  #add(change: Extract<QuerySetChange, { type: "Add" }>): void {
    const { queryId, address, args, journal } = change;
    const subscription = this.#subscribe(queryId, { address, args, journal });
    this.#queries.set(queryId, {
      queryId,
      address,
      args,
      journal,
      sentHash: null,
      subscription,
      subscribedJournal: journal,
    });
    this.#dirty.add(queryId);
  }

  #remove(queryId: number): void {
    this.#queries.get(queryId)?.subscription.close();
    this.#queries.delete(queryId);
    this.#dirty.delete(queryId);
    this.#removed.push(queryId);
  }

  #subscribe(
    queryId: number,
    query: Pick<LiveQuery, "address" | "args" | "journal">,
  ): QuerySubscription {
    const { address, args, journal } = query;
    const allowed = this.#identity.kind === "admin" ? "all" : "public";
    return this.#cache.subscribe({ address, args, journal, allowed }, this.#identity, {
      onTouched: () => this.#dirty.add(queryId),
      onReady: () => this.#owner.onReady(),
    });
  }

  #resubscribe(query: LiveQuery): void {
    this.#replaced.push(query.subscription);
    query.subscription = this.#subscribe(query.queryId, query);
    query.subscribedJournal = query.journal;
  }

  /** `exact` from the second round on: commits that keep coming cannot starve an update. */
  #read(
    ids: Set<number>,
    exact: boolean,
    done: (outcome: UpdateOutcome, ids: ReadonlySet<number>) => void,
  ): void {
    for (const id of this.#dirty) ids.add(id);
    this.#dirty = new Set();
    const ts = this.#cache.ts;
    let pending = 1; // this loop itself: readings may come at once
    let stale = false;
    let failure: { readonly error: unknown } | null = null;
    const finishOne = () => {
      pending--;
      if (pending > 0) return;
      if (failure !== null) done({ kind: "failed", error: failure.error }, ids);
      else if (stale) this.#read(ids, true, done);
      else done({ kind: "read", ts, changes: [] }, ids);
    };
    const take = (query: LiveQuery, reading: Reading) => {
      if (reading.kind === "result") query.journal = reading.result.journal;
      else if (reading.kind === "stale") stale = true;
      else failure = { error: reading.error };
      finishOne();
    };
    for (const id of ids) {
      const query = this.#queries.get(id);
      if (query === undefined) continue;
      if (query.journal !== query.subscribedJournal) this.#resubscribe(query);
      pending++;
      query.subscription.read(ts, exact, (reading) =>
        this.#owner.safely(() => take(query, reading)),
      );
    }
    finishOne();
  }

  #changes(ids: ReadonlySet<number>, removed: readonly number[]): QueryChange[] {
    const changes: QueryChange[] = removed.map((queryId) => ({ queryId, result: null }));
    for (const queryId of ids) {
      const query = this.#queries.get(queryId);
      const result = query?.subscription.held;
      if (query === undefined || result === null || result === undefined) continue;
      if (query.sentHash === result.hash) continue;
      query.sentHash = result.hash;
      changes.push({ queryId, result });
    }
    return changes.sort((a, b) => a.queryId - b.queryId);
  }
}
