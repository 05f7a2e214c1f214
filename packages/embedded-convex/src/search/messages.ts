/** What travels between the main thread and the search threads. Structured-cloneable. */
import type { SearchPredicate, TextIndexSpec, Timestamp } from "../rooms.ts";
import type { VectorQuery } from "./vector-query.ts";

export interface DocumentText {
  readonly serial: number;
  readonly id: string;
  readonly json: string;
}

/** One document that a transaction sees otherwise than the store has it. */
export interface Difference {
  readonly stored: DocumentText | null;
  readonly seen: DocumentText | null;
}

/** The table of a search as its transaction sees it. */
export interface SeenTable {
  readonly differences: readonly Difference[];
  /** How many documents it has. */
  readonly documents: number;
}

/** What is asked of a full-text index. */
export interface TextQuery {
  readonly spec: TextIndexSpec;
  readonly predicate: SearchPredicate;
}

export interface TextHit {
  readonly id: string;
  readonly creationTime: number;
  readonly score: number;
}

export type ToTextThread =
  | { readonly kind: "search"; readonly search: number; readonly query: TextQuery }
  /** Null: the past up to the store's timestamp is forgotten, look again at the newest. */
  | { readonly kind: "seen"; readonly search: number; readonly table: SeenTable | null };

export type FromTextThread =
  /** The store as it is read has every commit up to `ts`: what does the transaction see otherwise? */
  | { readonly kind: "reading"; readonly search: number; readonly ts: Timestamp }
  | { readonly kind: "found"; readonly search: number; readonly hits: readonly TextHit[] }
  | { readonly kind: "failed"; readonly search: number; readonly message: string };

export interface VectorHit {
  readonly _id: string;
  readonly _score: number;
}

export interface ToVectorThread {
  readonly search: number;
  readonly query: VectorQuery;
}

export type FromVectorThread =
  | { readonly kind: "found"; readonly search: number; readonly hits: readonly VectorHit[] }
  | { readonly kind: "failed"; readonly search: number; readonly message: string };
