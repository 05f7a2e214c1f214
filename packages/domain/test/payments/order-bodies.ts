/** The events of each provider for what happens to an order that is paid once. */
import { ORDER_AMOUNT, type OrderStep, PART } from "./order-history.ts";
import type { RawEvent } from "./raw-event.ts";
import { stripeEvent } from "./stripe-bodies.ts";
import { whopEvent } from "./whop-bodies.ts";

type Told = (step: OrderStep, refundedBefore: boolean) => [string, object][];

/** Checkout sessions in payment mode. */
export const stripeOrders = (steps: readonly OrderStep[]) => render(steps, toldByStripe, stripeRaw);

/** Memberships of a plan that is paid once. */
export const whopOrders = (steps: readonly OrderStep[]) => render(steps, toldByWhop, whopRaw);

/** Orders of a shop; tells no failed refund, no end of a dispute and no part of a refund. */
export const sellappOrders = (steps: readonly OrderStep[]) =>
  render(steps, toldBySellapp, ({ atMs, type, object }) => ({
    provider: "sellapp",
    body: JSON.stringify({ event: type, data: object, store: 1 }),
    receivedAtMs: atMs + 700,
  }));

interface Raw {
  readonly id: string;
  readonly atMs: number;
  readonly type: string;
  readonly object: object;
}

function stripeRaw(raw: Raw): RawEvent {
  return stripeEvent({ ...raw, id: `evt_${raw.id}` });
}

function whopRaw({ id, atMs, type, object }: Raw): RawEvent {
  return whopEvent({ id: `msg_${id}`, atMs, type, data: object });
}

function render(steps: readonly OrderStep[], told: Told, raw: (raw: Raw) => RawEvent): RawEvent[] {
  return steps.flatMap((step, index) => {
    const before = steps.slice(0, index).filter(({ order }) => order.n === step.order.n);
    const refunded = before.some(({ event }) => event === "refundedPart");
    return told(step, refunded).map(([type, object], n) =>
      raw({ id: `${index}_${n}`, atMs: step.atMs, type, object }),
    );
  });
}

const toldByStripe: Told = ({ order, event }, hadPart) => {
  const { n, tier } = order;
  const refs = { charge: `ch_${n}`, payment_intent: `pi_${n}` };
  const session = (payment_status: string) => ({
    id: `cs_${n}`,
    mode: "payment",
    payment_status,
    client_reference_id: "user_7",
    customer: "cus_1",
    customer_details: { email: "buyer@example.test" },
    payment_intent: `pi_${n}`,
    subscription: null,
    metadata: { heliograph_price: `price_${tier}_${order.days}` },
    amount_total: ORDER_AMOUNT,
    currency: "eur",
  });
  const refund = (part: boolean, status: string) => ({
    id: `re_${n}_${part}`,
    amount: part ? PART : ORDER_AMOUNT - (hadPart ? PART : 0),
    status,
    ...refs,
  });
  const charge = (amount_refunded: number) => ({
    id: `ch_${n}`,
    payment_intent: `pi_${n}`,
    amount_refunded,
    refunded: amount_refunded === ORDER_AMOUNT,
  });
  const dispute = (status: string) => ({ id: `du_${n}`, ...refs, status });
  switch (event) {
    case "created":
      return [["checkout.session.completed", session("unpaid")]];
    case "failed":
      return [["checkout.session.async_payment_failed", session("unpaid")]];
    case "paid":
      return [["checkout.session.async_payment_succeeded", session("paid")]];
    case "refundedPart":
      return [
        ["refund.created", refund(true, "succeeded")],
        ["charge.refunded", charge(PART)],
      ];
    case "refundedRest":
      return [
        ["refund.created", refund(false, "pending")],
        ["charge.refunded", charge(ORDER_AMOUNT)],
      ];
    case "refundFailed":
      return [["refund.failed", refund(false, "failed")]];
    case "disputed":
      return [["charge.dispute.created", dispute("needs_response")]];
    case "won":
    case "lost":
      return [["charge.dispute.closed", dispute(event)]];
    case "warned":
      return [["radar.early_fraud_warning.created", { id: `issfr_${n}`, ...refs }]];
  }
};

const toldByWhop: Told = ({ order, event }, hadPart) => {
  const { n, tier, days } = order;
  const what = { plan: { id: `plan_${tier}_${days}` }, product: { id: `prod_${tier}` } };
  const user = { id: "user_w1", email: "buyer@example.test" };
  const membership = { id: `mem_${n}`, status: "completed" };
  const payment = {
    id: `pay_${n}`,
    membership,
    billing_reason: "one_time",
    total: ORDER_AMOUNT / 100,
    currency: "eur",
    user,
    ...what,
  };
  const refund = (part: boolean, status: string) => ({
    id: `rf_${n}_${part}`,
    amount: (part ? PART : ORDER_AMOUNT - (hadPart ? PART : 0)) / 100,
    currency: "eur",
    status,
    payment: { id: `pay_${n}` },
  });
  const dispute = (status: string) => ({ id: `dspt_${n}`, status, payment: { id: `pay_${n}` } });
  switch (event) {
    case "created":
      return [["payment.pending", payment]];
    case "failed":
      return [["payment.failed", payment]];
    case "paid":
      return [
        ["payment.succeeded", payment],
        ["membership.activated", { ...membership, user, renewal_period_end: null, ...what }],
      ];
    case "refundedPart":
      return [["refund.created", refund(true, "succeeded")]];
    case "refundedRest":
      return [["refund.updated", refund(false, "succeeded")]];
    case "refundFailed":
      return [["refund.updated", refund(false, "failed")]];
    case "disputed":
      return [["dispute.created", dispute("needs_response")]];
    case "won":
    case "lost":
      return [["dispute.updated", dispute(event)]];
    case "warned":
      return [["dispute_alert.created", { id: `dspa_${n}`, payment: { id: `pay_${n}` } }]];
  }
};

const SELLAPP_STATUSES = {
  created: "PENDING",
  failed: "VOIDED",
  refundedRest: "REFUNDED",
} as const;

const toldBySellapp: Told = ({ atMs, order, event }) => {
  const { n, tier, days } = order;
  const status =
    event === "created" || event === "failed" || event === "refundedRest"
      ? SELLAPP_STATUSES[event]
      : "COMPLETED";
  const object = {
    id: 100 + n,
    status: { status: { status, updatedAt: null }, history: [] },
    payment: { full_price: { base: String(ORDER_AMOUNT), currency: "EUR" } },
    customer_information: { id: 9, email: "Buyer@example.test", ip: "198.51.100.7" },
    additional_information: [{ label: "heliograph_user_id", value: "user_7" }],
    products: [tier === "basic" ? 1 : 2],
    product_variants: [{ product_variant_id: `${tier}_${days}` }],
    updated_at: new Date(atMs).toISOString(),
  };
  switch (event) {
    case "created":
      return [["order.created", object]];
    case "paid":
      return [["order.completed", object]];
    case "disputed":
      return [["order.disputed", object]];
    case "failed":
    case "refundedRest":
      return [["order.updated", object]];
    case "refundedPart":
    case "refundFailed":
    case "won":
    case "lost":
    case "warned":
      return [];
  }
};
