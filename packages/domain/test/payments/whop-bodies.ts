/** Whop's v1 events for what happens to a membership. */
import type { RawEvent } from "./raw-event.ts";
import type { MoneyStep, PaymentState, Step } from "./subscription-history.ts";

export const WHOP_PRODUCTS = { basic: "prod_basic", pro: "prod_pro" } as const;

const STATUSES = {
  trialing: "trialing",
  active: "active",
  pastDue: "past_due",
  unpaid: "unresolved",
  paused: "active",
  ended: "expired",
} as const;

const user = { id: "user_w1", username: "buyer", email: "buyer@example.test" };

/** The events of a history, oldest first. */
export function whopBodies(steps: readonly Step[]): RawEvent[] {
  const bodies: RawEvent[] = [];
  const emit = (atMs: number, type: string, data: object) => {
    bodies.push(whopEvent({ id: `msg_${bodies.length}`, atMs, type, data }));
  };
  for (const step of steps) {
    if (step.isTold) emit(step.atMs, membershipType(step), membership(step));
    if (step.money === null) continue;
    for (const [type, data] of moneyEvents(step.money)) emit(step.atMs, type, data);
  }
  return bodies;
}

/** One event around its data. */
export function whopEvent(event: {
  id: string;
  atMs: number;
  type: string;
  data: object;
}): RawEvent {
  const { id, atMs, type, data } = event;
  const timestamp = new Date(atMs).toISOString();
  const envelope = { id, api_version: "v1", api_version_date: null, timestamp, type };
  const body = JSON.stringify({ ...envelope, company_id: "biz_1", data });
  return { provider: "whop", body, receivedAtMs: atMs + 900 };
}

function membershipType({ isStart, subscription }: Step): string {
  if (isStart) return "membership.activated";
  return subscription.status === "ended" ? "membership.deactivated" : "membership.updated";
}

function membership({ subscription }: Step) {
  const { status, isCanceling, fromMs, untilMs, product } = subscription;
  return {
    id: "mem_1",
    status: isCanceling && status === "active" ? "canceling" : STATUSES[status],
    user,
    renewal_period_start: new Date(fromMs).toISOString(),
    renewal_period_end: new Date(untilMs).toISOString(),
    cancel_at_period_end: isCanceling,
    payment_collection_paused: status === "paused",
    plan: { id: `plan_${product}` },
    product: { id: WHOP_PRODUCTS[product], title: product },
    metadata: { heliograph_user_id: "user_7" },
  };
}

function moneyEvents(money: MoneyStep): [string, object][] {
  const { payment } = money;
  const paid = { id: `pay_${payment.n}`, membership: { id: "mem_1", status: "active" } };
  const dispute = (status: string) => ({ id: `dspt_${payment.n}`, status, payment: paid });
  switch (money.what) {
    case "paid":
      return [["payment.succeeded", whopPayment(payment, "paid")]];
    case "failed":
      return [["payment.failed", whopPayment(payment, "open")]];
    case "refunded":
      return [
        ["refund.created", refund(money, paid, "pending")],
        ["refund.updated", refund(money, paid, "succeeded")],
      ];
    case "refundFailed":
      return [["refund.updated", refund(money, paid, "failed")]];
    case "disputed":
      return [["dispute.created", dispute("needs_response")]];
    case "won":
    case "lost":
      return [["dispute.updated", dispute(money.what)]];
    case "warned":
      return [["dispute_alert.created", { id: `dspa_${payment.n}`, payment: paid }]];
  }
}

function whopPayment({ n, amount, isChange, isFirst }: PaymentState, status: string) {
  return {
    id: `pay_${n}`,
    status,
    substatus: status === "paid" ? "succeeded" : "failed",
    billing_reason: `subscription_${isChange ? "update" : isFirst ? "create" : "cycle"}`,
    total: amount / 100,
    currency: "eur",
    refunded_amount: 0,
    user,
    membership: { id: "mem_1", status: "active" },
    product: { id: WHOP_PRODUCTS.basic },
    plan: { id: "plan_basic" },
    metadata: null,
  };
}

function refund(money: { refund: number; amount: number }, payment: object, status: string) {
  const { refund: n, amount } = money;
  return { id: `rf_${n}`, amount: amount / 100, currency: "eur", status, payment };
}
