/**
 * Stripe's envelope, and which reader an event's object gets.
 *
 * [STRIPE1] A thin event (`v2.core.event`) is refused: it carries no object to read.
 * [STRIPE2] Fields are read in their old and their new place.
 */
import { type Json, objectOf, secondsMs, textOf } from "../json-fields.ts";
import type { FoundEvent, RawBody, Refused, Said } from "../payment-event.ts";
import {
  readCharge,
  readDispute,
  readFraudWarning,
  readPaymentIntent,
  readRefund,
} from "./read-charge.ts";
import { readCheckout } from "./read-checkout.ts";
import { readCustomer } from "./read-customer.ts";
import { readInvoice, readInvoicePayment } from "./read-invoice.ts";
import { readSubscription } from "./read-subscription.ts";

type Reader = (object: Json, type: string) => Said;

/** By the event's type; a reader decides by it where the object alone does not say what happened. */
const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["checkout.session.completed", readCheckout],
  ["checkout.session.async_payment_succeeded", readCheckout],
  ["checkout.session.async_payment_failed", readCheckout],
  ["checkout.session.expired", readCheckout],
  ["customer.subscription.created", readSubscription],
  ["customer.subscription.updated", readSubscription],
  ["customer.subscription.deleted", readSubscription],
  ["customer.subscription.paused", readSubscription],
  ["customer.subscription.resumed", readSubscription],
  ["customer.subscription.trial_will_end", readSubscription],
  ["customer.subscription.pending_update_applied", readSubscription],
  ["customer.subscription.pending_update_expired", readSubscription],
  ["invoice.paid", readInvoice],
  ["invoice.payment_succeeded", readInvoice],
  ["invoice.payment_failed", readInvoice],
  ["invoice.payment_action_required", readInvoice],
  ["invoice.voided", readInvoice],
  ["invoice.marked_uncollectible", readInvoice],
  ["invoice_payment.paid", readInvoicePayment],
  ["payment_intent.succeeded", readPaymentIntent],
  ["charge.succeeded", readCharge],
  ["charge.refunded", readCharge],
  ["charge.refund.updated", readRefund],
  ["refund.created", readRefund],
  ["refund.updated", readRefund],
  ["refund.failed", readRefund],
  ["charge.dispute.created", readDispute],
  ["charge.dispute.updated", readDispute],
  ["charge.dispute.closed", readDispute],
  ["charge.dispute.funds_withdrawn", readDispute],
  ["charge.dispute.funds_reinstated", readDispute],
  ["radar.early_fraud_warning.created", readFraudWarning],
  ["radar.early_fraud_warning.updated", readFraudWarning],
  ["customer.updated", readCustomer],
  ["customer.deleted", readCustomer],
]);

/** The event in a body of Stripe's, or why it is none. */
export function findStripeEvent({ json, receivedAtMs }: RawBody): FoundEvent | Refused {
  if (json.object === "v2.core.event") {
    return {
      code: "thin_event",
      message: "a thin event has no object; subscribe to snapshot events",
    };
  }
  const type = textOf(json.type);
  const eventKey = textOf(json.id);
  const occurredAtMs = secondsMs(json.created);
  const object = objectOf(json.data).object;
  if (type === null || eventKey === null || occurredAtMs === null || object === undefined) {
    return {
      code: "missing_field",
      message: "a Stripe event needs id, type, created and data.object",
    };
  }
  const said = READERS.get(type)?.(objectOf(object), type) ?? null;
  const isTest = json.livemode === false;
  return { provider: "stripe", type, eventKey, occurredAtMs, receivedAtMs, isTest, said };
}
