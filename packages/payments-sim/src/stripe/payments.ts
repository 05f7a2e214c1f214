/**
 * Moving money: intents, charges, refunds, disputes. Knows which purchase a
 * charge belongs to, so that refunds and disputes of a purchase find it.
 */
import { DAY_MS } from "../clock.ts";
import { refuse } from "../refusal.ts";
import type { StripeAccount } from "./account.ts";
import type { Charge, Dispute, Intent, Refund } from "./objects.ts";
import { makeCharge, makeDispute, makeIntent, makeRefund, makeWarning } from "./wire/money.ts";

export type IntentFacts = {
  amount: number;
  currency: string;
  customer: string | null;
  metadata: Record<string, string>;
  description: string | null;
};

const DISPUTE_ANSWER_DAYS = 9;

export class Payments {
  readonly #account: StripeAccount;
  /** Successful charges by purchase (a subscription or an intent), oldest first. */
  readonly #charges = new Map<string, Charge[]>();

  constructor(account: StripeAccount) {
    this.#account = account;
  }

  chargesOf(purchaseId: string): readonly Charge[] {
    return this.#charges.get(purchaseId) ?? [];
  }

  disputesOf(chargeId: string): Dispute[] {
    return [...this.#account.disputes.values()].filter(({ charge }) => charge === chargeId);
  }

  createIntent(facts: IntentFacts): Intent {
    const account = this.#account;
    const intent = makeIntent({ id: account.id("pi"), created: account.now(), ...facts });
    account.intents.set(intent.id, intent);
    account.emit("payment_intent.created", intent);
    return intent;
  }

  /** Charges the intent: it succeeds, or is declined and may be charged again. */
  charge(
    intent: Intent,
    {
      purchaseId,
      email,
      declined,
    }: { purchaseId: string; email: string | null; declined: boolean },
  ): Charge {
    const account = this.#account;
    const { amount, currency, customer, metadata } = intent;
    const charge = makeCharge({
      ...{ id: account.id("ch"), created: account.now(), amount, currency, customer, metadata },
      ...{ email, intent: intent.id, failed: declined },
    });
    account.charges.set(charge.id, charge);
    account.emit(declined ? "charge.failed" : "charge.succeeded", charge);
    if (declined) {
      account.change(intent, { latest_charge: charge.id, status: "requires_payment_method" });
      account.emit("payment_intent.payment_failed", intent);
    } else {
      this.#charges.set(purchaseId, [...this.chargesOf(purchaseId), charge]);
      account.change(intent, {
        latest_charge: charge.id,
        amount_received: amount,
        status: "succeeded",
      });
      account.emit("payment_intent.succeeded", intent);
    }
    return charge;
  }

  /** All that is left unless an amount is given. */
  refund(
    charge: Charge,
    { amount, metadata = {}, reason = "requested_by_customer" }: RefundWish = {},
  ): Refund {
    const left = charge.amount - charge.amount_refunded;
    if (charge.status !== "succeeded" || left === 0)
      throw refuse.state(`Charge ${charge.id} has nothing left to refund.`);
    const wanted = amount ?? left;
    if (wanted < 1 || wanted > left)
      throw refuse.invalid(
        "amount",
        `Refund amount (${wanted}) is greater than unrefunded amount (${left}).`,
      );
    const account = this.#account;
    const refund = makeRefund({
      ...{ id: account.id("re"), created: account.now(), amount: wanted },
      ...{ charge, metadata, reason },
    });
    account.refunds.set(refund.id, refund);
    account.emit("refund.created", refund);
    const refunded = charge.amount_refunded + wanted;
    account.update(charge, "charge.refunded", {
      amount_refunded: refunded,
      refunded: refunded === charge.amount,
    });
    return refund;
  }

  dispute(charge: Charge): Dispute {
    const account = this.#account;
    if (charge.disputed) throw refuse.state(`Charge ${charge.id} is disputed already.`);
    const dueBy = account.now() + (DISPUTE_ANSWER_DAYS * DAY_MS) / 1000;
    const dispute = makeDispute({ id: account.id("du"), created: account.now(), charge, dueBy });
    account.disputes.set(dispute.id, dispute);
    account.change(charge, { disputed: true });
    account.emit("charge.dispute.created", dispute);
    account.emit("charge.dispute.funds_withdrawn", dispute);
    return dispute;
  }

  closeDispute(charge: Charge, status: "won" | "lost"): Dispute {
    const account = this.#account;
    const open = this.disputesOf(charge.id).find((dispute) => dispute.status === "needs_response");
    if (open === undefined) throw refuse.state(`Charge ${charge.id} has no open dispute.`);
    account.update(open, "charge.dispute.updated", { status: "under_review" });
    account.update(open, "charge.dispute.closed", { status });
    if (status === "won") account.emit("charge.dispute.funds_reinstated", open);
    return open;
  }

  warn(charge: Charge): void {
    const account = this.#account;
    const warning = makeWarning({ id: account.id("issfr"), created: account.now(), charge });
    account.warnings.set(warning.id, warning);
    account.emit("radar.early_fraud_warning.created", warning);
  }
}

export type RefundWish = {
  amount?: number;
  metadata?: Record<string, string>;
  reason?: Refund["reason"];
};
