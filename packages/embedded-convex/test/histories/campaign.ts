/**
 * Many random histories on one engine. Every run has a seed; a history that fails is shrunk
 * and told with seed and path, with which it is played again.
 */
import fc from "fast-check";
import { checkHistory } from "./checker/check-history.ts";
import type { DelayedDisk } from "./delayed-disk.ts";
import { HistoryBed } from "./history-bed.ts";
import { type Plan, plan } from "./plan.ts";
import { play } from "./play.ts";

export interface Totals {
  readonly histories: number;
  /** Of functions, that were not in vain. */
  readonly transactions: number;
  readonly overlapped: number;
  readonly conflicts: number;
  readonly retries: number;
}

export interface CampaignOptions {
  readonly histories: number;
  readonly seed: number;
  /** Of a history that failed. */
  readonly path?: string | undefined;
  /** One that breaks a promise. */
  readonly disk?: typeof DelayedDisk;
  /** Looks for the smallest history that fails, too. */
  readonly shrink: boolean;
}

export interface Campaign {
  readonly totals: Totals;
  /** Null when every history is serializable. */
  readonly failure: string | null;
}

const NONE: Totals = { histories: 0, transactions: 0, overlapped: 0, conflicts: 0, retries: 0 };
const LEAST_OVERLAP = 0.2;

export async function runHistories(options: CampaignOptions): Promise<Campaign> {
  const { histories, seed, path, disk, shrink } = options;
  let totals = NONE;
  const bed = await HistoryBed.open(disk);
  try {
    const everyHistory = fc.asyncProperty(plan, async (one: Plan) => {
      const { history, retries, concurrency } = await play(bed, one);
      totals = sum(totals, { histories: 1, retries, ...concurrency });
      const anomalies = checkHistory(history);
      if (anomalies.length > 0) throw new Error(textOf(anomalies, history));
    });
    const result = await fc.check(everyHistory, {
      seed,
      ...(path === undefined ? {} : { path }),
      numRuns: histories,
      endOnFailure: !shrink,
    });
    return {
      totals,
      failure: result.failed
        ? `${fc.defaultReportMessage(result)}\n${String(result.errorInstance)}`
        : null,
    };
  } finally {
    await bed.close();
  }
}

/** For people: `300 histories, 2,345 transactions, 44 % overlapped, …`. */
export function describeTotals(totals: Totals): string {
  const { histories, transactions, conflicts, retries } = totals;
  const percent = (100 * overlapOf(totals)).toFixed(0);
  return `${histories} histories, ${transactions} transactions, ${percent} % overlapped, ${conflicts} conflicts, ${retries} retried`;
}

/** Throws when so little happened at the same time that nothing was put to the test. */
export function assertLively(totals: Totals): void {
  if (overlapOf(totals) >= LEAST_OVERLAP && totals.conflicts > 0) return;
  throw new Error(`these histories prove nothing: ${describeTotals(totals)}`);
}

function overlapOf({ overlapped, transactions }: Totals): number {
  return transactions === 0 ? 0 : overlapped / transactions;
}

function sum(a: Totals, b: Totals): Totals {
  return {
    histories: a.histories + b.histories,
    transactions: a.transactions + b.transactions,
    overlapped: a.overlapped + b.overlapped,
    conflicts: a.conflicts + b.conflicts,
    retries: a.retries + b.retries,
  };
}

function textOf(anomalies: readonly { kind: string; text: string }[], history: unknown): string {
  const found = anomalies.map(({ kind, text }) => `${kind}: ${text}`).join("\n");
  return `${found}\nin the history\n${JSON.stringify(history)}`;
}
