/**
 * Stripe's truth, by its library. Events that never arrived come first, as they were; what is older than
 * Stripe keeps events is told by the objects themselves.
 *
 *   events          the last 30 days that no endpoint has accepted
 *   sessions        who bought, and single payments        subscriptions   how they stand
 *   invoices        what was paid, and what is owed        payments        which intent paid which invoice
 *   refunds, disputes, each with its charge and intent: charges by themselves say no more
 */
import type Stripe from "stripe";
import { stripeClient } from "../../checkout/stripeClient.ts";
import type { Statement } from "../validators.ts";
import { type List, type ListPage, readPageOf, statement, type TruthPage } from "./page.ts";

const LIMIT = 100;
const EVENTS_KEPT_S = 30 * 86_400;

type Params = { limit: number; starting_after?: string };

/** Reads a page. Throws what the library throws. */
export async function readStripePage(cursor: string | null, nowMs: number): Promise<TruthPage> {
  const stripe = stripeClient();
  const since = Math.floor(nowMs / 1000) - EVENTS_KEPT_S;
  return await readPageOf(
    {
      events: list(
        (page) => stripe.events.list({ ...page, delivery_success: false, created: { gte: since } }),
        (event) => [{ kind: "event", body: JSON.stringify(event) }],
      ),
      sessions: sessionsOf(stripe),
      subscriptions: list(
        (page) =>
          stripe.subscriptions.list({ ...page, status: "all", expand: ["data.latest_invoice"] }),
        subscriptionSays,
      ),
      invoices: list((page) => stripe.invoices.list(page), invoiceSays),
      payments: list(
        (page) => stripe.invoicePayments.list({ ...page, status: "paid" }),
        paymentSays,
      ),
      refunds: list((page) => stripe.refunds.list(page), refundSays),
      disputes: list((page) => stripe.disputes.list(page), disputeSays),
    },
    cursor,
  );
}

function list<T extends { id: string }>(
  read: (page: Params) => Promise<Stripe.ApiList<T>>,
  says: (object: T) => readonly Statement[],
): List {
  return async (after) => {
    const page = await read({ limit: LIMIT, ...(after !== null && { starting_after: after }) });
    return { statements: page.data.flatMap(says), after: afterOf(page) };
  };
}

function afterOf({ has_more, data }: Stripe.ApiList<{ id: string }>): ListPage["after"] {
  return has_more ? (data.at(-1)?.id ?? null) : null;
}

/** A session that sells by itself and does not carry our product is asked for its lines. */
function sessionsOf(stripe: Stripe): List {
  return async (after) => {
    const page = await stripe.checkout.sessions.list({
      ...{ limit: LIMIT, status: "complete", expand: ["data.payment_intent.latest_charge"] },
      ...(after !== null && { starting_after: after }),
    });
    const statements: Statement[] = [];
    for (const session of page.data) {
      const lines =
        session.mode === "payment" && session.metadata?.heliograph_price === undefined
          ? await stripe.checkout.sessions.listLineItems(session.id, { limit: LIMIT })
          : null;
      const told = lines === null ? session : { ...session, line_items: lines };
      const flat = { ...told, payment_intent: idOf(session.payment_intent) };
      const type = "checkout.session.completed";
      statements.push(statement(type, flat, paidAtMs(session)));
    }
    return { statements, after: afterOf(page) };
  };
}

function idOf(value: string | { id: string } | null): string | null {
  return typeof value === "object" ? (value?.id ?? null) : value;
}

/** A single payment counts from when it was charged, which may be days after the session. */
function paidAtMs({ payment_intent: intent, created }: Stripe.Checkout.Session): number {
  const charge = typeof intent === "object" ? intent?.latest_charge : null;
  return (typeof charge === "object" && charge !== null ? charge.created : created) * 1000;
}

function subscriptionSays(subscription: Stripe.Subscription): Statement[] {
  const isOver = subscription.status === "canceled" || subscription.status === "incomplete_expired";
  const type = isOver ? "customer.subscription.deleted" : "customer.subscription.updated";
  const flat = { ...subscription, latest_invoice: idOf(subscription.latest_invoice) };
  return [statement(type, flat, ms(standingSince(subscription)))];
}

/** Since when a subscription is what it is, where the object tells. */
function standingSince(subscription: Stripe.Subscription): number | null {
  const { status, created, ended_at, canceled_at, cancel_at, pause_collection } = subscription;
  if (ended_at !== null) return ended_at;
  if (pause_collection !== null) return null;
  if (cancel_at !== null) return canceled_at;
  switch (status) {
    case "active":
      return subscription.items.data[0]?.current_period_start ?? created;
    case "past_due":
      return owedSince(subscription);
    case "trialing":
    case "incomplete":
      return created;
    default:
      return null;
  }
}

function owedSince({ latest_invoice: invoice }: Stripe.Subscription): number | null {
  if (typeof invoice !== "object" || invoice?.status !== "open") return null;
  return invoice.status_transitions.finalized_at ?? invoice.created;
}

function invoiceSays(invoice: Stripe.Invoice): Statement[] {
  const { status, status_transitions: at, attempt_count: attempts, created } = invoice;
  if (status === "paid") return [statement("invoice.paid", invoice, ms(at.paid_at ?? created))];
  if (status !== "open" || attempts === 0) return [];
  return [statement("invoice.payment_failed", invoice, ms(at.finalized_at ?? created))];
}

function paymentSays(payment: Stripe.InvoicePayment): Statement[] {
  const paidAt = payment.status_transitions.paid_at ?? payment.created;
  return [statement("invoice_payment.paid", payment, ms(paidAt))];
}

function refundSays(refund: Stripe.Refund): Statement[] {
  const hasFailed = refund.status === "failed" || refund.status === "canceled";
  return [statement(hasFailed ? "refund.failed" : "refund.created", refund, ms(refund.created))];
}

function disputeSays(dispute: Stripe.Dispute): Statement[] {
  const isOpen = ["needs_response", "under_review"].includes(
    dispute.status.replace("warning_", ""),
  );
  const type = isOpen ? "charge.dispute.created" : "charge.dispute.closed";
  return [statement(type, dispute, ms(dispute.created))];
}

function ms(seconds: number | null): number | null {
  return seconds === null ? null : seconds * 1000;
}
