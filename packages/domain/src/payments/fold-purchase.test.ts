import { describe, expect, test } from "vitest";
import type { Fact, FactBody, InvoiceFact, SubscriptionFact } from "./facts.ts";
import { foldPurchase } from "./fold-purchase.ts";
import type { Ref } from "./refs.ts";

const T = 1_760_000_000_000;
const DAY = 86_400_000;
const GRACE = { graceMs: 3 * DAY };

let count = 0;
const fact = (day: number, refs: readonly Ref[], body: FactBody): Fact => {
  count += 1;
  return { ...body, atMs: T + day * DAY, key: `evt_${count}`, refs };
};
const subscription = (day: number, more: Partial<SubscriptionFact> = {}) =>
  fact(day, ["subscription:s"], {
    kind: "subscription",
    state: "active",
    periodEndMs: T + 30 * DAY,
    cancelAtMs: null,
    products: ["price:basic"],
    ...more,
  });
const invoice = (day: number, n: number, more: Partial<InvoiceFact> = {}) =>
  fact(day, ["subscription:s", `invoice:${n}`, `charge:${n}`], {
    kind: "invoice",
    state: "paid",
    fromMs: T + (n - 1) * 30 * DAY,
    untilMs: T + n * 30 * DAY,
    isChange: false,
    products: ["price:basic"],
    amount: 1000,
    currency: "eur",
    ...more,
  });
const dispute = (day: number, n: number, state: "noted" | "open" | "won" | "lost") =>
  fact(day, [`charge:${n}`], { kind: "dispute", dispute: `d${n}`, state });
const refund = (day: number, n: number, amount: number, state: "succeeded" | "failed") =>
  fact(day, [`charge:${n}`], { kind: "refund", refund: `r${n}`, state, amount });
const sale = (day: number, state: "pending" | "paid" | "failed", amount = 1000) =>
  fact(day, ["checkout:c", "charge:1"], {
    kind: "sale",
    state,
    products: ["price:once"],
    amount,
    currency: "eur",
    untilMs: null,
  });
const buyer = (day: number, userId: string | null, email: string | null) =>
  fact(day, ["checkout:c"], { kind: "buyer", userId, customer: null, email, ip: null });

/** The terms in days. */
function days(...facts: Fact[]): (number | null)[][] {
  const terms = foldPurchase("stripe", facts, GRACE)?.terms ?? [];
  const day = (atMs: number | null) => (atMs === null ? null : (atMs - T) / DAY);
  return terms.map(({ fromMs, untilMs }) => [day(fromMs), day(untilMs)]);
}
const status = (...facts: Fact[]) => foldPurchase("stripe", facts, GRACE)?.status;

describe("what makes a purchase", () => {
  test("[PAY2] a refund or a dispute alone is none", () => {
    expect(
      foldPurchase("stripe", [refund(0, 1, 5, "succeeded"), dispute(1, 1, "open")]),
    ).toBeNull();
    expect(foldPurchase("stripe", [])).toBeNull();
  });

  test("[PAY2] a refund that came before its sale counts as soon as they are linked", () => {
    expect(days(refund(2, 1, 1000, "succeeded"), sale(1, "paid"))).toEqual([[1, 2]]);
  });

  test("[PAY3] what a subscription says makes it recurring, a sale alone fixed", () => {
    expect(foldPurchase("stripe", [subscription(0)])?.kind).toBe("recurring");
    expect(foldPurchase("stripe", [subscription(0, { state: "ended" })])?.kind).toBe("recurring");
    expect(foldPurchase("stripe", [sale(0, "paid")])?.kind).toBe("fixed");
  });

  test("[PAY4] of the buyer what was said last counts, and what was not said stays", () => {
    const said = [buyer(0, "user_1", "old@b.test"), buyer(1, null, "new@b.test"), sale(0, "paid")];
    expect(foldPurchase("stripe", said.toReversed())?.buyer).toEqual({
      userIdCarried: "user_1",
      customerRef: null,
      email: "new@b.test",
    });
  });
});

describe("money that goes back", () => {
  test("[PAY5] a full refund ends access then, a part of one does not, a failed one never was", () => {
    expect(days(sale(0, "paid"), refund(2, 1, 999, "succeeded"))).toEqual([[0, null]]);
    expect(days(sale(0, "paid"), refund(2, 1, 1000, "succeeded"))).toEqual([[0, 2]]);
    const failed = [sale(0, "paid"), refund(2, 1, 1000, "succeeded"), refund(5, 1, 1000, "failed")];
    expect(days(...failed)).toEqual([
      [0, 2],
      [5, null],
    ]);
    expect(foldPurchase("stripe", failed)?.money).toMatchObject({ amount: 1000, refunded: 0 });
  });

  test("[PAY5] the total a charge tells, and the refunds it is made of, are not counted twice", () => {
    const total = fact(2, ["charge:1"], { kind: "refundTotal", refunded: 600, isFull: false });
    const told = [sale(0, "paid"), refund(2, 1, 600, "succeeded"), total];
    expect(foldPurchase("stripe", told)?.money.refunded).toBe(600);
    const undone = foldPurchase("stripe", [...told, refund(3, 1, 600, "failed")]);
    expect(undone?.money.refunded).toBe(0);
  });

  test("[PAY6] a dispute suspends, winning it restores, losing it ends; an inquiry is noted", () => {
    expect(days(sale(0, "paid"), dispute(2, 1, "open"))).toEqual([[0, 2]]);
    expect(days(sale(0, "paid"), dispute(2, 1, "open"), dispute(5, 1, "won"))).toEqual([
      [0, 2],
      [5, null],
    ]);
    const lost = [sale(0, "paid"), dispute(2, 1, "open"), dispute(5, 1, "lost")];
    expect(days(...lost)).toEqual([[0, 2]]);
    expect(status(...lost)).toEqual({ state: "chargedBack", atMs: T + 5 * DAY });
    const noted = foldPurchase("stripe", [sale(0, "paid"), dispute(2, 1, "noted")]);
    expect(noted).toMatchObject({ status: { state: "paid" }, warnings: 1 });
  });
});

describe("subscriptions", () => {
  const start = [subscription(0), invoice(0, 1)];

  test("[PAY7] an active one runs to its period's end and grace", () => {
    expect(days(...start)).toEqual([[0, 33]]);
    expect(days(invoice(0, 1))).toEqual([[0, 33]]);
  });

  test("[PAY8] a failed payment leaves what was paid, and grace from the first failure", () => {
    const rolled = subscription(30, { periodEndMs: T + 60 * DAY });
    const failing = [...start, rolled, invoice(30, 2, { state: "failed" })];
    expect(days(...failing)).toEqual([[0, 33]]);
    const again = [...failing, invoice(32, 2, { state: "failed" })];
    expect(days(...again)).toEqual([[0, 33]]);
    expect(status(...again)).toEqual({
      state: "pastDue",
      sinceMs: T + 30 * DAY,
      graceUntilMs: T + 33 * DAY,
    });
    expect(days(...again, invoice(40, 2))).toEqual([
      [0, 33],
      [40, 63],
    ]);
  });

  test("[PAY8] who never paid gets no grace", () => {
    const trial = subscription(0, { state: "trialing", periodEndMs: T + 7 * DAY });
    const free = invoice(0, 1, { untilMs: T + 7 * DAY, amount: 0 });
    expect(days(trial, free, subscription(7, { state: "pastDue" }))).toEqual([[0, 7]]);
    expect(days(subscription(0, { state: "pending" }), invoice(0, 1, { state: "failed" }))).toEqual(
      [],
    );
  });

  test("[PAY8] a payment counts from itself on, also if the subscription's own event is lost", () => {
    const pending = subscription(0, { state: "pending" });
    expect(days(pending, invoice(0, 1))).toEqual([[0, 33]]);
    const unpaid = subscription(95, { state: "unpaid", periodEndMs: T + 120 * DAY });
    const late = invoice(96, 2, { amount: 1000 });
    expect(days(...start, unpaid, late)).toEqual([[0, 33]]);
    expect(days(...start, unpaid, invoice(96, 4))).toEqual([
      [0, 33],
      [96, 123],
    ]);
  });

  test("[PAY9] cancelled at period end runs to exactly then, and not after it has ended", () => {
    const canceling = subscription(5, { cancelAtMs: T + 30 * DAY });
    expect(days(...start, canceling)).toEqual([[0, 30]]);
    expect(status(...start, canceling)).toEqual({
      state: "canceledAtPeriodEnd",
      untilMs: T + 30 * DAY,
    });
    expect(days(...start, subscription(9, { state: "ended" }))).toEqual([[0, 9]]);
    expect(days(...start, subscription(9, { state: "unpaid" }))).toEqual([[0, 9]]);
    expect(days(...start, canceling, subscription(6))).toEqual([[0, 33]]);
  });

  test("[PAY10] a trial runs to exactly its end, and is one until money is paid", () => {
    const trial = subscription(0, { state: "trialing", periodEndMs: T + 7 * DAY });
    expect(days(trial)).toEqual([[0, 7]]);
    expect(foldPurchase("stripe", [trial])?.isTrial).toBe(true);
    expect(foldPurchase("stripe", [trial, subscription(7), invoice(7, 1)])?.isTrial).toBe(false);
  });

  test("[PAY11] paused runs to the end of what was paid, resumed goes on", () => {
    const paused = subscription(5, { state: "paused" });
    expect(days(...start, paused)).toEqual([[0, 30]]);
    expect(days(...start, paused, subscription(40, { periodEndMs: T + 70 * DAY }))).toEqual([
      [0, 30],
      [40, 73],
    ]);
  });

  test("[PAY12] a change of product divides the term at that moment", () => {
    const upgraded = subscription(10, { products: ["price:pro"] });
    expect(foldPurchase("stripe", [...start, upgraded], GRACE)?.terms).toEqual([
      { fromMs: T, untilMs: T + 10 * DAY, products: ["price:basic"] },
      { fromMs: T + 10 * DAY, untilMs: T + 33 * DAY, products: ["price:pro"] },
    ]);
  });

  describe("disputes and refunds of one payment among several", () => {
    const renewed = [...start, subscription(30, { periodEndMs: T + 60 * DAY }), invoice(30, 2)];

    test("[PAY13] of an old payment they leave the running term alone", () => {
      expect(days(...renewed, dispute(40, 1, "open"), dispute(45, 1, "lost"))).toEqual([[0, 63]]);
      expect(days(...renewed, refund(40, 1, 1000, "succeeded"))).toEqual([[0, 63]]);
    });

    test("[PAY13] of the running term's payment they end it, until the next one is paid", () => {
      const lost = [...renewed, dispute(40, 2, "open"), dispute(45, 2, "lost")];
      expect(days(...lost)).toEqual([[0, 40]]);
      expect(days(...renewed, dispute(40, 2, "open"), dispute(45, 2, "won"))).toEqual([
        [0, 40],
        [45, 63],
      ]);
      const next = subscription(60, { periodEndMs: T + 90 * DAY });
      expect(days(...lost, next, invoice(60, 3))).toEqual([
        [0, 40],
        [60, 93],
      ]);
    });

    test("[PAY13] the difference of an upgrade may be refunded, but not disputed, without losing access", () => {
      const change = invoice(40, 9, {
        fromMs: T + 40 * DAY,
        untilMs: T + 60 * DAY,
        isChange: true,
      });
      expect(days(...renewed, change, refund(41, 9, 1000, "succeeded"))).toEqual([[0, 63]]);
      expect(days(...renewed, change, dispute(41, 9, "open"))).toEqual([[0, 41]]);
    });

    test("[PAY13] a charge is known as a payment by whichever refs link it", () => {
      const bare = { ...invoice(30, 2), refs: ["subscription:s", "invoice:2"] as const };
      const link = fact(50, ["invoice:2", "payment_intent:2"], { kind: "link" });
      const charged = fact(50, ["payment_intent:2", "charge:2"], { kind: "link" });
      const before = [...start, subscription(30, { periodEndMs: T + 60 * DAY }), bare];
      expect(days(...before, dispute(40, 2, "open"), link, charged)).toEqual([[0, 40]]);
    });
  });
});

test("[PAY1] of two states told in one second the one with the later period came later", () => {
  const states = [30, 60].map((day) => ({ ...subscription(0), periodEndMs: T + day * DAY }));
  const renamed = states.map((state, index) => ({ ...state, key: `evt_${9 - index}` }));
  expect(days(...states)).toEqual([[0, 63]]);
  expect(days(...renamed)).toEqual([[0, 63]]);
});

test("[PAY14] unpaid, failed or expired gives nothing; once paid it stays paid", () => {
  expect(days(sale(0, "pending"))).toEqual([]);
  expect(days(sale(0, "pending"), sale(1, "failed"))).toEqual([]);
  expect(status(sale(0, "pending"), sale(1, "failed"))).toEqual({ state: "failed", atMs: T + DAY });
  expect(days(sale(0, "pending"), sale(1, "paid"), sale(2, "failed"))).toEqual([[1, null]]);
});

test("[PAY14] a sale for nothing is a trial, one whose amount is not told is none", () => {
  const trial = (amount: number | null) => {
    const told = { ...sale(0, "paid"), amount };
    return foldPurchase("stripe", [told])?.isTrial;
  };
  expect([trial(0), trial(100), trial(null)]).toEqual([true, false, false]);
});
