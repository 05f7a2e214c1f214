/** Whop in the common words. A purchase is a membership. */
import {
  type Order,
  type Provider,
  type Purchase,
  type PurchaseAction,
  withAccess,
} from "../purchases/purchase.ts";
import { userRefIn } from "../purchases/user-ref.ts";
import { refuse } from "../refusal.ts";
import type { Company } from "./company.ts";
import type { Membership, Payment } from "./objects.ts";

export function whopProvider(company: Company): Provider {
  return {
    name: "whop",
    purchases: () =>
      [...company.memberships.values()].map((membership) => describe(company, membership)),
    buy: (order) => buy(company, order),
    act(purchaseId, action) {
      const membership = company.memberships.get(purchaseId);
      if (membership === undefined) throw refuse.missing("membership", purchaseId);
      act(company, membership, action);
      return describe(company, membership);
    },
  };
}

function buy(company: Company, { planId, email, userRef, metadata }: Order): Purchase {
  const carried = { ...metadata, ...(userRef !== undefined && { userId: userRef }) };
  const configuration = company.configure({ planId, metadata: carried, redirectUrl: null });
  return describe(
    company,
    company.join({ planId, email, metadata: carried, configurationId: configuration.id }),
  );
}

function describe(company: Company, membership: Membership): Purchase {
  const plan = company.catalogue.getPlan(membership.plan.id);
  const payments = company.paymentsOf(membership.id);
  const open = payments.findLast(({ status }) => status === "open");
  const paidUntil =
    open === undefined ? membership.renewal_period_end : membership.renewal_period_start;
  return withAccess(
    {
      ...{ provider: "whop", id: membership.id, status: membership.status },
      kind: plan.every === null ? "oneTime" : "subscription",
      ...{ email: membership.user.email, customerId: membership.user.id },
      userRef: userRefIn(membership.metadata),
      ...{ productId: plan.product.id, productName: plan.product.name, planId: plan.id },
      ...{ amount: plan.amount, currency: plan.currency },
      createdMs: Date.parse(membership.created_at),
      paidUntilMs: paidUntil === null ? null : Date.parse(paidUntil),
      paid: membership.status === "trialing" || payments.some(({ status }) => status === "paid"),
      cancelAtPeriodEnd: membership.cancel_at_period_end,
      endedMs: company.endedMs.get(membership.id) ?? null,
      ...{ refunded: refundedOf(payments), dispute: disputeOf(payments) },
      renewalFails: company.declining.has(membership.id),
    },
    company.clock.nowMs(),
  );
}

function refundedOf(payments: readonly Payment[]): Purchase["refunded"] {
  const newest = payments.findLast(({ status }) => status === "paid");
  if (newest !== undefined && newest.refunded_amount > 0 && newest.refunded_amount === newest.total)
    return "full";
  return payments.some(({ refunded_amount: amount }) => amount > 0) ? "partial" : "none";
}

function disputeOf(payments: readonly Payment[]): Purchase["dispute"] {
  const states = payments.flatMap(({ disputes }) => disputes.map(({ status }) => status));
  if (states.includes("lost")) return "lost";
  if (states.some((status) => status !== "won")) return "open";
  return states.length > 0 ? "won" : "none";
}

function act(company: Company, membership: Membership, action: PurchaseAction): void {
  const newest = () => {
    const payment = company
      .paymentsOf(membership.id)
      .findLast(({ status, total }) => status === "paid" && total > 0);
    if (payment === undefined) throw refuse.state(`${membership.id} was never paid.`);
    return payment;
  };
  switch (action.do) {
    case "refund":
      company.refund(newest(), action.amount === undefined ? undefined : action.amount / 100);
      return;
    case "dispute":
      company.dispute(newest());
      return;
    case "winDispute":
    case "loseDispute":
      company.closeDispute(
        disputed(company, membership) ?? newest(),
        action.do === "winDispute" ? "won" : "lost",
      );
      return;
    case "cancel":
      if (action.now === true) company.end(membership, "canceled");
      else company.cancelAtPeriodEnd(membership, true);
      return;
    case "resume":
      company.cancelAtPeriodEnd(membership, false);
      return;
    case "failRenewals":
      if (action.fails) company.declining.add(membership.id);
      else company.declining.delete(membership.id);
      return;
    case "payOpenInvoice":
      company.retry(membership);
      return;
    case "changePlan":
      company.changePlan(membership, action.planId);
      return;
    case "changeEmail":
      company.changeEmail(membership, action.email);
      return;
    case "warnOfFraud":
      throw refuse.state("Whop has no fraud warnings.");
    default:
      action satisfies never;
  }
}

function disputed(company: Company, membership: Membership): Payment | undefined {
  return company.paymentsOf(membership.id).findLast(({ disputes }) => disputes.length > 0);
}
