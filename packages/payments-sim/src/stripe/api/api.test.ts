import Stripe from "stripe";
import { expect, test } from "vitest";
import {
  PRICES,
  START_MS,
  startReceiver,
  startSim,
  stripeClient,
  submit,
} from "../../../test/sim-fixture.ts";

const WISH = {
  mode: "subscription" as const,
  line_items: [{ price: PRICES.monthly, quantity: 1 }],
  success_url: "http://site.test/thanks?session={CHECKOUT_SESSION_ID}",
  cancel_url: "http://site.test/pricing",
  client_reference_id: "user_7",
  customer_email: "ada@example.com",
  subscription_data: { metadata: { userId: "user_7" } },
};

test("[PSTR2] the official library opens a session and finds it paid, its subscription with it", async () => {
  const sim = await startSim();
  const stripe = stripeClient(sim);
  const session = await stripe.checkout.sessions.create(WISH);
  expect(session.id).toMatch(/^cs_test_[A-Za-z0-9]{58}$/);
  expect(session).toMatchObject({ status: "open", payment_status: "unpaid", amount_total: 2_900 });
  await submit(session.url ?? "", { email: "ada@example.com", choice: "pay" });
  const paid = await stripe.checkout.sessions.retrieve(session.id, {
    expand: ["subscription.latest_invoice", "line_items"],
  });
  expect(paid).toMatchObject({
    ...{ status: "complete", payment_status: "paid", url: null, client_reference_id: "user_7" },
    customer_details: { email: "ada@example.com" },
    line_items: { data: [{ price: { id: PRICES.monthly }, amount_total: 2_900 }] },
    subscription: {
      ...{ status: "active", metadata: { userId: "user_7" } },
      latest_invoice: { status: "paid", amount_paid: 2_900 },
    },
  });
});

test("[PSTR3] periods stand on the item, an invoice's subscription under its parent, its intent in its payments", async () => {
  const sim = await startSim();
  const stripe = stripeClient(sim);
  const bought = await sim.control.buy({
    ...{ provider: "stripe", planId: PRICES.monthly, email: "ada@example.com" },
  });
  const subscription = await stripe.subscriptions.retrieve(bought.id);
  expect(subscription).not.toHaveProperty("current_period_end");
  expect(subscription.items.data[0]).toMatchObject({
    current_period_start: START_MS / 1000,
    current_period_end: Date.parse("2026-02-28T12:00:00Z") / 1000,
    price: { id: PRICES.monthly, product: "prod_signals" },
  });
  const [invoice] = (await stripe.invoices.list({ subscription: bought.id })).data;
  expect(invoice).not.toHaveProperty("subscription");
  expect(invoice?.parent?.subscription_details?.subscription).toBe(bought.id);
  expect(invoice?.lines.data[0]?.pricing?.price_details).toEqual({
    ...{ price: PRICES.monthly, product: "prod_signals" },
  });
  const [payment] = (await stripe.invoicePayments.list({ invoice: invoice?.id ?? "" })).data;
  expect(payment?.status).toBe("paid");
  const intent = await stripe.paymentIntents.retrieve(String(payment?.payment.payment_intent));
  expect(intent).toMatchObject({ status: "succeeded", amount_received: 2_900 });
});

test("[PLST1] auto-paging gives every object once, newest first, and filters hold", async () => {
  const sim = await startSim();
  const stripe = stripeClient(sim);
  const made: string[] = [];
  for (let n = 0; n < 23; n += 1)
    made.unshift((await stripe.customers.create({ email: `c${n}@example.com` })).id);
  const seen: string[] = [];
  for await (const customer of stripe.customers.list({ limit: 5 })) seen.push(customer.id);
  expect(seen).toEqual(made);
  const [one] = (await stripe.customers.list({ email: "c3@example.com" })).data;
  expect(one?.email).toBe("c3@example.com");
  const back = await stripe.customers.list({ limit: 2, ending_before: made[4] ?? "" });
  expect(back.data.map(({ id }) => id)).toEqual(made.slice(2, 4));
  await sim.control.advance(60_000);
  const late = await stripe.customers.create({ email: "late@example.com" });
  const newer = await stripe.customers.list({ created: { gt: START_MS / 1000 } });
  expect(newer.data.map(({ id }) => id)).toEqual([late.id]);
});

test("[PIDE1] a repeated idempotency key makes nothing new, and with other parameters it is refused", async () => {
  const sim = await startSim();
  const stripe = stripeClient(sim);
  const first = await stripe.checkout.sessions.create(WISH, { idempotencyKey: "key-1" });
  const second = await stripe.checkout.sessions.create(WISH, { idempotencyKey: "key-1" });
  expect(second.id).toBe(first.id);
  expect((await stripe.checkout.sessions.list()).data).toHaveLength(1);
  const other = stripe.checkout.sessions.create(
    { ...WISH, client_reference_id: "user_8" },
    { idempotencyKey: "key-1" },
  );
  await expect(other).rejects.toBeInstanceOf(Stripe.errors.StripeIdempotencyError);
});

test("[PSTR4] a wrong key, an unknown id and an unknown parameter are refused as Stripe refuses them", async () => {
  const sim = await startSim();
  await expect(stripeClient(sim, "sk_test_wrong").customers.list()).rejects.toBeInstanceOf(
    Stripe.errors.StripeAuthenticationError,
  );
  const stripe = stripeClient(sim);
  await expect(stripe.subscriptions.retrieve("sub_none")).rejects.toMatchObject({
    ...{ code: "resource_missing", statusCode: 404 },
  });
  const misspelt = { ...WISH, client_reference: "x" } as typeof WISH;
  await expect(stripe.checkout.sessions.create(misspelt)).rejects.toMatchObject({
    ...{ code: "parameter_unknown", param: "client_reference" },
  });
  await expect(stripe.checkout.sessions.create({ ...WISH, mode: "payment" })).rejects.toMatchObject(
    { param: "mode" },
  );
});

test("[PSTR5] the seller's server cancels, resumes, changes, refunds and expires", async () => {
  const sim = await startSim();
  const stripe = stripeClient(sim);
  const { id, customerId } = await sim.control.buy({
    ...{ provider: "stripe", planId: PRICES.monthly, email: "ada@example.com" },
  });
  const cancelled = await stripe.subscriptions.update(id, { cancel_at_period_end: true });
  expect(cancelled).toMatchObject({ cancel_at_period_end: true, status: "active" });
  await stripe.subscriptions.update(id, {
    cancel_at_period_end: false,
    metadata: { note: "kept" },
  });
  const item = cancelled.items.data[0]?.id ?? "";
  const changed = await stripe.subscriptions.update(id, {
    items: [{ id: item, price: PRICES.pricier }],
  });
  expect(changed).toMatchObject({ metadata: { note: "kept" }, cancel_at_period_end: false });
  expect(changed.items.data[0]?.price.id).toBe(PRICES.pricier);
  const [charge] = (await stripe.charges.list({ customer: customerId ?? "" })).data;
  const refund = await stripe.refunds.create({ charge: charge?.id ?? "", amount: 1_000 });
  expect(refund).toMatchObject({ amount: 1_000, status: "succeeded", charge: charge?.id });
  await expect(
    stripe.refunds.create({ charge: charge?.id ?? "", amount: 99_999 }),
  ).rejects.toMatchObject({ param: "amount" });
  expect((await stripe.subscriptions.cancel(id)).status).toBe("canceled");
  expect((await stripe.subscriptions.list()).data).toEqual([]);
  expect((await stripe.subscriptions.list({ status: "all" })).data).toHaveLength(1);
  const session = await stripe.checkout.sessions.create(WISH);
  expect((await stripe.checkout.sessions.expire(session.id)).status).toBe("expired");
});

test("[PSTR6] events that were never delivered are found by delivery_success", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  const stripe = stripeClient(sim);
  await stripe.customers.create({ email: "told@example.com" });
  await sim.control.settle();
  await sim.control.faults({ lossRate: 1 });
  await stripe.customers.create({ email: "untold@example.com" });
  await sim.control.settle();
  const lost = await stripe.events.list({ delivery_success: false });
  expect(lost.data.map(({ data }) => data.object)).toMatchObject([{ email: "untold@example.com" }]);
  expect((await stripe.events.list({ types: ["customer.created"] })).data).toHaveLength(2);
});

test("[PSTR7] a customer who is gone is refused where a parameter names them", async () => {
  const sim = await startSim();
  const stripe = stripeClient(sim);
  const { id: customer } = await stripe.customers.create({ email: "ada@example.com" });
  await stripe.customers.del(customer);
  const { customer_email: _, ...wish } = WISH;
  for (const asked of [
    stripe.billingPortal.sessions.create({ customer }),
    stripe.checkout.sessions.create({ ...wish, customer }),
  ]) {
    await expect(asked).rejects.toMatchObject({
      ...{ code: "resource_missing", param: "customer", statusCode: 400 },
    });
  }
});
