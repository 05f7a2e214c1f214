/**
 * Checkout sessions: opened by the seller's server, paid, declined or left by a person.
 *
 *   open -> complete (paid | unpaid, when the money comes later) | expired
 *
 * [PCHK1] A paid session ends in checkout.session.completed, after the events of what it made.
 * [PCHK2] A delayed payment completes the session unpaid; days later it succeeds or fails.
 */
import { DAY_MS } from "../clock.ts";
import { refuse } from "../refusal.ts";
import type { StripeAccount } from "./account.ts";
import type { Billing } from "./billing.ts";
import type { Customer, Session } from "./objects.ts";
import type { Payments } from "./payments.ts";
import { makeCustomer } from "./wire/people.ts";
import { makeSession } from "./wire/session.ts";

export type LineItem = { id: string; planId: string; quantity: number };

export type SessionWish = {
  mode: "payment" | "subscription";
  lineItems: readonly { planId: string; quantity: number }[];
  successUrl: string | null;
  cancelUrl: string | null;
  customer: string | null;
  customerEmail: string | null;
  customerCreation: "always" | "if_required" | null;
  clientReferenceId: string | null;
  metadata: Record<string, string>;
  /** For what the session makes: the subscription, or the payment intent. */
  innerMetadata: Record<string, string>;
  trialDays: number | null;
  expiresAt: number | null;
};

type Opened = {
  lineItems: readonly LineItem[];
  innerMetadata: Record<string, string>;
  trialDays: number | null;
};

/** How a person pays. `later`: by bank transfer, which arrives or fails after some days. */
export type PayChoice = { email: string; how: "now" | "later" | "laterFails" };

const OPEN_SECONDS = 86_400;
const TRANSFER_MS = 3 * DAY_MS;

export class Checkout {
  readonly #account: StripeAccount;
  readonly #billing: Billing;
  readonly #payments: Payments;
  readonly #pageUrl: (sessionId: string) => string;
  readonly #opened = new Map<string, Opened>();

  constructor(parts: {
    account: StripeAccount;
    billing: Billing;
    payments: Payments;
    pageUrl: (sessionId: string) => string;
  }) {
    this.#account = parts.account;
    this.#billing = parts.billing;
    this.#payments = parts.payments;
    this.#pageUrl = parts.pageUrl;
  }

  open(wish: SessionWish): Session {
    const account = this.#account;
    const lineItems = wish.lineItems.map((line) => ({ id: account.id("li"), ...line }));
    const plans = lineItems.map(({ planId }) => account.catalogue.getPlan(planId));
    const [first] = plans;
    if (first === undefined) throw refuse.invalid("line_items", "line_items must not be empty.");
    this.#checkMode(
      wish.mode,
      plans.map(({ every }) => every !== null),
    );
    const { innerMetadata, trialDays, ...facts } = wish;
    const id = account.id("cs_test");
    const session = makeSession({
      ...facts,
      ...{ id, url: this.#pageUrl(id), created: account.now(), currency: first.currency },
      expiresAt: wish.expiresAt ?? account.now() + OPEN_SECONDS,
      amount: trialDays !== null && trialDays > 0 ? 0 : totalOf(lineItems, account),
    });
    account.sessions.set(id, session);
    this.#opened.set(id, { lineItems, innerMetadata, trialDays });
    account.clock.at(session.expires_at * 1000, () => {
      if (session.status === "open") this.expire(session);
    });
    return session;
  }

  lineItems(sessionId: string): readonly LineItem[] {
    return this.#opened.get(sessionId)?.lineItems ?? [];
  }

  expire(session: Session): void {
    this.#mustBeOpen(session);
    this.#account.change(session, { status: "expired", url: null });
    this.#account.emit("checkout.session.expired", session);
  }

  /** A declined card: the attempt leaves a failed charge, the session stays open. */
  decline(session: Session, email: string): void {
    this.#mustBeOpen(session);
    if (session.mode !== "payment" || session.amount_total === 0) return;
    const intent = this.#intentFor(session, session.customer);
    this.#payments.charge(intent, { purchaseId: intent.id, email, declined: true });
  }

  pay(session: Session, { email, how }: PayChoice): void {
    this.#mustBeOpen(session);
    const account = this.#account;
    const customer = this.#customerFor(session, email);
    const details = {
      ...{ address: null, business_name: null, email, individual_name: null, name: null },
      ...{ phone: null, tax_exempt: "none" as const, tax_ids: [] },
    };
    const made =
      session.mode === "subscription"
        ? this.#subscribe(session, customer)
        : this.#buyOnce(session, customer, { email, how });
    account.change(session, {
      ...made,
      ...{ customer: customer?.id ?? null, customer_details: details },
      ...{ status: "complete", url: null },
    });
    account.emit("checkout.session.completed", session);
    if (session.payment_status === "unpaid") this.#settleLater(session, { email, how });
  }

  #subscribe(session: Session, customer: Customer | null): Partial<Session> {
    const opened = this.#opened.get(session.id);
    const [line] = opened?.lineItems ?? [];
    if (opened === undefined || line === undefined || customer === null)
      throw refuse.state(`Session ${session.id} cannot make a subscription.`);
    const subscription = this.#billing.start({
      ...{ customer: customer.id, planId: line.planId, quantity: line.quantity },
      ...{ trialDays: opened.trialDays ?? 0, metadata: opened.innerMetadata },
    });
    return {
      subscription: subscription.id,
      invoice: String(subscription.latest_invoice),
      payment_status: session.amount_total === 0 ? "no_payment_required" : "paid",
    };
  }

  #buyOnce(
    session: Session,
    customer: Customer | null,
    { email, how }: PayChoice,
  ): Partial<Session> {
    if (session.amount_total === 0) return { payment_status: "no_payment_required" };
    const intent = this.#intentFor(session, customer?.id ?? null);
    if (how !== "now") {
      this.#account.update(intent, "payment_intent.processing", { status: "processing" });
      return { payment_intent: intent.id, payment_status: "unpaid" };
    }
    this.#payments.charge(intent, { purchaseId: intent.id, email, declined: false });
    return { payment_intent: intent.id, payment_status: "paid" };
  }

  /** The intent of an earlier, declined attempt is used again. */
  #intentFor(session: Session, customer: string | null) {
    const account = this.#account;
    const known =
      session.payment_intent === null ? undefined : account.intents.get(session.payment_intent);
    if (known !== undefined) {
      account.change(known, { customer });
      return known;
    }
    const intent = this.#payments.createIntent({
      ...{ amount: session.amount_total ?? 0, currency: session.currency ?? "usd", customer },
      ...{ metadata: this.#opened.get(session.id)?.innerMetadata ?? {}, description: null },
    });
    account.change(session, { payment_intent: intent.id });
    return intent;
  }

  #settleLater(session: Session, { email, how }: PayChoice): void {
    const account = this.#account;
    account.clock.after(TRANSFER_MS, () => {
      const intent = account.getIntent(String(session.payment_intent));
      const declined = how === "laterFails";
      this.#payments.charge(intent, { purchaseId: intent.id, email, declined });
      if (!declined) account.change(session, { payment_status: "paid" });
      account.emit(
        declined
          ? "checkout.session.async_payment_failed"
          : "checkout.session.async_payment_succeeded",
        session,
      );
    });
  }

  /** The session's customer, a new one where Stripe would make one, or none for a guest. */
  #customerFor(session: Session, email: string): Customer | null {
    if (session.customer !== null) return this.#account.getCustomer(session.customer);
    if (session.mode === "payment" && session.customer_creation !== "always") return null;
    return this.createCustomer({ email, name: null, metadata: {} });
  }

  createCustomer(facts: {
    email: string | null;
    name: string | null;
    metadata: Record<string, string>;
  }): Customer {
    const account = this.#account;
    const id = account.id("cus");
    const customer = makeCustomer({
      ...{ id, created: account.now(), invoicePrefix: id.slice(-8).toUpperCase() },
      ...facts,
    });
    account.customers.set(id, customer);
    account.emit("customer.created", customer);
    return customer;
  }

  #checkMode(mode: SessionWish["mode"], recurring: readonly boolean[]): void {
    if (mode === "payment" && recurring.some(Boolean))
      throw refuse.invalid("mode", "You specified `payment` mode but passed a recurring price.");
    if (mode === "subscription" && recurring.length !== 1)
      throw refuse.invalid(
        "line_items",
        "This simulator takes one recurring price per subscription.",
      );
    if (mode === "subscription" && !recurring[0])
      throw refuse.invalid(
        "mode",
        "You must provide at least one recurring price in `subscription` mode.",
      );
  }

  #mustBeOpen(session: Session): void {
    if (session.status !== "open")
      throw refuse.state(`Checkout session ${session.id} is ${session.status}.`);
  }
}

function totalOf(lines: readonly LineItem[], account: StripeAccount): number {
  return lines.reduce(
    (sum, { planId, quantity }) => sum + account.catalogue.getPlan(planId).amount * quantity,
    0,
  );
}
