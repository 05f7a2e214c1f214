/** Stripe in the common words: its purchases, and what a person can do to them. */

import { DAY_MS } from "../clock.ts";
import {
  type Order,
  type Provider,
  type Purchase,
  type PurchaseAction,
  withAccess,
} from "../purchases/purchase.ts";
import { userRefIn } from "../purchases/user-ref.ts";
import { refuse } from "../refusal.ts";
import type { StripeAccount } from "./account.ts";
import { type Billing, isLive, itemOf } from "./billing.ts";
import type { Checkout } from "./checkout.ts";
import type { Charge, Session, Subscription } from "./objects.ts";
import type { Payments } from "./payments.ts";

export type StripeRooms = {
  account: StripeAccount;
  billing: Billing;
  payments: Payments;
  checkout: Checkout;
};

export function stripeProvider(rooms: StripeRooms): Provider {
  const { account } = rooms;
  return {
    name: "stripe",
    purchases: () =>
      [...account.sessions.values()]
        .filter(({ status }) => status === "complete")
        .map((session) => describe(rooms, session)),
    buy: (order) => buy(rooms, order),
    act(purchaseId, action) {
      const session = [...account.sessions.values()].find(
        (known) => anchorOf(known) === purchaseId,
      );
      if (session === undefined) throw refuse.missing("purchase", purchaseId);
      act(rooms, session, action);
      return describe(rooms, session);
    },
  };
}

/** A purchase is named by its subscription, else its intent, else (free) its session. */
function anchorOf(session: Session): string {
  return session.subscription ?? session.payment_intent ?? session.id;
}

function buy({ account, checkout, ...rooms }: StripeRooms, order: Order): Purchase {
  const plan = account.catalogue.getPlan(order.planId);
  const metadata = order.metadata ?? {};
  const session = checkout.open({
    ...{
      mode: plan.every === null ? "payment" : "subscription",
      metadata,
      innerMetadata: metadata,
    },
    ...{ lineItems: [{ planId: plan.id, quantity: 1 }], successUrl: null, cancelUrl: null },
    ...{ customer: null, customerEmail: order.email, customerCreation: "always" },
    ...{ clientReferenceId: order.userRef ?? null, expiresAt: null },
    trialDays: plan.every === null || plan.trialDays === 0 ? null : plan.trialDays,
  });
  checkout.pay(session, { email: order.email, how: "now" });
  return describe({ account, checkout, ...rooms }, session);
}

function describe(rooms: StripeRooms, session: Session): Purchase {
  const { account, payments, checkout } = rooms;
  const id = anchorOf(session);
  const subscription =
    session.subscription === null ? undefined : account.getSubscription(session.subscription);
  const planId =
    subscription === undefined
      ? checkout.lineItems(session.id)[0]?.planId
      : itemOf(subscription).price.id;
  const plan = account.catalogue.getPlan(planId ?? "");
  const charges = payments.chargesOf(id);
  const customer = session.customer === null ? undefined : account.customers.get(session.customer);
  return withAccess(
    {
      ...{ provider: "stripe", id, kind: subscription === undefined ? "oneTime" : "subscription" },
      status: subscription?.status ?? session.payment_status,
      email: customer?.email ?? session.customer_details?.email ?? "",
      customerId: session.customer,
      userRef: session.client_reference_id ?? userRefIn(session.metadata),
      ...{ productId: plan.product.id, productName: plan.product.name, planId: plan.id },
      ...{ amount: plan.amount, currency: plan.currency, createdMs: session.created * 1000 },
      ...(subscription === undefined
        ? onceFacts(session, plan.termDays)
        : subscriptionFacts(rooms, subscription)),
      ...{ refunded: refundedOf(charges), dispute: disputeOf(payments, charges) },
      renewalFails: session.customer !== null && account.declining.has(session.customer),
    },
    account.clock.nowMs(),
  );
}

type TermFacts = Pick<Purchase, "paid" | "paidUntilMs" | "cancelAtPeriodEnd" | "endedMs">;

function onceFacts(session: Session, termDays: number | null): TermFacts {
  return {
    paid: session.payment_status !== "unpaid",
    paidUntilMs: termDays === null ? null : session.created * 1000 + termDays * DAY_MS,
    cancelAtPeriodEnd: false,
    endedMs: null,
  };
}

function subscriptionFacts({ billing }: StripeRooms, subscription: Subscription): TermFacts {
  const paidEnds = billing
    .invoicesOf(subscription.id)
    .filter(({ status }) => status === "paid")
    .flatMap(({ lines }) => lines.data.map(({ period }) => period.end));
  return {
    paid: paidEnds.length > 0,
    paidUntilMs: paidEnds.length > 0 ? Math.max(...paidEnds) * 1000 : null,
    cancelAtPeriodEnd: subscription.cancel_at_period_end,
    endedMs: subscription.ended_at === null ? null : subscription.ended_at * 1000,
  };
}

function refundedOf(charges: readonly Charge[]): Purchase["refunded"] {
  if (charges.at(-1)?.refunded) return "full";
  return charges.some(({ amount_refunded: amount }) => amount > 0) ? "partial" : "none";
}

function disputeOf(payments: Payments, charges: readonly Charge[]): Purchase["dispute"] {
  const states = charges
    .filter(({ disputed }) => disputed)
    .flatMap(({ id }) => payments.disputesOf(id).map(({ status }) => status));
  if (states.includes("lost")) return "lost";
  if (states.some((status) => status !== "won")) return "open";
  return states.length > 0 ? "won" : "none";
}

function act(rooms: StripeRooms, session: Session, action: PurchaseAction): void {
  const { account, billing, payments } = rooms;
  const subscribed = () => {
    if (session.subscription === null)
      throw refuse.state(`${anchorOf(session)} is no subscription.`);
    return account.getSubscription(session.subscription);
  };
  switch (action.do) {
    case "refund":
      payments.refund(
        refundable(rooms, session),
        action.amount === undefined ? {} : { amount: action.amount },
      );
      return;
    case "dispute":
      payments.dispute(newestCharge(rooms, session));
      return;
    case "winDispute":
    case "loseDispute":
      payments.closeDispute(disputed(rooms, session), action.do === "winDispute" ? "won" : "lost");
      return;
    case "cancel":
      if (action.now === true) billing.end(subscribed());
      else billing.cancelAtPeriodEnd(subscribed(), true);
      return;
    case "resume":
      billing.cancelAtPeriodEnd(subscribed(), false);
      return;
    case "failRenewals":
      setDeclining(account, session, action.fails);
      return;
    case "payOpenInvoice":
      collectOpen(billing, subscribed());
      return;
    case "changePlan":
      billing.changePlan(subscribed(), action.planId);
      return;
    case "changeEmail":
      account.update(account.getCustomer(session.customer ?? ""), "customer.updated", {
        email: action.email,
      });
      return;
    case "warnOfFraud":
      payments.warn(newestCharge(rooms, session));
      return;
    default:
      action satisfies never;
  }
}

function setDeclining(account: StripeAccount, session: Session, fails: boolean): void {
  if (session.customer === null) throw refuse.state("A guest's purchase is not charged again.");
  if (fails) account.declining.add(session.customer);
  else account.declining.delete(session.customer);
}

/** Pays what is owed, as after a person has changed the card. */
export function collectOpen(billing: Billing, subscription: Subscription): void {
  const invoice = billing.openInvoice(subscription.id);
  if (invoice === undefined || !isLive(subscription))
    throw refuse.state(`Subscription ${subscription.id} owes nothing.`);
  billing.collect(invoice);
}

function newestCharge({ payments }: StripeRooms, session: Session): Charge {
  const charge = payments.chargesOf(anchorOf(session)).at(-1);
  if (charge === undefined) throw refuse.state(`${anchorOf(session)} was never charged.`);
  return charge;
}

function refundable(rooms: StripeRooms, session: Session): Charge {
  const charges = rooms.payments.chargesOf(anchorOf(session));
  return charges.findLast(({ refunded }) => !refunded) ?? newestCharge(rooms, session);
}

function disputed(rooms: StripeRooms, session: Session): Charge {
  const charges = rooms.payments.chargesOf(anchorOf(session));
  return charges.findLast(({ disputed: is }) => is) ?? newestCharge(rooms, session);
}
