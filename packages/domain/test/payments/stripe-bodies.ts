/** Stripe's events for what happens to a subscription, in the shape before or after its fields moved (2025-03-31). */
import type { RawEvent } from "./raw-event.ts";
import type { MoneyStep, PaymentState, Step, SubscriptionState } from "./subscription-history.ts";

export type StripeVersion = "old" | "new";

export const STRIPE_PRODUCTS = { basic: "prod_basic", pro: "prod_pro" } as const;
const USER = "user_7";

const STATUSES = {
  trialing: "trialing",
  active: "active",
  pastDue: "past_due",
  unpaid: "unpaid",
  paused: "active",
  ended: "canceled",
} as const;

/** The events of a history, oldest first. */
export function stripeBodies(steps: readonly Step[], version: StripeVersion = "new"): RawEvent[] {
  const bodies: RawEvent[] = [];
  const refundedByCharge = new Map<number, number>();
  const emit = (atMs: number, type: string, object: object) => {
    bodies.push(stripeEvent({ id: `evt_${bodies.length}`, atMs, type, object }));
  };
  for (const step of steps) {
    if (step.isStart) emit(step.atMs, "checkout.session.completed", checkout());
    if (step.isTold) emit(step.atMs, subscriptionType(step), subscriptionObject(step, version));
    if (step.money === null) continue;
    for (const [type, object] of moneyEvents(step.money, version, refundedByCharge)) {
      emit(step.atMs, type, object);
    }
  }
  return bodies;
}

/** One event around an object. */
export function stripeEvent(event: {
  id: string;
  atMs: number;
  type: string;
  object: object;
}): RawEvent {
  const { id, atMs, type, object } = event;
  const created = seconds(atMs);
  const envelope = {
    id,
    object: "event",
    api_version: "2025-08-27.basil",
    created,
    livemode: true,
  };
  const body = JSON.stringify({ ...envelope, pending_webhooks: 1, type, data: { object } });
  return { provider: "stripe", body, receivedAtMs: atMs + 1500 };
}

function checkout() {
  return {
    id: "cs_1",
    object: "checkout.session",
    mode: "subscription",
    payment_status: "paid",
    client_reference_id: USER,
    customer: "cus_1",
    customer_details: { email: "Buyer@Example.test" },
    subscription: "sub_1",
    payment_intent: null,
    invoice: "in_0",
    amount_total: 3000,
    currency: "eur",
  };
}

function subscriptionType({ isStart, subscription }: Step): string {
  if (isStart) return "customer.subscription.created";
  return subscription.status === "ended"
    ? "customer.subscription.deleted"
    : "customer.subscription.updated";
}

function subscriptionObject({ atMs, subscription }: Step, version: StripeVersion) {
  const { status, isCanceling, untilMs, fromMs, product } = subscription;
  const period = { current_period_start: seconds(fromMs), current_period_end: seconds(untilMs) };
  const price = { id: `price_${product}`, product: STRIPE_PRODUCTS[product] };
  return {
    id: "sub_1",
    object: "subscription",
    customer: "cus_1",
    status: STATUSES[status],
    cancel_at_period_end: isCanceling,
    cancel_at: isCanceling ? seconds(untilMs) : null,
    ended_at: status === "ended" ? seconds(atMs) : null,
    trial_end: status === "trialing" ? seconds(untilMs) : null,
    pause_collection: status === "paused" ? { behavior: "void", resumes_at: null } : null,
    metadata: { heliograph_user_id: USER },
    items: { data: [{ id: "si_1", price, ...(version === "new" ? period : {}) }] },
    ...(version === "old" ? period : {}),
  } satisfies Record<string, unknown> & { status: (typeof STATUSES)[SubscriptionState["status"]] };
}

function moneyEvents(
  money: MoneyStep,
  version: StripeVersion,
  refundedByCharge: Map<number, number>,
): [string, object][] {
  const { payment } = money;
  const refs = { charge: `ch_${payment.n}`, payment_intent: `pi_${payment.n}` };
  const dispute = (status: string) => ({
    id: `du_${payment.n}`,
    object: "dispute",
    ...refs,
    status,
  });
  switch (money.what) {
    case "paid":
      return paidEvents(payment, version);
    case "failed":
      return [["invoice.payment_failed", invoice(payment, version, 0)]];
    case "refunded": {
      const refunded = (refundedByCharge.get(payment.n) ?? 0) + money.amount;
      refundedByCharge.set(payment.n, refunded);
      return [
        ["refund.created", refund(money, refs, "pending")],
        ["charge.refunded", charge(payment, refunded, version)],
        ["refund.updated", refund(money, refs, "succeeded")],
      ];
    }
    case "refundFailed":
      refundedByCharge.set(payment.n, (refundedByCharge.get(payment.n) ?? 0) - money.amount);
      return [["refund.failed", refund(money, refs, "failed")]];
    case "disputed":
      return [
        ["charge.dispute.created", dispute("needs_response")],
        ["charge.dispute.funds_withdrawn", dispute("under_review")],
      ];
    case "won":
      return [
        ["charge.dispute.closed", dispute("won")],
        ["charge.dispute.funds_reinstated", dispute("won")],
      ];
    case "lost":
      return [["charge.dispute.closed", dispute("lost")]];
    case "warned":
      return [["radar.early_fraud_warning.created", { id: `issfr_${payment.n}`, ...refs }]];
  }
}

function paidEvents(payment: PaymentState, version: StripeVersion): [string, object][] {
  const paid: [string, object][] = [
    ["invoice.paid", invoice(payment, version, payment.amount)],
    ["invoice.payment_succeeded", invoice(payment, version, payment.amount)],
  ];
  if (payment.amount === 0) return paid;
  const inner = { type: "payment_intent", payment_intent: `pi_${payment.n}` };
  const link = { id: `inpay_${payment.n}`, invoice: `in_${payment.n}`, payment: inner };
  const charged: [string, object] = ["charge.succeeded", charge(payment, 0, version)];
  return version === "new"
    ? [...paid, ["invoice_payment.paid", link], charged]
    : [...paid, charged];
}

function invoice(payment: PaymentState, version: StripeVersion, paid: number) {
  const { n, amount, fromMs, untilMs, isChange, isFirst } = payment;
  const period = { start: seconds(fromMs), end: seconds(untilMs) };
  const reason = isChange ? "update" : isFirst ? "create" : "cycle";
  const parent = { subscription_details: { subscription: "sub_1", metadata: {} } };
  const pi = amount === 0 ? null : `pi_${n}`;
  const details = { price_details: { price: "price_basic", product: STRIPE_PRODUCTS.basic } };
  const credit = { amount: -250, period: { start: seconds(fromMs), end: seconds(untilMs) } };
  const line = version === "new" ? { pricing: details } : { price: { id: "price_basic" } };
  return {
    id: `in_${n}`,
    object: "invoice",
    customer: "cus_1",
    billing_reason: `subscription_${reason}`,
    amount_paid: paid,
    currency: "eur",
    lines: { data: [...(isChange ? [credit] : []), { amount, period, ...line }] },
    ...(version === "new" ? { parent } : { subscription: "sub_1", payment_intent: pi }),
  };
}

function charge(payment: PaymentState, refunded: number, version: StripeVersion) {
  const { n, amount } = payment;
  return {
    id: `ch_${n}`,
    object: "charge",
    payment_intent: `pi_${n}`,
    amount,
    amount_refunded: refunded,
    refunded: refunded === amount,
    ...(version === "old" ? { invoice: `in_${n}` } : {}),
  };
}

function refund(money: { refund: number; amount: number }, refs: object, status: string) {
  return { id: `re_${money.refund}`, object: "refund", amount: money.amount, ...refs, status };
}

function seconds(ms: number): number {
  return Math.floor(ms / 1000);
}
