import { describe, expect, test } from "vitest";
import { read } from "../../../test/payments/raw-event.ts";
import { stripeEvent } from "../../../test/payments/stripe-bodies.ts";
import { foldPurchase } from "../fold-purchase.ts";
import { readPaymentEvent } from "../read-payment-event.ts";

const T = 1_760_000_000_000;
const event = (type: string, object: object, atMs = T) =>
  read(stripeEvent({ id: `evt_${type}_${atMs}`, atMs, type, object }));

test("[STRIPE1] a thin event is refused", () => {
  const thin = {
    id: "evt_1",
    object: "v2.core.event",
    type: "v1.billing.meter.error_report_triggered",
  };
  expect(readPaymentEvent("stripe", JSON.stringify(thin), T)).toMatchObject({
    ok: false,
    code: "thin_event",
  });
});

describe("moved fields", () => {
  const old = { id: "sub_1", status: "active", current_period_end: 1_762_000_000 };
  const item = { current_period_end: 1_762_000_000, price: { id: "price_1", product: "prod_1" } };

  test("[STRIPE2] a subscription's period end is read from its items, else from itself", () => {
    for (const object of [old, { id: "sub_1", status: "active", items: { data: [item] } }]) {
      const [, snapshot] = event("customer.subscription.updated", object).facts;
      expect(snapshot).toMatchObject({ state: "active", periodEndMs: 1_762_000_000_000 });
    }
  });

  test("[STRIPE2] an invoice's subscription, price and payment are read from both places", () => {
    const period = { start: 1_760_000_000, end: 1_762_000_000 };
    const before = {
      id: "in_1",
      subscription: "sub_1",
      payment_intent: { id: "pi_1" },
      charge: "ch_1",
      lines: { data: [{ amount: 1, period, price: { id: "price_1", product: { id: "prod_1" } } }] },
    };
    const pricing = { price_details: { price: "price_1", product: "prod_1" } };
    const after = {
      id: "in_1",
      parent: { subscription_details: { subscription: "sub_1" } },
      payments: { data: [{ payment: { payment_intent: "pi_1", charge: "ch_1" } }] },
      lines: { data: [{ amount: 1, period, pricing }] },
    };
    for (const invoice of [before, after]) {
      const { about, facts } = event("invoice.paid", invoice);
      expect(about).toEqual([
        "invoice:in_1",
        "subscription:sub_1",
        "payment_intent:pi_1",
        "charge:ch_1",
      ]);
      expect(facts[1]).toMatchObject({
        kind: "invoice",
        state: "paid",
        untilMs: 1_762_000_000_000,
        products: ["price:price_1", "product:prod_1"],
      });
    }
  });
});

describe("what each object says", () => {
  test("[STRIPE3] a checkout carries our user, the customer and the address", () => {
    const [buyer] = event("checkout.session.completed", {
      id: "cs_1",
      mode: "subscription",
      client_reference_id: "user_7",
      customer: { id: "cus_1" },
      customer_details: { email: "a@b.test" },
      subscription: "sub_1",
    }).facts;
    expect(buyer).toMatchObject({ userId: "user_7", customer: "cus_1", email: "a@b.test" });
    expect(
      event("customer.subscription.created", {
        id: "sub_1",
        status: "active",
        metadata: { heliograph_user_id: "user_8" },
      }).facts[0],
    ).toMatchObject({ userId: "user_8" });
  });

  test("[STRIPE4] a checkout is paid only if its payment status says so", () => {
    const session = (payment_status: string) => ({ id: "cs_1", mode: "payment", payment_status });
    const stateAfter = (type: string, status: string) =>
      event(`checkout.session.${type}`, session(status)).facts.find(({ kind }) => kind === "sale");
    expect(stateAfter("completed", "paid")).toMatchObject({ state: "paid" });
    expect(stateAfter("completed", "no_payment_required")).toMatchObject({ state: "paid" });
    expect(stateAfter("completed", "unpaid")).toMatchObject({ state: "pending" });
    expect(stateAfter("async_payment_succeeded", "paid")).toMatchObject({ state: "paid" });
    expect(stateAfter("async_payment_failed", "unpaid")).toMatchObject({ state: "failed" });
    expect(stateAfter("expired", "unpaid")).toMatchObject({ state: "failed" });
  });

  test("[STRIPE5] a status Stripe has not had before opens nothing", () => {
    const created = event("customer.subscription.created", { id: "sub_1", status: "inactive" });
    expect(foldPurchase("stripe", created.facts)?.terms).toEqual([]);
    const dispute = event("charge.dispute.updated", {
      id: "du_1",
      charge: "ch_1",
      status: "novel",
    });
    expect(dispute.facts).toMatchObject([{ kind: "dispute", state: "open" }]);
  });

  test("[STRIPE7] a credit for time not used is not a period that was paid", () => {
    const line = (amount: number, end: number) => ({
      amount,
      period: { start: 1_760_000_000, end },
    });
    const lines = { data: [line(-9000, 1_790_000_000), line(3000, 1_762_000_000)] };
    const invoice = {
      id: "in_1",
      subscription: "sub_1",
      billing_reason: "subscription_update",
      lines,
    };
    expect(event("invoice.paid", invoice).facts[1]).toMatchObject({
      untilMs: 1_762_000_000_000,
      isChange: true,
    });
  });

  test("[STRIPE6] test events are told from live ones, and a customer's change touches no purchase", () => {
    const body = { id: "evt_1", type: "customer.updated", created: 1, livemode: false };
    const data = { object: { id: "cus_1", email: "new@b.test" } };
    const found = read({
      provider: "stripe",
      body: JSON.stringify({ ...body, data }),
      receivedAtMs: T,
    });
    expect(found).toMatchObject({ isTest: true, known: true, about: ["customer:cus_1"] });
    expect(foldPurchase("stripe", found.facts)).toBeNull();
  });
});
