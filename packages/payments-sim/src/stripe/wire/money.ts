/** Payment intents, charges, refunds, disputes and fraud warnings as Stripe shows them. */
import type { Charge, Dispute, Intent, Refund, Warning } from "../objects.ts";

export type MoneyFacts = {
  id: string;
  created: number;
  amount: number;
  currency: string;
  customer: string | null;
  metadata: Record<string, string>;
};

/** An intent that still waits for a way to pay. */
export function makeIntent(facts: MoneyFacts & { description: string | null }): Intent {
  return {
    id: facts.id,
    object: "payment_intent",
    amount: facts.amount,
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application: null,
    application_fee_amount: null,
    automatic_payment_methods: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: "automatic_async",
    client_secret: `${facts.id}_secret_simulated`,
    confirmation_method: "automatic",
    created: facts.created,
    currency: facts.currency,
    customer: facts.customer,
    customer_account: null,
    description: facts.description,
    excluded_payment_method_types: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: facts.metadata,
    next_action: null,
    on_behalf_of: null,
    payment_method: null,
    payment_method_configuration_details: null,
    payment_method_options: {},
    payment_method_types: ["card"],
    processing: null,
    receipt_email: null,
    review: null,
    setup_future_usage: null,
    shipping: null,
    source: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: "requires_payment_method",
    transfer_data: null,
    transfer_group: null,
  } as unknown as Intent; // "as": managed_payments and the like exist in the type only
}

export function makeCharge(
  facts: MoneyFacts & { email: string | null; intent: string; failed: boolean },
): Charge {
  return {
    id: facts.id,
    object: "charge",
    amount: facts.amount,
    amount_captured: facts.failed ? 0 : facts.amount,
    amount_refunded: 0,
    application: null,
    application_fee: null,
    application_fee_amount: null,
    balance_transaction: null,
    billing_details: { address: null, email: facts.email, name: null, phone: null, tax_id: null },
    calculated_statement_descriptor: "SIMULATED",
    captured: !facts.failed,
    created: facts.created,
    currency: facts.currency,
    customer: facts.customer,
    description: null,
    disputed: false,
    failure_balance_transaction: null,
    failure_code: facts.failed ? "card_declined" : null,
    failure_message: facts.failed ? "Your card was declined." : null,
    fraud_details: {},
    livemode: false,
    metadata: facts.metadata,
    on_behalf_of: null,
    outcome: facts.failed
      ? {
          advice_code: null,
          network_advice_code: null,
          network_decline_code: null,
          network_status: "declined_by_network",
          reason: "generic_decline",
          seller_message: "The bank did not return any further details with this decline.",
          type: "issuer_declined",
        }
      : {
          advice_code: null,
          network_advice_code: null,
          network_decline_code: null,
          network_status: "approved_by_network",
          reason: null,
          seller_message: "Payment complete.",
          type: "authorized",
        },
    paid: !facts.failed,
    payment_intent: facts.intent,
    payment_method: null,
    payment_method_details: null,
    receipt_email: null,
    receipt_number: null,
    receipt_url: null,
    refunded: false,
    review: null,
    shipping: null,
    source: null,
    source_transfer: null,
    statement_descriptor: null,
    statement_descriptor_suffix: null,
    status: facts.failed ? "failed" : "succeeded",
    transfer_data: null,
    transfer_group: null,
  } as unknown as Charge; // "as": fields of other ways to pay exist in the type only
}

export function makeRefund(facts: {
  id: string;
  created: number;
  amount: number;
  charge: Charge;
  metadata: Record<string, string>;
  reason: Refund["reason"];
}): Refund {
  return {
    id: facts.id,
    object: "refund",
    amount: facts.amount,
    balance_transaction: null,
    charge: facts.charge.id,
    created: facts.created,
    currency: facts.charge.currency,
    customer: facts.charge.customer,
    customer_account: null,
    destination_details: {
      card: {
        reference_status: "pending",
        reference_type: "acquirer_reference_number",
        type: "refund",
      },
      type: "card",
    },
    metadata: facts.metadata,
    payment_intent: facts.charge.payment_intent,
    payment_method: null,
    reason: facts.reason,
    receipt_number: null,
    source_transfer_reversal: null,
    status: "succeeded",
    transfer_reversal: null,
  };
}

export function makeDispute(facts: {
  id: string;
  created: number;
  charge: Charge;
  dueBy: number;
}): Dispute {
  return {
    id: facts.id,
    object: "dispute",
    amount: facts.charge.amount,
    balance_transactions: [],
    charge: facts.charge.id,
    created: facts.created,
    currency: facts.charge.currency,
    enhanced_eligibility_types: [],
    evidence: { enhanced_evidence: {} },
    evidence_details: {
      due_by: facts.dueBy,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
    },
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: facts.charge.payment_intent,
    payment_method_details: {
      card: { brand: "visa", case_type: "chargeback", network_reason_code: "10.4" },
      type: "card",
    },
    reason: "fraudulent",
    status: "needs_response",
  } as unknown as Dispute; // "as": evidence has thirty texts, all absent until a seller answers
}

export function makeWarning(facts: { id: string; created: number; charge: Charge }): Warning {
  return {
    id: facts.id,
    object: "radar.early_fraud_warning",
    actionable: !facts.charge.refunded,
    charge: facts.charge.id,
    created: facts.created,
    fraud_type: "made_with_stolen_card",
    livemode: false,
    ...(facts.charge.payment_intent !== null && { payment_intent: facts.charge.payment_intent }),
  };
}
