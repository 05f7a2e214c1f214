/**
 * Subscriptions through time.
 *
 *   incomplete -> active <-> past_due -> canceled     a trial begins at `trialing`
 *
 * [PSUB1] At the end of a period a subscription is invoiced for the next one, or ends if it was told to.
 * [PSUB2] A declined renewal makes it past_due and is tried again after 3, 5 and 7 days; then it is canceled.
 * [PSUB3] A trial announces its end three days before and is invoiced at its end.
 */
import type Stripe from "stripe";
import type { Plan } from "../catalogue/catalogue.ts";
import { addPeriod } from "../catalogue/periods.ts";
import { DAY_MS } from "../clock.ts";
import { refuse } from "../refusal.ts";
import type { StripeAccount } from "./account.ts";
import type { Invoice, InvoicePayment, Item, Price, Subscription } from "./objects.ts";
import type { Payments } from "./payments.ts";
import { type LineFacts, makeInvoice, makeInvoicePayment } from "./wire/invoice.ts";
import { makeItem, makeSubscription, type Span } from "./wire/subscription.ts";

const RETRY_DAYS = [3, 5, 7];
const DAY = DAY_MS / 1000;

export type NewSubscription = {
  customer: string;
  planId: string;
  quantity: number;
  trialDays: number;
  metadata: Record<string, string>;
};

export class Billing {
  readonly #account: StripeAccount;
  readonly #payments: Payments;
  readonly #invoices = new Map<string, Invoice[]>();
  readonly #paymentsByInvoice = new Map<string, InvoicePayment>();
  #numbers = 0;

  constructor(account: StripeAccount, payments: Payments) {
    this.#account = account;
    this.#payments = payments;
  }

  /** Oldest first. */
  invoicesOf(subscriptionId: string): readonly Invoice[] {
    return this.#invoices.get(subscriptionId) ?? [];
  }

  /** Subscribes and collects the first invoice; the caller has made sure that the card works. */
  start({ customer, planId, quantity, trialDays, metadata }: NewSubscription): Subscription {
    const account = this.#account;
    const plan = account.catalogue.getPlan(planId);
    const created = account.now();
    const trialEnd = trialDays > 0 ? created + trialDays * DAY : null;
    const anchor = trialEnd ?? created;
    const period = { start: created, end: trialEnd ?? nextEnd(anchor, plan, created) };
    const id = account.id("sub");
    const item = makeItem({
      ...{ id: account.id("si"), subscription: id, price: account.getPrice(planId) },
      ...{ quantity, created, period },
    });
    const subscription = makeSubscription({
      ...{ id, customer, created, anchor, currency: plan.currency, item, trialEnd, metadata },
    });
    account.subscriptions.set(id, subscription);
    account.emit("customer.subscription.created", subscription);
    this.collect(
      this.#invoice(subscription, "subscription_create", [this.#line(subscription, period)]),
    );
    this.#planRenewal(subscription);
    if (trialEnd !== null) this.#planTrialWarning(subscription, trialEnd);
    return subscription;
  }

  /** Charges an open invoice, as at its end of period or when a person pays what is owed. */
  collect(invoice: Invoice): void {
    const account = this.#account;
    if (invoice.status !== "open")
      throw refuse.state(`Invoice ${invoice.id} is ${invoice.status}.`);
    const subscription = account.getSubscription(subscriptionOf(invoice));
    if (invoice.total === 0) {
      this.#settle(invoice, subscription);
      return;
    }
    const payment = this.#paymentOf(invoice);
    const declined = account.declining.has(subscription.customer);
    const { email } = account.getCustomer(subscription.customer);
    const intent = account.getIntent(String(payment.payment.payment_intent));
    this.#payments.charge(intent, { purchaseId: subscription.id, email, declined });
    if (declined) {
      this.#dun(invoice, subscription);
      return;
    }
    account.change(payment, {
      ...{ amount_paid: invoice.total, status: "paid" },
      status_transitions: { canceled_at: null, paid_at: account.now() },
    });
    account.emit("invoice_payment.paid", payment);
    this.#settle(invoice, subscription);
  }

  openInvoice(subscriptionId: string): Invoice | undefined {
    return this.invoicesOf(subscriptionId).find(({ status }) => status === "open");
  }

  cancelAtPeriodEnd(subscription: Subscription, cancels: boolean): void {
    this.#mustLive(subscription);
    if (subscription.cancel_at_period_end === cancels) return;
    const end = itemOf(subscription).current_period_end;
    this.#account.update(subscription, "customer.subscription.updated", {
      cancel_at_period_end: cancels,
      cancel_at: cancels ? end : null,
      canceled_at: cancels ? this.#account.now() : null,
      cancellation_details: {
        ...{ comment: null, feedback: null, feedback_option: null },
        reason: cancels ? "cancellation_requested" : null,
      },
    });
  }

  end(
    subscription: Subscription,
    reason: "cancellation_requested" | "payment_failed" = "cancellation_requested",
  ): void {
    this.#mustLive(subscription);
    const now = this.#account.now();
    this.#account.change(subscription, {
      status: "canceled",
      ended_at: now,
      canceled_at: subscription.canceled_at ?? now,
      cancellation_details: { comment: null, feedback: null, feedback_option: null, reason },
    });
    this.#account.emit("customer.subscription.deleted", subscription);
  }

  /** Moves to another price of the same rhythm at once; the rest of the period is charged if it costs more. */
  changePlan(subscription: Subscription, planId: string): void {
    this.#mustLive(subscription);
    const account = this.#account;
    const item = itemOf(subscription);
    const before = account.catalogue.getPlan(item.price.id);
    const plan = account.catalogue.getPlan(planId);
    if (plan.every === null) throw refuse.invalid("price", `Price ${planId} is not recurring.`);
    const price = account.getPrice(planId);
    account.update(subscription, "customer.subscription.updated", {
      items: { ...subscription.items, data: [{ ...item, price: expandable(price) }] },
    });
    const left = leftOf(item, account.now());
    const rest = { start: account.now(), end: item.current_period_end };
    const lines = [
      this.#line(subscription, rest, { plan: before, share: -left }),
      this.#line(subscription, rest, { plan, share: left }),
    ];
    const total = lines.reduce((sum, { amount }) => sum + amount, 0);
    if (total > 0 && subscription.status === "active")
      this.collect(this.#invoice(subscription, "subscription_update", lines));
  }

  /** For writes of the API: metadata, description. */
  updateMetadata(subscription: Subscription, metadata: Record<string, string>): void {
    this.#account.update(subscription, "customer.subscription.updated", {
      metadata: mergeMetadata(subscription.metadata, metadata),
    });
  }

  #planRenewal(subscription: Subscription): void {
    const end = itemOf(subscription).current_period_end;
    this.#account.clock.at(end * 1000, () => {
      if (isLive(subscription) && itemOf(subscription).current_period_end === end)
        this.#renew(subscription);
    });
  }

  #planTrialWarning(subscription: Subscription, trialEnd: number): void {
    this.#account.clock.at((trialEnd - 3 * DAY) * 1000, () => {
      if (isLive(subscription))
        this.#account.emit("customer.subscription.trial_will_end", subscription);
    });
  }

  #renew(subscription: Subscription): void {
    if (subscription.cancel_at_period_end) {
      this.end(subscription);
      return;
    }
    const account = this.#account;
    const item = itemOf(subscription);
    const plan = account.catalogue.getPlan(item.price.id);
    const start = item.current_period_end;
    const period = { start, end: nextEnd(subscription.billing_cycle_anchor, plan, start) };
    const moved = { current_period_start: period.start, current_period_end: period.end };
    account.update(subscription, "customer.subscription.updated", {
      items: { ...subscription.items, data: [{ ...item, ...moved }] },
      ...(subscription.status === "trialing" && { status: "active" }),
    });
    this.collect(
      this.#invoice(subscription, "subscription_cycle", [this.#line(subscription, period)]),
    );
    if (isLive(subscription)) this.#planRenewal(subscription);
  }

  #invoice(
    subscription: Subscription,
    reason: Stripe.Invoice.BillingReason,
    lines: readonly LineFacts[],
  ): Invoice {
    const account = this.#account;
    this.#numbers += 1;
    const customer = account.getCustomer(subscription.customer);
    const now = account.now();
    const invoice = makeInvoice({
      ...{
        id: account.id("in"),
        created: now,
        reason,
        customer: customer.id,
        email: customer.email,
      },
      ...{ number: `${customer.invoice_prefix}-${String(this.#numbers).padStart(4, "0")}`, lines },
      ...{ currency: subscription.currency, subscription: subscription.id },
      ...{ metadata: subscription.metadata, period: { start: now, end: now } },
    });
    account.invoices.set(invoice.id, invoice);
    this.#invoices.set(subscription.id, [...this.invoicesOf(subscription.id), invoice]);
    account.change(subscription, { latest_invoice: invoice.id });
    account.emit("invoice.created", invoice);
    account.change(invoice, {
      status: "open",
      status_transitions: { ...invoice.status_transitions, finalized_at: now },
    });
    account.emit("invoice.finalized", invoice);
    return invoice;
  }

  #line(subscription: Subscription, period: Span, part?: { plan: Plan; share: number }): LineFacts {
    const account = this.#account;
    const item = itemOf(subscription);
    const plan = part?.plan ?? account.catalogue.getPlan(item.price.id);
    const quantity = item.quantity ?? 1;
    const trial = subscription.status === "trialing";
    const full = trial ? 0 : plan.amount * quantity;
    const kind = trial
      ? "Trial period for"
      : part === undefined
        ? ""
        : part.share < 0
          ? "Unused time on"
          : "Remaining time on";
    return {
      ...{ id: account.id("il"), amount: Math.round(full * (part?.share ?? 1)) },
      ...{ description: `${kind} ${quantity} × ${plan.product.name}`.trim(), period },
      ...{ proration: part !== undefined, price: plan.id, product: plan.product.id },
      ...{ unitAmount: trial ? 0 : plan.amount, quantity, item: item.id },
    };
  }

  /** The open payment of an invoice, made at the first attempt. */
  #paymentOf(invoice: Invoice): InvoicePayment {
    const account = this.#account;
    const known = this.#paymentsByInvoice.get(invoice.id);
    if (known !== undefined) return known;
    const { customer, currency, total } = invoice;
    const intent = this.#payments.createIntent({
      ...{ amount: total, currency, customer, metadata: {} },
      description:
        invoice.billing_reason === "subscription_create"
          ? "Subscription creation"
          : "Subscription update",
    });
    const payment = makeInvoicePayment({
      ...{ id: account.id("inpay"), created: account.now(), invoice: invoice.id },
      ...{ amount: total, currency, intent: intent.id },
    });
    account.invoicePayments.set(payment.id, payment);
    this.#paymentsByInvoice.set(invoice.id, payment);
    return payment;
  }

  #settle(invoice: Invoice, subscription: Subscription): void {
    const account = this.#account;
    account.change(invoice, {
      ...{ status: "paid", amount_paid: invoice.total, amount_remaining: 0, attempted: true },
      attempt_count: invoice.attempt_count + (invoice.total > 0 ? 1 : 0),
      next_payment_attempt: null,
      status_transitions: { ...invoice.status_transitions, paid_at: account.now() },
    });
    account.emit("invoice.paid", invoice);
    account.emit("invoice.payment_succeeded", invoice);
    if (subscription.status === "incomplete" || subscription.status === "past_due")
      account.update(subscription, "customer.subscription.updated", { status: "active" });
  }

  #dun(invoice: Invoice, subscription: Subscription): void {
    const account = this.#account;
    const attempt = invoice.attempt_count + 1;
    const days = RETRY_DAYS[attempt - 1];
    const next = days === undefined ? null : account.now() + days * DAY;
    account.change(invoice, {
      ...{ attempted: true, attempt_count: attempt, next_payment_attempt: next },
    });
    account.emit("invoice.payment_failed", invoice);
    if (next === null) {
      if (isLive(subscription)) this.end(subscription, "payment_failed");
      return;
    }
    if (subscription.status !== "past_due")
      account.update(subscription, "customer.subscription.updated", { status: "past_due" });
    account.clock.at(next * 1000, () => {
      if (
        invoice.status === "open" &&
        invoice.next_payment_attempt === next &&
        isLive(subscription)
      )
        this.collect(invoice);
    });
  }

  #mustLive(subscription: Subscription): void {
    if (!isLive(subscription))
      throw refuse.state(`Subscription ${subscription.id} is ${subscription.status}.`);
  }
}

export function isLive({ status }: Subscription): boolean {
  return status !== "canceled" && status !== "incomplete_expired";
}

export function itemOf(subscription: Subscription): Item {
  const [item] = subscription.items.data;
  if (item === undefined) throw new Error(`subscription ${subscription.id} has no item`);
  return item;
}

export function subscriptionOf(invoice: Invoice): string {
  return String(invoice.parent?.subscription_details?.subscription);
}

/** Empty values remove a key, as in Stripe's API. */
export function mergeMetadata(
  before: Record<string, string>,
  change: Record<string, string>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries({ ...before, ...change }).filter(([, value]) => value !== ""),
  );
}

/** A price inside an item has its product as an id; the library's type allows both. */
function expandable(price: Price): Item["price"] {
  return price as Item["price"];
}

/** Counted from the anchor, so that a 31st stays one where the month has it. */
function nextEnd(anchor: number, plan: Plan, after: number): number {
  if (plan.every === null) throw refuse.invalid("price", `Price ${plan.id} is not recurring.`);
  for (let n = 1; ; n += 1) {
    const every = { unit: plan.every.unit, count: plan.every.count * n };
    const end = Math.floor(addPeriod(anchor * 1000, every) / 1000);
    if (end > after) return end;
  }
}

function leftOf(item: Item, now: number): number {
  const whole = item.current_period_end - item.current_period_start;
  return Math.max(0, Math.min(1, (item.current_period_end - now) / whole));
}
