/**
 * Which payment a time rests on, so that a refund or dispute takes out that time and no other.
 *
 * A term payment begins a new term: its period reaches further than those paid before, or it has no
 * stated period. A time rests on the last term payment that began by then; the term lasts until the
 * next one begins. A change paid for within a term (an upgrade's difference) begins none.
 *
 *   paid    |--- January ---|--- February ---|
 *                  |-- upgrade              a change: rests on January
 *                                 ^ dispute of January's payment: January is over, nothing is lost
 *                                 ^ dispute of February's: no access from here until March is paid
 */
import type { Void } from "./payment-standing.ts";

/** A paid payment of a subscription, in the order in which they were paid. */
export interface PaidInvoice {
  readonly name: string;
  readonly fromMs: number;
  readonly untilMs: number | null;
  readonly isChange: boolean;
}

/** A time without access, whatever the subscription says. */
export interface BlockedTime {
  readonly fromMs: number;
  readonly untilMs: number | null;
  readonly cause: Void;
}

/** The times that do not stand because of what happened to the payments under them. */
export function blockedTimes(
  paid: readonly PaidInvoice[],
  voidOf: (name: string) => Void | null,
): BlockedTime[] {
  const begun = termPayments(paid);
  const starts = begun.map(({ fromMs }) => fromMs);
  return paid.flatMap((invoice): BlockedTime[] => {
    const cause = voidOf(invoice.name);
    if (cause === null) return [];
    const { fromMs } = invoice;
    if (begun.includes(invoice)) return [{ fromMs, untilMs: startAfter(starts, fromMs), cause }];
    // The difference of an upgrade may be given back without ending what was paid before it.
    return cause.reason === "refunded"
      ? []
      : [{ fromMs, untilMs: startAfter(starts, fromMs), cause }];
  });
}

/** How far the last term payment reaches; null if it does not say, or does not stand. */
export function paidUntilMs(
  paid: readonly PaidInvoice[],
  voidOf: (name: string) => Void | null,
): number | null {
  const last = termPayments(paid).at(-1);
  return last === undefined || voidOf(last.name) !== null ? null : last.untilMs;
}

function termPayments(paid: readonly PaidInvoice[]): PaidInvoice[] {
  let reachedMs = Number.NEGATIVE_INFINITY;
  return paid
    .toSorted((a, b) => a.fromMs - b.fromMs || (a.name < b.name ? -1 : 1))
    .filter(({ untilMs, isChange }) => {
      if (untilMs === null) return !isChange;
      if (isChange && untilMs <= reachedMs) return false;
      reachedMs = Math.max(reachedMs, untilMs);
      return true;
    });
}

function startAfter(starts: readonly number[], atMs: number): number | null {
  const later = starts.filter((startMs) => startMs > atMs);
  return later.length === 0 ? null : Math.min(...later);
}
