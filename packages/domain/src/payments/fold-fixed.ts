/**
 * Folds the facts of a purchase that is paid once, oldest first. Its days may run from the payment on,
 * except while it is refunded, disputed or taken back by the provider. How many days is the plan's to
 * say (`entitlements.ts`), unless the provider itself sets the end.
 *
 * [PAY14] Unpaid, failed or expired gives nothing; once paid it stays paid.
 */
import type { Fact, ProductRef } from "./facts.ts";
import { type FoldedPurchase, statusOfVoid } from "./folded-purchase.ts";
import { foldPayment, type Payment, type Void } from "./payment-standing.ts";
import type { PurchaseStatus, Term } from "./purchase.ts";
import { appendTerm, earliest } from "./terms.ts";

interface Sale {
  readonly paidAtMs: number | null;
  readonly failedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly untilMs: number | null;
  readonly products: readonly ProductRef[];
  readonly payments: ReadonlyMap<string, Payment>;
}

/** Folds ordered facts. `nameOf` tells the payments apart. */
export function foldFixed(facts: readonly Fact[], nameOf: (fact: Fact) => string): FoldedPurchase {
  let sale: Sale = {
    paidAtMs: null,
    failedAtMs: null,
    endedAtMs: null,
    untilMs: null,
    products: [],
    payments: new Map(),
  };
  const terms: Term[] = [];
  for (const [index, fact] of facts.entries()) {
    sale = withFact(sale, fact, nameOf(fact));
    if (sale.paidAtMs === null || sale.endedAtMs !== null || voidOf(sale) !== null) continue;
    const nextMs = facts[index + 1]?.atMs ?? null;
    const untilMs = earliest(nextMs, sale.untilMs);
    if (untilMs !== null && untilMs <= fact.atMs) continue;
    appendTerm(terms, { fromMs: fact.atMs, untilMs, products: sale.products });
  }
  const { products, payments, paidAtMs } = sale;
  const amounts = [...payments.values()]
    .map(({ amount }) => amount)
    .filter((paid) => paid !== null);
  // Free only if something says so: an amount that is not told is not zero.
  const isTrial = paidAtMs !== null && amounts.length > 0 && Math.max(...amounts) === 0;
  return { status: statusOf(sale), terms, products, payments, isTrial, paidAtMs };
}

function withFact(before: Sale, fact: Fact, name: string): Sale {
  switch (fact.kind) {
    case "sale": {
      const after = { ...before, products: better(before.products, fact.products) };
      if (fact.state === "pending") return after;
      if (fact.state === "failed") return { ...after, failedAtMs: fact.atMs };
      return withPayment(
        {
          ...after,
          paidAtMs: before.paidAtMs ?? fact.atMs,
          endedAtMs: null,
          untilMs: fact.untilMs ?? before.untilMs,
        },
        fact,
        name,
      );
    }
    case "subscription":
      return fact.state === "ended" ? { ...before, endedAtMs: fact.atMs } : before;
    case "refund":
    case "refundTotal":
    case "dispute":
      return withPayment(before, fact, name);
    case "invoice":
    case "buyer":
    case "warning":
    case "link":
      return before;
  }
}

function withPayment(before: Sale, fact: Fact, name: string): Sale {
  const payment = foldPayment(before.payments.get(name), fact);
  return { ...before, payments: new Map(before.payments).set(name, payment) };
}

function better(before: readonly ProductRef[], found: readonly ProductRef[]) {
  return found.length > 0 ? found : before;
}

function voidOf({ payments }: Sale): Void | null {
  const voids = [...payments.values()]
    .map(({ voided }) => voided)
    .filter((found) => found !== null);
  return voids.find(({ reason }) => reason === "chargedBack") ?? voids[0] ?? null;
}

function statusOf(sale: Sale): PurchaseStatus {
  const voided = voidOf(sale);
  if (voided !== null) return statusOfVoid(voided);
  if (sale.endedAtMs !== null) return { state: "ended", atMs: sale.endedAtMs };
  if (sale.paidAtMs !== null) return { state: "paid", atMs: sale.paidAtMs };
  if (sale.failedAtMs !== null) return { state: "failed", atMs: sale.failedAtMs };
  return { state: "pending" };
}
