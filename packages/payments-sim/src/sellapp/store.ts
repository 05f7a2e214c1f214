/**
 * One Sell.app store: orders, and subscriptions that make an order per period.
 *
 *   PENDING -> COMPLETED -> DISPUTED | REFUNDED        PENDING -> VOIDED
 *
 * [PSEL1] An order tells order.created, then order.completed once paid; an order of nothing only the first.
 * [PSEL2] Refunds, cancellations and failed renewals are told by no event: only the lists know.
 */
import type { Catalogue, Plan } from "../catalogue/catalogue.ts";
import { addPeriod } from "../catalogue/periods.ts";
import { DAY_MS, HOUR_MS, type SimClock } from "../clock.ts";
import type { Random } from "../random.ts";
import { refuse } from "../refusal.ts";
import { makeInvoice } from "./make.ts";
import type {
  AdditionalInformation,
  Body,
  Invoice,
  InvoiceStatus,
  Subscription,
  SubscriptionStatus,
} from "./objects.ts";

export type StoreParts = {
  clock: SimClock;
  random: Random;
  catalogue: Catalogue;
  storeId: number;
  storeName: string;
  send: (type: string, body: Body, objectId: number) => void;
};

const EXPIRES_MS = 24 * HOUR_MS;
const RETRY_MS = 3 * DAY_MS;
const MAX_RETRIES = 3;

export class Store {
  readonly clock: SimClock;
  readonly catalogue: Catalogue;
  readonly invoices = new Map<string, Invoice>();
  readonly subscriptions = new Map<string, Subscription>();
  readonly declining = new Set<number>();
  readonly #customers = new Map<string, number>();
  readonly #invoicesOf = new Map<number, Invoice[]>();
  readonly #parts: StoreParts;
  #nextId: number;

  constructor(parts: StoreParts) {
    this.clock = parts.clock;
    this.catalogue = parts.catalogue;
    this.#parts = parts;
    this.#nextId = parts.random.whole(1_000_000, 4_000_000);
  }

  newNumber(): number {
    this.#nextId += this.#parts.random.whole(1, 40);
    return this.#nextId;
  }

  /** A person opens the checkout: a pending order, voided by itself when it is not paid within a day. */
  order(wish: {
    planId: string;
    email: string;
    additional: AdditionalInformation[];
    ip?: string;
  }): Invoice {
    const plan = this.catalogue.getPlan(wish.planId);
    const invoice = this.#invoice(plan, wish, null);
    this.clock.after(EXPIRES_MS, () => {
      if (statusOf(invoice) === "PENDING") this.#set(invoice, "VOIDED");
    });
    return invoice;
  }

  pay(invoice: Invoice): void {
    if (statusOf(invoice) !== "PENDING")
      throw refuse.state(`Order ${invoice.id} is ${statusOf(invoice)}.`);
    const plan = this.planOf(invoice);
    if (plan.every !== null && invoice.subscription_id === null) this.#subscribe(invoice, plan);
    this.#complete(invoice);
  }

  planOf(invoice: Invoice): Plan {
    return this.catalogue.getPlan(String(invoice.product_variants[0]?.product_variant_id));
  }

  /** Oldest first. */
  invoicesOf(subscriptionId: number): readonly Invoice[] {
    return this.#invoicesOf.get(subscriptionId) ?? [];
  }

  refund(invoice: Invoice, amount = leftCents(invoice)): void {
    const left = leftCents(invoice);
    if (statusOf(invoice) !== "COMPLETED" || left === 0)
      throw refuse.state(`Order ${invoice.id} has nothing left to refund.`);
    if (amount < 1 || amount > left) throw refuse.invalid("amount", `At most ${left} is left.`);
    invoice.payment.refunded_amount = String(Number(invoice.payment.refunded_amount) + amount);
    this.#touch(invoice);
    if (amount === left) this.#set(invoice, "REFUNDED");
  }

  dispute(invoice: Invoice): void {
    if (statusOf(invoice) !== "COMPLETED")
      throw refuse.state(`Order ${invoice.id} is ${statusOf(invoice)}.`);
    this.#set(invoice, "DISPUTED");
    this.#tell("order.disputed", invoice);
  }

  /** A won dispute makes the order completed again; a lost one leaves it disputed. Neither is told. */
  winDispute(invoice: Invoice): void {
    if (statusOf(invoice) !== "DISPUTED")
      throw refuse.state(`Order ${invoice.id} is not disputed.`);
    this.#set(invoice, "COMPLETED");
  }

  cancelAtPeriodEnd(subscription: Subscription, cancels: boolean): void {
    mustRun(subscription);
    this.#change(subscription, {
      cancel_at_period_end: cancels,
      canceled_at: cancels ? this.#now() : null,
      ends_at: cancels ? subscription.current_period_end : null,
    });
  }

  end(subscription: Subscription): void {
    mustRun(subscription);
    const now = this.#now();
    this.#change(subscription, {
      ...{ status: "CANCELED", ends_at: now, canceled_at: subscription.canceled_at ?? now },
    });
  }

  changePlan(subscription: Subscription, planId: string): void {
    mustRun(subscription);
    this.catalogue.getPlan(planId);
    this.#change(subscription, { product_variant_id: Number(planId) });
  }

  /** Tries the unpaid order of a subscription again. */
  retry(subscription: Subscription): void {
    const open = this.invoicesOf(subscription.id).findLast(
      (invoice) => statusOf(invoice) === "PENDING",
    );
    if (open === undefined) throw refuse.state(`Subscription ${subscription.id} owes nothing.`);
    this.#collect(subscription, open, MAX_RETRIES);
  }

  #customerOf(email: string): number {
    const known = this.#customers.get(email);
    if (known !== undefined) return known;
    const id = this.newNumber();
    this.#customers.set(email, id);
    return id;
  }

  #invoice(
    plan: Plan,
    buyer: { email: string; additional: AdditionalInformation[]; ip?: string },
    subscription: Subscription | null,
  ): Invoice {
    const nowMs = this.clock.nowMs();
    const invoice = makeInvoice({
      ...{
        id: this.newNumber(),
        lineId: this.newNumber(),
        customerId: this.#customerOf(buyer.email),
      },
      ...{ plan, nowMs, expiresMs: nowMs + EXPIRES_MS, storeId: this.#parts.storeId },
      ...{ email: buyer.email, ip: buyer.ip ?? "203.0.113.7", additional: buyer.additional },
      ...{ transactionId: `txn_${this.#parts.random.text(16)}` },
      subscriptionId: subscription?.id ?? null,
      total: subscription === null && plan.trialDays > 0 ? 0 : plan.amount,
    });
    this.invoices.set(String(invoice.id), invoice);
    if (subscription !== null) this.#attach(invoice, subscription.id);
    this.#tell("order.created", invoice);
    return invoice;
  }

  #attach(invoice: Invoice, subscriptionId: number): void {
    invoice.subscription_id = subscriptionId;
    this.#invoicesOf.set(subscriptionId, [...this.invoicesOf(subscriptionId), invoice]);
  }

  #subscribe(invoice: Invoice, plan: Plan): void {
    if (plan.every === null) return;
    const nowMs = this.clock.nowMs();
    const trialEndMs = plan.trialDays > 0 ? nowMs + plan.trialDays * DAY_MS : null;
    const { id, email } = invoice.customer_information;
    const subscription: Subscription = {
      ...{ id: this.newNumber(), status: trialEndMs === null ? "ACTIVE" : "TRIALING" },
      provider_subscription_id: `sub_1${this.#parts.random.text(23)}`,
      provider_customer_id: `cus_${this.#parts.random.text(14)}`,
      ...{ customer: { id, email, metadata: {} }, product_variant_id: Number(plan.id) },
      ...{ cancel_at_period_end: false, current_period_start: this.#now() },
      current_period_end: new Date(trialEndMs ?? addPeriod(nowMs, plan.every)).toISOString(),
      trial_ends_at: trialEndMs === null ? null : new Date(trialEndMs).toISOString(),
      ...{ canceled_at: null, ends_at: null, created_at: this.#now(), updated_at: this.#now() },
    };
    this.subscriptions.set(String(subscription.id), subscription);
    this.#attach(invoice, subscription.id);
    this.#planRenewal(subscription);
  }

  #planRenewal(subscription: Subscription): void {
    const end = subscription.current_period_end;
    this.clock.at(Date.parse(end), () => {
      if (isRunning(subscription) && subscription.current_period_end === end)
        this.#renew(subscription);
    });
  }

  #renew(subscription: Subscription): void {
    if (subscription.cancel_at_period_end) {
      this.end(subscription);
      return;
    }
    const plan = this.catalogue.getPlan(String(subscription.product_variant_id));
    if (plan.every === null) {
      this.end(subscription);
      return;
    }
    const startMs = Date.parse(subscription.current_period_end);
    this.#change(subscription, {
      current_period_start: subscription.current_period_end,
      current_period_end: new Date(addPeriod(startMs, plan.every)).toISOString(),
    });
    const first = this.invoicesOf(subscription.id)[0];
    const additional = first?.product_variants[0]?.additional_information ?? [];
    const invoice = this.#invoice(
      plan,
      { email: subscription.customer.email, additional },
      subscription,
    );
    this.#collect(subscription, invoice, 0);
    if (isRunning(subscription)) this.#planRenewal(subscription);
  }

  #collect(subscription: Subscription, invoice: Invoice, attempt: number): void {
    if (!this.declining.has(subscription.id)) {
      this.#complete(invoice);
      this.#change(subscription, { status: "ACTIVE" });
      return;
    }
    if (attempt >= MAX_RETRIES) {
      this.#set(invoice, "VOIDED");
      this.end(subscription);
      return;
    }
    this.#change(subscription, { status: "PAST_DUE" });
    this.clock.after(RETRY_MS, () => {
      if (statusOf(invoice) === "PENDING" && isRunning(subscription))
        this.#collect(subscription, invoice, attempt + 1);
    });
  }

  #complete(invoice: Invoice): void {
    this.#set(invoice, "COMPLETED");
    if (totalCents(invoice) > 0) this.#tell("order.completed", invoice);
  }

  #set(invoice: Invoice, status: InvoiceStatus): void {
    const now = this.#now();
    const entry = { status, setAt: now, updatedAt: now };
    invoice.status = { status: entry, history: [...invoice.status.history, entry] };
    this.#touch(invoice);
  }

  #touch(invoice: Invoice): void {
    invoice.updated_at = this.#now();
  }

  #change(subscription: Subscription, change: Partial<Subscription>): void {
    Object.assign(subscription, change, { updated_at: this.#now() });
  }

  #tell(event: string, invoice: Invoice): void {
    const store = { id: this.#parts.storeId, name: this.#parts.storeName };
    this.#parts.send(event, { event, data: structuredClone(invoice), store }, invoice.id);
  }

  #now(): string {
    return new Date(this.clock.nowMs()).toISOString();
  }
}

export function statusOf(invoice: Invoice): InvoiceStatus {
  return invoice.status.status.status;
}

export function totalCents(invoice: Invoice): number {
  return Number(invoice.payment.full_price.base);
}

export function isRunning({ status }: { status: SubscriptionStatus }): boolean {
  return status !== "CANCELED";
}

function leftCents(invoice: Invoice): number {
  return totalCents(invoice) - Number(invoice.payment.refunded_amount);
}

function mustRun(subscription: Subscription): void {
  if (!isRunning(subscription))
    throw refuse.state(`Subscription ${subscription.id} is ${subscription.status}.`);
}
