import { expect, test } from "vitest";
import {
  DAY_MS,
  PRICES,
  startReceiver,
  startSim,
  stripeClient,
  typesAt,
} from "../../test/sim-fixture.ts";

async function subscribed(planId: string) {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  const order = {
    provider: "stripe" as const,
    planId,
    email: "ada@example.com",
    userRef: "user_7",
  };
  const purchase = await sim.control.buy(order);
  await sim.control.settle();
  const first = typesAt(receiver, "stripe");
  receiver.received.length = 0;
  return { sim, receiver, purchase, first };
}

test("[PCHK1] a paid session tells everything it made, and itself last", async () => {
  const { first } = await subscribed(PRICES.monthly);
  expect(first).toEqual([
    "customer.created",
    "customer.subscription.created",
    "invoice.created",
    "invoice.finalized",
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "invoice_payment.paid",
    "invoice.paid",
    "invoice.payment_succeeded",
    "customer.subscription.updated",
    "checkout.session.completed",
  ]);
});

test("[PSUB1] a subscription is invoiced for the next period at its end, and keeps the 31st where a month has it", async () => {
  const { sim, receiver, purchase } = await subscribed(PRICES.monthly);
  await sim.control.advance(28 * DAY_MS);
  expect(typesAt(receiver, "stripe")).toContain("invoice.paid");
  const stripe = stripeClient(sim);
  const { items } = await stripe.subscriptions.retrieve(purchase.id);
  expect(items.data[0]?.current_period_end).toBe(Date.parse("2026-03-31T12:00:00Z") / 1000);
  const reasons = (await stripe.invoices.list()).data.map((invoice) => invoice.billing_reason);
  expect(reasons).toEqual(["subscription_cycle", "subscription_create"]);
});

test("[PSUB1] one that was told to ends at the end of its period, and is not invoiced again", async () => {
  const { sim, receiver, purchase } = await subscribed(PRICES.monthly);
  await sim.control.act(purchase, { do: "cancel" });
  await sim.control.advance(28 * DAY_MS);
  await sim.control.settle();
  expect(typesAt(receiver, "stripe")).toEqual([
    "customer.subscription.updated",
    "customer.subscription.deleted",
  ]);
  const [now] = await sim.control.purchases();
  expect(now).toMatchObject({ status: "canceled", access: null });
});

test("[PSUB2] a declined renewal is past_due, tried after 3, 5 and 7 days, then canceled", async () => {
  const { sim, receiver, purchase } = await subscribed(PRICES.monthly);
  await sim.control.act(purchase, { do: "failRenewals", fails: true });
  await sim.control.advance(28 * DAY_MS);
  expect((await sim.control.purchases())[0]).toMatchObject({ status: "past_due", access: null });
  await sim.control.advance(15 * DAY_MS);
  await sim.control.settle();
  const types = typesAt(receiver, "stripe");
  expect(types.filter((type) => type === "invoice.payment_failed")).toHaveLength(4);
  expect(types.at(-1)).toBe("customer.subscription.deleted");
  expect((await sim.control.purchases())[0]?.status).toBe("canceled");
});

test("[PSUB2] what is owed can be paid before that, and makes it active again", async () => {
  const { sim, purchase } = await subscribed(PRICES.monthly);
  await sim.control.act(purchase, { do: "failRenewals", fails: true });
  await sim.control.advance(29 * DAY_MS);
  await sim.control.act(purchase, { do: "failRenewals", fails: false });
  const paid = await sim.control.act(purchase, { do: "payOpenInvoice" });
  expect(paid).toMatchObject({
    status: "active",
    access: { planId: PRICES.monthly, untilMs: Date.parse("2026-03-31T12:00:00Z") },
  });
});

test("[PSUB3] a trial costs nothing, announces its end three days before, and is invoiced at its end", async () => {
  const { sim, receiver, purchase, first } = await subscribed(PRICES.trial);
  expect(purchase).toMatchObject({ status: "trialing", access: { planId: PRICES.trial } });
  expect(first).not.toContain("charge.succeeded");
  await sim.control.advance(4 * DAY_MS);
  expect(typesAt(receiver, "stripe")).toEqual(["customer.subscription.trial_will_end"]);
  await sim.control.advance(3 * DAY_MS);
  await sim.control.settle();
  expect(typesAt(receiver, "stripe")).toContain("charge.succeeded");
  expect((await sim.control.purchases())[0]?.status).toBe("active");
});

test("[PTRU1] refunds and disputes change who should have access, by the written policy", async () => {
  const { sim, receiver, purchase } = await subscribed(PRICES.monthly);
  const partly = await sim.control.act(purchase, { do: "refund", amount: 900 });
  expect(partly).toMatchObject({ refunded: "partial", access: { planId: PRICES.monthly } });
  expect((await sim.control.act(purchase, { do: "dispute" })).access).toBeNull();
  expect((await sim.control.act(purchase, { do: "winDispute" })).access).not.toBeNull();
  const fully = await sim.control.act(purchase, { do: "refund" });
  expect(fully).toMatchObject({ refunded: "full", access: null });
  await sim.control.settle();
  expect(typesAt(receiver, "stripe")).toEqual([
    ...["refund.created", "charge.refunded"],
    ...["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.updated"],
    ...["charge.dispute.closed", "charge.dispute.funds_reinstated"],
    ...["refund.created", "charge.refunded"],
  ]);
  const charges = receiver.received
    .map(({ body }) => JSON.parse(body))
    .filter(({ type }) => type === "charge.refunded")
    .map(({ data }) => [data.object.amount_refunded, data.object.refunded]);
  expect(charges).toEqual([
    [900, false],
    [2_900, true],
  ]);
});

test("[PSTR1] an event carries the object as it was at that moment and, for updates, the values before", async () => {
  const { sim, receiver, purchase } = await subscribed(PRICES.monthly);
  await sim.control.act(purchase, { do: "cancel" });
  await sim.control.act(purchase, { do: "cancel", now: true });
  await sim.control.settle();
  const [told, over] = receiver.received.map(({ body }) => JSON.parse(body).data);
  const listed = await stripeClient(sim).events.list({ type: "customer.subscription.*", limit: 2 });
  expect(listed.data.map(({ data }) => data)).toMatchObject([over, told]);
  expect(told.object).toMatchObject({ status: "active", cancel_at_period_end: true });
  expect(told.previous_attributes).toMatchObject({ cancel_at_period_end: false, cancel_at: null });
  expect(over.object).toMatchObject({ status: "canceled", cancel_at_period_end: true });
});
