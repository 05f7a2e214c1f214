/** What Stripe's objects give. */
import type Stripe from "stripe";
import { GRACE_MS, listAt, planAt } from "../shop.ts";
import type { Held, Span } from "./held.ts";

interface Books {
  readonly subscriptions: Stripe.Subscription[];
  readonly invoices: Stripe.Invoice[];
  readonly payments: Stripe.InvoicePayment[];
  readonly charges: Stripe.Charge[];
  readonly refunds: Stripe.Refund[];
  readonly disputes: Stripe.Dispute[];
  readonly sessions: Stripe.Checkout.Session[];
  readonly events: Stripe.Event[];
}

/** Every completed checkout with what it gives. */
export async function readStripeTruth(simUrl: string): Promise<Held[]> {
  const read = async <T>(path: string) =>
    (await listAt(simUrl, "stripe", `/v1/${path}limit=100`)) as T[];
  const books: Books = {
    subscriptions: await read("subscriptions?status=all&"),
    invoices: await read("invoices?"),
    payments: await read("invoice_payments?"),
    charges: await read("charges?"),
    refunds: await read("refunds?"),
    disputes: await read("disputes?"),
    sessions: await read("checkout/sessions?status=complete&"),
    events: await read("events?type=charge.dispute.closed&"),
  };
  return books.sessions.map((session) => heldBy(books, session));
}

function heldBy(books: Books, session: Stripe.Checkout.Session): Held {
  const email = session.customer_details?.email ?? "";
  const subscription = books.subscriptions.find(({ id }) => id === session.subscription);
  if (subscription !== undefined) {
    const { tier } = planAt("stripe", subscription.items.data[0]?.price.id ?? "");
    return { kind: "running", email, tier, untilMs: runsUntil(books, subscription) };
  }
  const { tier, lasts } = planAt("stripe", session.metadata?.heliograph_price ?? "");
  const charge = books.charges.find(
    ({ payment_intent, status }) =>
      payment_intent === session.payment_intent && status === "succeeded",
  );
  if (charge === undefined || !("days" in lasts)) throw new Error(`${session.id} was never paid`);
  const standsStill = standstills(books, charge);
  return {
    kind: "metered",
    email,
    tier,
    paidAtMs: charge.created * 1000,
    days: lasts.days,
    standsStill,
  };
}

function runsUntil(books: Books, subscription: Stripe.Subscription): number {
  const invoices = books.invoices
    .filter((invoice) => invoice.parent?.subscription_details?.subscription === subscription.id)
    .toSorted((a, b) => a.created - b.created);
  const paid = invoices.filter(({ status }) => status === "paid");
  const terms = paid.filter(({ billing_reason: reason }) => reason !== "subscription_update");
  const term = terms.at(-1);
  if (term === undefined || subscription.status === "canceled") return 0;
  const since = paid.slice(paid.indexOf(term));
  if (isVoid(books, term, true) || since.some((invoice) => isVoid(books, invoice, false))) return 0;
  const item = subscription.items.data[0];
  const paidMs = Math.max(...term.lines.data.map(({ period }) => period.end)) * 1000;
  const capMs = (subscription.cancel_at ?? Number.POSITIVE_INFINITY) * 1000;
  if (subscription.status === "active") {
    const endMs = Math.max(paidMs, (item?.current_period_end ?? 0) * 1000);
    return Math.min(capMs, endMs + GRACE_MS);
  }
  const lastPaidAt = paid.at(-1)?.status_transitions.paid_at ?? 0;
  const owed = invoices.find(({ status, created }) => status === "open" && created >= lastPaidAt);
  const sinceMs = (owed?.created ?? 0) * 1000;
  return Math.min(capMs, Math.max(paidMs, sinceMs + GRACE_MS));
}

/** A refund in full, if it counts, or a dispute that is not won. */
function isVoid(books: Books, invoice: Stripe.Invoice, doRefundsCount: boolean): boolean {
  const payment = books.payments.find((found) => found.invoice === invoice.id);
  const charges = books.charges.filter(
    ({ payment_intent: intent, status }) =>
      intent === payment?.payment.payment_intent && status === "succeeded",
  );
  return charges.some(
    (charge) =>
      (doRefundsCount && charge.refunded) ||
      books.disputes.some(({ charge: of, status }) => of === charge.id && status !== "won"),
  );
}

function standstills(books: Books, charge: Stripe.Charge): Span[] {
  const refunds = books.refunds.filter((refund) => refund.charge === charge.id);
  const refundedAt = Math.max(...refunds.map(({ created }) => created));
  const disputes = books.disputes.filter((dispute) => dispute.charge === charge.id);
  return [
    ...(charge.refunded ? [{ fromMs: refundedAt * 1000, untilMs: null }] : []),
    ...disputes.map(({ id, created, status }) => {
      const closed = books.events.find(({ data }) => "id" in data.object && data.object.id === id);
      const untilMs = status === "won" ? (closed?.created ?? 0) * 1000 : null;
      return { fromMs: created * 1000, untilMs };
    }),
  ];
}
