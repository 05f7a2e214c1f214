/**
 * Runs the days of fixed purchases of one tier, one after the other, like coins in a meter.
 *
 * At any time the days of one purchase run: of those in good standing with days left, the one paid
 * first. One that is refunded or disputed stands still, and the others move up; when it is in good
 * standing again, what it has left runs.
 */
import type { Term } from "./purchase.ts";
import { isWithin } from "./terms.ts";

/** A fixed purchase with its days, and the times in which they may run. */
export interface MeteredPurchase {
  readonly id: string;
  readonly paidAtMs: number;
  readonly days: number;
  readonly terms: readonly Term[];
}

/** A time in which the days of one purchase ran. */
export interface MeteredRun {
  readonly id: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

const DAY_MS = 86_400_000;

/** The runs in order of time; those of one purchase that touch are one. */
export function runFixedTerms(purchases: readonly MeteredPurchase[]): MeteredRun[] {
  const queue = purchases
    .map((purchase) => ({ purchase, leftMs: purchase.days * DAY_MS }))
    .sort(({ purchase: a }, { purchase: b }) => a.paidAtMs - b.paidAtMs || (a.id < b.id ? -1 : 1));
  const starts = purchases.flatMap(({ terms }) => terms.map(({ fromMs }) => fromMs));
  const runs: MeteredRun[] = [];
  let nowMs = Math.min(...starts, Number.POSITIVE_INFINITY);
  while (nowMs < Number.POSITIVE_INFINITY) {
    const nextStartMs = Math.min(...starts.filter((startMs) => startMs > nowMs));
    const running = queue.find(({ purchase, leftMs }) => leftMs > 0 && mayRun(purchase, nowMs));
    if (running === undefined) {
      nowMs = nextStartMs;
      continue;
    }
    const { purchase } = running;
    const untilMs = Math.min(nowMs + running.leftMs, endOfTermMs(purchase, nowMs), nextStartMs);
    running.leftMs -= untilMs - nowMs;
    appendRun(runs, { id: purchase.id, fromMs: nowMs, untilMs });
    nowMs = untilMs;
  }
  return runs;
}

function mayRun(purchase: MeteredPurchase, atMs: number): boolean {
  return purchase.terms.some((term) => isWithin(term, atMs));
}

function endOfTermMs(purchase: MeteredPurchase, atMs: number): number {
  const term = purchase.terms.find((found) => isWithin(found, atMs));
  return term?.untilMs ?? Number.POSITIVE_INFINITY;
}

function appendRun(runs: MeteredRun[], run: MeteredRun): void {
  const last = runs.at(-1);
  const continues = last?.id === run.id && last.untilMs === run.fromMs;
  if (last === undefined || !continues) runs.push(run);
  else runs[runs.length - 1] = { ...last, untilMs: run.untilMs };
}
