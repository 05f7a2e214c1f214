/**
 * A history: what transactions saw and wrote, as their callers know it. The checker has
 * nothing but this: no timestamp of the engine, no look into its files.
 *
 * Every write makes a version with a name of its own and tells which version it replaced,
 * so a history says by itself in which order the versions of a row followed each other.
 */

/** Unique among all writes of a history, those of attempts that came to nothing included. */
export type Version = string;
/** The id of a document; one that was deleted never comes back. */
export type Row = string;

/** What ranges look at. */
export interface Content {
  readonly group: string;
  readonly place: number;
}

export interface FoundRow {
  readonly row: Row;
  readonly version: Version;
  readonly content: Content;
  /** The row's list: the newest versions of its chain, its own last. */
  readonly items: readonly Version[];
}

/** The rows of a group, or of all groups, between two places, both included. */
export interface Range {
  readonly group: string | null;
  readonly from: number;
  readonly to: number;
}

export type Observation =
  | { readonly kind: "get"; readonly row: Row; readonly found: FoundRow | null }
  | {
      readonly kind: "range";
      readonly range: Range;
      readonly found: readonly FoundRow[];
      /** The order it was read in when it stopped at its limit; null when it was read to its end. */
      readonly stopped: "asc" | "desc" | null;
    }
  | {
      readonly kind: "write";
      readonly row: Row;
      readonly version: Version;
      /** Null for a row that was not there. */
      readonly over: Version | null;
      /** Null for a delete. */
      readonly content: Content | null;
    }
  | { readonly kind: "schedule"; readonly job: string }
  /** A nested mutation. One that failed was rolled back: its reads count, its writes do not. */
  | {
      readonly kind: "nested";
      readonly observations: readonly Observation[];
      readonly isRolledBack: boolean;
    };

export interface Transaction {
  readonly name: string;
  /** A request that may be sent again: it must not take effect again. */
  readonly request?: string;
  /** The scheduled job that this is: it must take effect once, behind what scheduled it. */
  readonly job?: string;
  /** An aborted one has read, and none of its writes may be seen. */
  readonly outcome: "committed" | "aborted";
  /** When the caller asked and when it had the answer, in steps of the history. */
  readonly startedAt: number;
  readonly endedAt: number;
  /** Asked for at a timestamp of the past: real time says nothing about it. */
  readonly isOfThePast?: boolean;
  readonly observations: readonly Observation[];
}

export type History = readonly Transaction[];

export type AnomalyKind =
  | "own writes" // a transaction does not see what it wrote
  | "aborted read" // G1a: a version that nobody committed
  | "intermediate read" // G1b: a version that its writer replaced
  | "lost update" // two transactions replaced the same version
  | "wrong list" // a row's list is not the chain of its versions
  | "wrong row" // a row is not as it was written, or a range gave one that does not belong there
  | "not once" // a job or a request took effect never, or twice
  | "G0" // a cycle of writes
  | "G1c" // a cycle of writes and of reads of what was written
  | "G-single" // a cycle with one read of what was then overwritten (fractured read, read skew)
  | "G2" // a cycle with several of them (write skew)
  | "phantom" // a cycle through rows that a read did not find
  | "real time"; // no cycle, but no order that agrees with who was answered before whom asked

export interface Anomaly {
  readonly kind: AnomalyKind;
  /** For people: which transactions, which rows, why. */
  readonly text: string;
}
