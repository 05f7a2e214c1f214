/** Sell.app in the common words. A purchase is the first order; a subscription's later orders belong to it. */
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
import type { Invoice, Subscription } from "./objects.ts";
import { type Store, statusOf, totalCents } from "./store.ts";

export function sellappProvider(store: Store): Provider {
  return {
    name: "sellapp",
    purchases: () =>
      [...store.invoices.values()]
        .filter((invoice) => isPurchase(store, invoice))
        .map((invoice) => describe(store, invoice)),
    buy: (order) => buy(store, order),
    act(purchaseId, action) {
      const invoice = store.invoices.get(purchaseId);
      if (invoice === undefined) throw refuse.missing("order", purchaseId);
      act(store, invoice, action);
      return describe(store, invoice);
    },
  };
}

function isPurchase(store: Store, invoice: Invoice): boolean {
  if (["PENDING", "VOIDED"].includes(statusOf(invoice))) return false;
  return (
    invoice.subscription_id === null || store.invoicesOf(invoice.subscription_id)[0] === invoice
  );
}

function buy(store: Store, { planId, email, userRef, metadata }: Order): Purchase {
  const carried = { ...metadata, ...(userRef !== undefined && { userId: userRef }) };
  const additional = Object.entries(carried).map(([key, value]) => ({ key, label: key, value }));
  const invoice = store.order({ planId, email, additional });
  store.pay(invoice);
  return describe(store, invoice);
}

function subscriptionOf(store: Store, invoice: Invoice): Subscription | undefined {
  return store.subscriptions.get(String(invoice.subscription_id));
}

function ordersOf(store: Store, invoice: Invoice): readonly Invoice[] {
  return invoice.subscription_id === null ? [invoice] : store.invoicesOf(invoice.subscription_id);
}

function describe(store: Store, invoice: Invoice): Purchase {
  const subscription = subscriptionOf(store, invoice);
  const planId =
    subscription?.product_variant_id ?? invoice.product_variants[0]?.product_variant_id;
  const plan = store.catalogue.getPlan(String(planId));
  const orders = ordersOf(store, invoice);
  const carried = invoice.product_variants[0]?.additional_information ?? [];
  return withAccess(
    {
      ...{ provider: "sellapp", id: String(invoice.id) },
      kind: subscription === undefined ? "oneTime" : "subscription",
      status: subscription?.status ?? statusOf(invoice),
      email: invoice.customer_information.email,
      customerId: String(invoice.customer_information.id),
      userRef: userRefIn(Object.fromEntries(carried.map(({ key, value }) => [key, value]))),
      ...{ productId: plan.product.id, productName: plan.product.name, planId: plan.id },
      ...{ amount: plan.amount, currency: plan.currency },
      createdMs: Date.parse(invoice.created_at),
      ...termOf(invoice, subscription, orders, plan.termDays),
      paid: statusOf(invoice) !== "PENDING" && statusOf(invoice) !== "VOIDED",
      cancelAtPeriodEnd: subscription?.cancel_at_period_end ?? false,
      ...{ refunded: refundedOf(orders), dispute: disputeOf(orders) },
      renewalFails: subscription !== undefined && store.declining.has(subscription.id),
    },
    store.clock.nowMs(),
  );
}

function termOf(
  invoice: Invoice,
  subscription: Subscription | undefined,
  orders: readonly Invoice[],
  termDays: number | null,
): Pick<Purchase, "paidUntilMs" | "endedMs"> {
  if (subscription === undefined) {
    const createdMs = Date.parse(invoice.created_at);
    return { paidUntilMs: termDays === null ? null : createdMs + termDays * DAY_MS, endedMs: null };
  }
  const unpaid = ["PENDING", "VOIDED"].includes(statusOf(orders.at(-1) ?? invoice));
  const until = unpaid ? subscription.current_period_start : subscription.current_period_end;
  const ended = subscription.status === "CANCELED" ? subscription.ends_at : null;
  return { paidUntilMs: Date.parse(until), endedMs: ended === null ? null : Date.parse(ended) };
}

function refundedOf(orders: readonly Invoice[]): Purchase["refunded"] {
  const paid = orders.findLast((order) => !["PENDING", "VOIDED"].includes(statusOf(order)));
  if (paid !== undefined && statusOf(paid) === "REFUNDED") return "full";
  return orders.some(({ payment }) => payment.refunded_amount !== "0") ? "partial" : "none";
}

/** Sell.app says no more than that an order is disputed, or was. */
function disputeOf(orders: readonly Invoice[]): Purchase["dispute"] {
  if (orders.some((order) => statusOf(order) === "DISPUTED")) return "open";
  const was = orders.some(({ status }) =>
    status.history.some((entry) => entry.status === "DISPUTED"),
  );
  return was ? "won" : "none";
}

function act(store: Store, invoice: Invoice, action: PurchaseAction): void {
  const subscribed = () => {
    const subscription = subscriptionOf(store, invoice);
    if (subscription === undefined) throw refuse.state(`Order ${invoice.id} is no subscription.`);
    return subscription;
  };
  switch (action.do) {
    case "refund":
      store.refund(newestPaid(store, invoice), action.amount);
      return;
    case "dispute":
      store.dispute(newestPaid(store, invoice));
      return;
    case "winDispute":
      store.winDispute(disputed(store, invoice));
      return;
    case "loseDispute":
      disputed(store, invoice); // stays as it is: Sell.app has no word for a lost dispute
      return;
    case "cancel":
      if (action.now === true) store.end(subscribed());
      else store.cancelAtPeriodEnd(subscribed(), true);
      return;
    case "resume":
      store.cancelAtPeriodEnd(subscribed(), false);
      return;
    case "failRenewals":
      if (action.fails) store.declining.add(subscribed().id);
      else store.declining.delete(subscribed().id);
      return;
    case "payOpenInvoice":
      store.retry(subscribed());
      return;
    case "changePlan":
      store.changePlan(subscribed(), action.planId);
      return;
    case "changeEmail":
      throw refuse.state("A Sell.app customer is their e-mail address: it cannot be changed.");
    case "warnOfFraud":
      throw refuse.state("Sell.app has no fraud warnings.");
    default:
      action satisfies never;
  }
}

function newestPaid(store: Store, invoice: Invoice): Invoice {
  return (
    ordersOf(store, invoice).findLast(
      (order) => statusOf(order) === "COMPLETED" && totalCents(order) > 0,
    ) ?? invoice
  );
}

function disputed(store: Store, invoice: Invoice): Invoice {
  const found = ordersOf(store, invoice).find((order) => statusOf(order) === "DISPUTED");
  if (found === undefined) throw refuse.state(`Order ${invoice.id} is not disputed.`);
  return found;
}
