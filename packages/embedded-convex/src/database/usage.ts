/**
 * What one execution has used of its limits (contract 5.2). Only user tables count.
 * Going over throws the contract's text; most of the way there gives a warning.
 */
import { DeveloperError } from "../errors.ts";
import { formatBytes } from "../values/bytes-text.ts";
import type { Metric, MetricName, TransactionUsage } from "./types.ts";

const MIB = 1024 * 1024;
const WARNING_RATIO = 0.8;
const HELP =
  "Consider using smaller limits in your queries, paginating your queries, or using indexed queries with a selective index range expressions.";

interface Limit {
  readonly max: number;
  readonly code: string;
  readonly text: (limit: number) => string;
  /** For the warning: what there is a lot of. */
  readonly noun: string;
}

const LIMITS: Record<MetricName, Limit> = {
  documentsRead: {
    max: 32_000,
    code: "TooManyDocumentsRead",
    text: (n) => `Too many documents read in a single function execution (limit: ${n}). ${HELP}`,
    noun: "documents read",
  },
  bytesRead: {
    max: 16 * MIB,
    code: "TooManyBytesRead",
    text: (n) => `Too many bytes read in a single function execution (limit: ${n} bytes). ${HELP}`,
    noun: "bytes read",
  },
  databaseQueries: {
    max: 4096,
    code: "TooManyReads",
    text: (n) => `Too many reads in a single function execution (limit: ${n}). ${HELP}`,
    noun: "reads",
  },
  documentsWritten: {
    max: 16_000,
    code: "TooManyWrites",
    text: (n) => `Too many writes in a single function execution (limit: ${n})`,
    noun: "documents written",
  },
  bytesWritten: {
    max: 16 * MIB,
    code: "TooManyBytesWritten",
    text: (n) => `Too many bytes written in a single function execution (limit: ${formatBytes(n)})`,
    noun: "bytes written",
  },
  functionsScheduled: {
    max: 1000,
    code: "TooManyFunctionsScheduled",
    text: (n) => `Too many functions scheduled by this mutation (limit: ${n})`,
    noun: "functions scheduled",
  },
  scheduledFunctionArgsBytes: {
    max: 16 * MIB,
    code: "ScheduledFunctionsArgumentsTooLarge",
    text: (n) =>
      `Too large total size of the arguments of scheduled functions from this mutation (limit: ${n} bytes)`,
    noun: "bytes of scheduled functions' arguments",
  },
};

const NAMES = Object.keys(LIMITS) as MetricName[];

export class Usage implements TransactionUsage {
  readonly #used: Record<MetricName, number> = {
    bytesRead: 0,
    bytesWritten: 0,
    databaseQueries: 0,
    documentsRead: 0,
    documentsWritten: 0,
    functionsScheduled: 0,
    scheduledFunctionArgsBytes: 0,
  };
  readonly #limits: Record<MetricName, number>;

  /** `unlimited` counts, and never throws. */
  constructor(unlimited = false) {
    this.#limits = fromNames((name) => (unlimited ? Number.POSITIVE_INFINITY : LIMITS[name].max));
  }

  metrics(): Record<MetricName, Metric> {
    return fromNames((name) => ({
      used: this.#used[name],
      remaining: Math.max(0, this.#limits[name] - this.#used[name]),
    }));
  }

  recordScheduled(argsBytes: number): void {
    this.add("functionsScheduled", 1);
    this.add("scheduledFunctionArgsBytes", argsBytes);
  }

  narrow(limits: Partial<Record<MetricName, number>>): () => void {
    const before = { ...this.#limits };
    for (const name of NAMES) {
      const budget = limits[name];
      if (budget === undefined) continue;
      this.#limits[name] = Math.min(this.#limits[name], this.#used[name] + budget);
    }
    return () => Object.assign(this.#limits, before);
  }

  warnings(): string[] {
    const near = NAMES.filter((name) => this.#used[name] > LIMITS[name].max * WARNING_RATIO);
    return near.map((name) => {
      const { noun, max } = LIMITS[name];
      return `Many ${noun} in a single function execution (actual: ${this.#used[name]}, limit: ${max}).`;
    });
  }

  /** Throws at the limit; a negative amount takes back. */
  add(name: MetricName, amount: number): void {
    this.#used[name] += amount;
    if (amount > 0 && this.#used[name] > this.#limits[name]) throw this.#exceeded(name);
  }

  recordRead(bytes: number): void {
    this.add("documentsRead", 1);
    this.add("bytesRead", bytes);
  }

  recordWrite(bytes: number): void {
    this.add("documentsWritten", 1);
    this.add("bytesWritten", bytes);
  }

  /** Would reading one more document of this size go over? Pages stop before that. */
  hasRoomFor(bytes: number): boolean {
    return (
      this.#used.documentsRead < this.#limits.documentsRead &&
      this.#used.bytesRead + bytes <= this.#limits.bytesRead
    );
  }

  #exceeded(name: MetricName): DeveloperError {
    const { code, text } = LIMITS[name];
    return new DeveloperError(text(this.#limits[name]), code);
  }
}

function fromNames<T>(value: (name: MetricName) => T): Record<MetricName, T> {
  return Object.fromEntries(NAMES.map((name) => [name, value(name)])) as Record<MetricName, T>;
}
