/**
 * One distinct query (component, path, arguments, journal, visibility): its results,
 * its executions under way and who waits for them.
 *
 * Whose result is whose:
 *
 *   an execution that did not look at the identity    -> `shared`, anybody's
 *   an execution that looked                          -> `own`, only its identity's
 *
 * What the last execution did is the guess for the next: while nobody looked, callers
 * join the execution of whoever came first, and those it turns out not to serve run
 * again with their own identity.
 *
 * A result that a commit touched is made anew without being asked for, once for all who
 * hold it; they are told to read when it is there, and find it known.
 *
 * [SUB3] A result that looked at the identity is never handed to another identity.
 * [SUB4] Callers who ask at the same timestamp share one execution.
 */
import { AuthError } from "../errors.ts";
import type { Identity, Timestamp } from "../rooms.ts";
import type { ResultHolder, ResultMaker, SharedResult } from "./shared-result.ts";

export type Reading =
  | { readonly kind: "result"; readonly result: SharedResult }
  /** No longer true at the timestamp asked for: ask again at the newest. */
  | { readonly kind: "stale" }
  | { readonly kind: "failed"; readonly error: unknown };

/** One who asks: a subscription. */
export interface Reader extends ResultHolder {
  readonly closed: boolean;
  /** Null before the first result. */
  readonly held: SharedResult | null;
  hold(result: SharedResult): void;
}

interface Waiter {
  readonly reader: Reader;
  readonly ts: Timestamp;
  readonly done: (reading: Reading) => void;
}

export interface Run {
  readonly ts: Timestamp;
  readonly identity: Identity;
  readonly identityKey: string;
  readonly waiters: Waiter[];
  /** The result this one follows: its holders are told when it is there. */
  readonly outdated: SharedResult | null;
}

export interface FamilyHost {
  start(run: Run): void;
  /** Somebody was served without an execution of their own. */
  shared(): void;
  /** Is a time-dependent result too old for somebody who comes new? */
  isOutdated(result: SharedResult): boolean;
}

export class QueryFamily implements ResultMaker {
  readonly #journal: string | null;
  readonly #host: FamilyHost;
  readonly #own = new Map<string, SharedResult>();
  readonly #runs: Run[] = [];
  #shared: SharedResult | null = null;
  #looksAtIdentity = false;

  constructor(journal: string | null, host: FamilyHost) {
    this.#journal = journal;
    this.#host = host;
  }

  get isIdle(): boolean {
    return this.#runs.length === 0 && this.#own.size === 0 && this.#shared === null;
  }

  /**
   * `done` is called once, at once when a result is known. With `exact` it never says
   * stale because of a commit: it does not join executions at older timestamps.
   */
  read(reader: Reader, ts: Timestamp, exact: boolean, done: (reading: Reading) => void): void {
    const known = this.#known(reader, ts);
    if (known !== null) {
      this.#host.shared();
      hand(known, reader, done);
      return;
    }
    const waiter = { reader, ts, done };
    const run = this.#joinable(reader, ts, exact);
    if (run === null) this.#start(waiter);
    else {
      this.#host.shared();
      run.waiters.push(waiter);
    }
  }

  /**
   * Makes a touched result anew at `ts`, with the identity of one who holds it. Not where it
   * ended at another cursor than it began with: its holders go on from there, in another family.
   */
  refresh(outdated: SharedResult, ts: Timestamp): void {
    const [holder] = outdated.holders;
    if (holder === undefined) return;
    if (outdated.journal !== this.#journal) {
      tellHolders(outdated);
      return;
    }
    const { identity, identityKey } = holder;
    this.#begin({ ts, identity, identityKey, waiters: [], outdated });
  }

  finish(run: Run, result: SharedResult): void {
    this.#forget(run);
    this.#looksAtIdentity = result.observedIdentity;
    this.#keep(run, result);
    for (const waiter of run.waiters) this.#serve(waiter, run, result);
    if (run.outdated !== null) tellHolders(run.outdated);
    if (result.holders.size === 0) this.drop(result);
  }

  /** Ends a run without a result. That its caller's token ran out is no failure of the others. */
  abandon(run: Run, reading: Reading): void {
    this.#forget(run);
    const refused = reading.kind === "failed" && reading.error instanceof AuthError;
    if (refused) this.#looksAtIdentity = true;
    for (const { reader, ts, done } of run.waiters) {
      if (reader.closed) continue;
      if (refused && reader.identity !== run.identity) this.read(reader, ts, true, done);
      else done(reading);
    }
    if (run.outdated !== null) tellHolders(run.outdated);
  }

  drop(result: SharedResult): void {
    if (this.#shared === result) this.#shared = null;
    for (const [key, own] of this.#own) if (own === result) this.#own.delete(key);
  }

  #known(reader: Reader, ts: Timestamp): SharedResult | null {
    const own = this.#own.get(reader.identityKey);
    const usable = [own ?? null, this.#shared].find(
      (result) => result?.isValidAt(ts) && (reader.held !== null || !this.#host.isOutdated(result)),
    );
    return usable ?? null;
  }

  #joinable(reader: Reader, ts: Timestamp, exact: boolean): Run | null {
    const mine = this.#runs.filter(
      (run) => !this.#looksAtIdentity || run.identityKey === reader.identityKey,
    );
    return mine.find((run) => run.ts === ts) ?? (exact ? null : mine.findLast(() => true)) ?? null;
  }

  #start(waiter: Waiter): void {
    const { identity, identityKey } = waiter.reader;
    this.#begin({ ts: waiter.ts, identity, identityKey, waiters: [waiter], outdated: null });
  }

  #begin(run: Run): void {
    this.#runs.push(run);
    this.#host.start(run);
  }

  #serve({ reader, ts, done }: Waiter, run: Run, result: SharedResult): void {
    if (reader.closed) return;
    if (result.observedIdentity && reader.identityKey !== run.identityKey) {
      this.read(reader, ts, true, done);
    } else if (result.isValidAt(ts)) {
      hand(result, reader, done);
    } else {
      done({ kind: "stale" });
    }
  }

  #keep(run: Run, result: SharedResult): void {
    const before = result.observedIdentity ? this.#own.get(run.identityKey) : this.#shared;
    if (before !== undefined && before !== null && before.ts > result.ts) return;
    if (result.observedIdentity) this.#own.set(run.identityKey, result);
    else this.#shared = result;
  }

  #forget(run: Run): void {
    const at = this.#runs.indexOf(run);
    if (at !== -1) this.#runs.splice(at, 1);
  }
}

function hand(result: SharedResult, reader: Reader, done: (reading: Reading) => void): void {
  reader.hold(result);
  done({ kind: "result", result });
  // Right for the timestamp asked for, and already overtaken: nobody else would say so.
  if (result.touchedAt === null) return;
  reader.onTouched();
  reader.onReady();
}

/** Those who have not read in the meantime, for another reason. */
function tellHolders(outdated: SharedResult): void {
  for (const holder of [...outdated.holders]) holder.onReady();
}
