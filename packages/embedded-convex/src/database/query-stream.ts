/**
 * Documents of one query: takes rows as they are asked for, applies the operators in
 * their order.
 *
 * [TX8] Rows that a filter rejects were read; nothing is read past a reached limit.
 */
import type { JSONValue } from "convex/values";
import { passesFilter } from "./expressions.ts";
import type { Operator } from "./query-plan.ts";
import type { Row } from "./scan.ts";

/** Gives out rows in their order and records what each one took to read. */
export interface RowSource {
  /** Null at the end. */
  next(): Row | null;
}

export class QueryStream {
  readonly #rows: RowSource;
  readonly #operators: readonly Operator[];
  /** Rows that passed each operator, by position. */
  readonly #passed: number[];

  constructor(rows: RowSource, operators: readonly Operator[]) {
    this.#rows = rows;
    this.#operators = operators;
    this.#passed = operators.map(() => 0);
  }

  /** The next row of the index, without the operators; null at the end. */
  nextRow(): Row | null {
    return this.#rows.next();
  }

  next(): Row | null {
    return this.nextWithin(Number.POSITIVE_INFINITY) ?? null;
  }

  /** Undefined after `rows` rows without one that passes. */
  nextWithin(rows: number): Row | null | undefined {
    for (let left = rows; left > 0; left--) {
      if (this.limitReached()) return null;
      const row = this.nextRow();
      if (row === null || this.accepts(row)) return row;
    }
    return undefined;
  }

  /** Some limit lets nothing more through. */
  limitReached(): boolean {
    return this.#operators.some(
      (operator, i) => operator.kind === "limit" && (this.#passed[i] ?? 0) >= operator.count,
    );
  }

  accepts(row: Row): boolean {
    for (const [i, operator] of this.#operators.entries()) {
      if (!this.#passes(operator, i, row)) return false;
      this.#passed[i] = (this.#passed[i] ?? 0) + 1;
    }
    return true;
  }

  #passes(operator: Operator, at: number, row: Row): boolean {
    if (operator.kind === "limit") return (this.#passed[at] ?? 0) < operator.count;
    return filterRow(operator.expression, row);
  }
}

/** How many rows the operators can need at most when no filter comes first. */
export function expectedRows(operators: readonly Operator[]): number | null {
  const [first] = operators;
  return first?.kind === "limit" ? first.count : null;
}

function filterRow(expression: JSONValue, row: Row): boolean {
  return passesFilter(expression, row.document.fields());
}
