/**
 * What one transaction says about the others: which versions it read of them, which rows
 * it looked for and did not find, which versions it leaves behind. What it read of its own
 * writes stays inside, and is checked here.
 */
import type {
  Anomaly,
  Content,
  FoundRow,
  Observation,
  Range,
  Row,
  Transaction,
  Version,
} from "./history.ts";

export interface Install {
  readonly row: Row;
  readonly version: Version;
  /** Of another transaction, or null. */
  readonly over: Version | null;
  readonly content: Content | null;
}

/** A look at places where rows might have been. */
export interface Absence {
  readonly text: string;
  readonly covers: (row: Row, content: Content) => boolean;
  /** Seen, or written by the transaction itself by then: nothing follows from their absence. */
  readonly except: ReadonlySet<Row>;
}

export interface TransactionView {
  readonly transaction: Transaction;
  readonly reads: readonly FoundRow[];
  readonly absences: readonly Absence[];
  /** The last version of each row that it wrote; empty when it was aborted. */
  readonly installs: ReadonlyMap<Row, Install>;
  /** Versions that it replaced itself. */
  readonly intermediate: ReadonlySet<Version>;
  readonly jobs: readonly string[];
  readonly anomalies: readonly Anomaly[];
}

export function viewOf(transaction: Transaction): TransactionView {
  const view = new ViewBuilder(transaction);
  view.add(transaction.observations);
  return view.build();
}

class ViewBuilder {
  readonly #transaction: Transaction;
  readonly #reads: FoundRow[] = [];
  readonly #absences: Absence[] = [];
  readonly #anomalies: Anomaly[] = [];
  #intermediate = new Set<Version>();
  #own = new Map<Row, Install>();
  #jobs: string[] = [];

  constructor(transaction: Transaction) {
    this.#transaction = transaction;
  }

  add(observations: readonly Observation[]): void {
    for (const observation of observations) this.#addOne(observation);
  }

  build(): TransactionView {
    const committed = this.#transaction.outcome === "committed";
    return {
      transaction: this.#transaction,
      reads: this.#reads,
      absences: this.#absences,
      installs: committed ? this.#own : new Map(),
      intermediate: committed ? this.#intermediate : new Set(),
      jobs: committed ? this.#jobs : [],
      anomalies: this.#anomalies,
    };
  }

  #addOne(observation: Observation): void {
    switch (observation.kind) {
      case "get":
        this.#get(observation.row, observation.found);
        break;
      case "range":
        this.#range(observation);
        break;
      case "write":
        this.#write(observation);
        break;
      case "schedule":
        this.#jobs.push(observation.job);
        break;
      case "nested":
        this.#nested(observation.observations, observation.isRolledBack);
        break;
      default:
        observation satisfies never;
    }
  }

  #get(row: Row, found: FoundRow | null): void {
    const own = this.#own.get(row);
    if (own !== undefined) {
      const expected = own.content === null ? null : own.version;
      if ((found?.version ?? null) !== expected) this.#contradiction(row, expected, found);
    } else if (found !== null) this.#reads.push(found);
    else {
      const covers = (other: Row) => other === row;
      this.#absences.push({ text: "read nothing of", covers, except: new Set() });
    }
  }

  #range(observation: Extract<Observation, { kind: "range" }>): void {
    const { range, found } = observation;
    const covered = coveredBy(observation);
    for (const one of found) {
      const own = this.#own.get(one.row);
      if (own === undefined) this.#reads.push(one);
      else if (own.version !== one.version) this.#contradiction(one.row, own.version, one);
      if (!isIn(range, one.content)) this.#misplaced(one, range);
    }
    const seen = new Set(found.map(({ row }) => row));
    for (const { row, version, content } of this.#own.values()) {
      const belongs = content !== null && isIn(covered, content);
      if (belongs && !seen.has(row)) this.#contradiction(row, version, null);
    }
    const text = `read ${textOf(covered)} without`;
    const covers = (_row: Row, content: Content) => isIn(covered, content);
    this.#absences.push({ text, covers, except: new Set([...seen, ...this.#own.keys()]) });
  }

  #write({ row, version, over, content }: Extract<Observation, { kind: "write" }>): void {
    const own = this.#own.get(row);
    if (own !== undefined) this.#intermediate.add(own.version);
    // The first version that it replaced is the others'.
    this.#own.set(row, { row, version, over: own === undefined ? over : own.over, content });
  }

  #nested(observations: readonly Observation[], isRolledBack: boolean): void {
    const own = new Map(this.#own);
    const intermediate = new Set(this.#intermediate);
    const jobs = [...this.#jobs];
    this.add(observations);
    if (!isRolledBack) return;
    this.#own = own;
    this.#intermediate = intermediate;
    this.#jobs = jobs;
  }

  #misplaced({ row, version }: FoundRow, range: Range): void {
    const text = `${this.#transaction.name} found ${row} ${version} in ${textOf(range)}`;
    this.#anomalies.push({ kind: "wrong row", text });
  }

  #contradiction(row: Row, expected: Version | null, found: FoundRow | null): void {
    const { name } = this.#transaction;
    const text = `${name} wrote ${row} ${expected} and then saw ${found?.version ?? "nothing"}`;
    this.#anomalies.push({ kind: "own writes", text });
  }
}

/** The part of a range about which the answer says everything. */
function coveredBy(observation: Extract<Observation, { kind: "range" }>): Range {
  const { range, found, stopped } = observation;
  const last = found.at(-1);
  if (stopped === null) return range;
  if (last === undefined) return { ...range, to: range.from - 1 };
  const { place } = last.content;
  // Rows at the very place of the last one may stand on either side of it.
  return stopped === "asc" ? { ...range, to: place - 1 } : { ...range, from: place + 1 };
}

function isIn({ group, from, to }: Range, content: Content): boolean {
  const { place } = content;
  return (group === null || group === content.group) && from <= place && place <= to;
}

function textOf({ group, from, to }: Range): string {
  return `${group ?? "any group"} ${from}..${to}`;
}
