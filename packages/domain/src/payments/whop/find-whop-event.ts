/**
 * Whop's two envelopes, and which reader an event's object gets.
 *
 *   v1      { id, api_version: "v1", timestamp, type, data }
 *   v5, v2  { api_version: "v5", action, data }            no id and no time of its own
 *
 * [WHOP1] The old names (`membership.went_valid`, also with an underscore or `app_` before) mean what the
 *         new ones mean.
 * [WHOP2] An old event, which has no id, is named by its action, its object and its body.
 */
import { idOf, type Json, objectOf, textOf, timeMs } from "../json-fields.ts";
import type { FoundEvent, RawBody, Refused, Said } from "../payment-event.ts";
import { readDispute, readDisputeAlert, readRefund } from "./read-claim.ts";
import { readMembership } from "./read-membership.ts";
import { readPayment } from "./read-payment.ts";

type Reader = (data: Json, type: string) => Said;

const nothing: Reader = () => ({ refs: [], bodies: [] });

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["membership.activated", readMembership],
  ["membership.deactivated", readMembership],
  ["membership.cancel_at_period_end_changed", readMembership],
  ["membership.trial_ending_soon", readMembership],
  ["membership.updated", readMembership],
  ["payment.created", readPayment],
  ["payment.pending", readPayment],
  ["payment.succeeded", readPayment],
  ["payment.failed", readPayment],
  ["refund.created", readRefund],
  ["refund.updated", readRefund],
  ["dispute.created", readDispute],
  ["dispute.updated", readDispute],
  ["dispute_alert.created", readDisputeAlert],
  // What these change is told by a membership's and a payment's events, too.
  ["invoice.created", nothing],
  ["invoice.paid", nothing],
  ["invoice.past_due", nothing],
  ["invoice.voided", nothing],
  ["invoice.marked_uncollectible", nothing],
  ["entry.created", nothing],
  ["entry.approved", nothing],
  ["entry.denied", nothing],
  ["entry.deleted", nothing],
  ["setup_intent.requires_action", nothing],
  ["setup_intent.succeeded", nothing],
  ["setup_intent.canceled", nothing],
]);

const OLD_NAMES: ReadonlyMap<string, string> = new Map([
  ["membership.went_valid", "membership.activated"],
  ["membership.went_invalid", "membership.deactivated"],
  ["membership.cancel_at_period_end_changed", "membership.cancel_at_period_end_changed"],
  ["payment.succeeded", "payment.succeeded"],
  ["payment.failed", "payment.failed"],
  ["payment.pending", "payment.pending"],
  ["refund.created", "refund.created"],
  ["refund.updated", "refund.updated"],
  ["dispute.created", "dispute.created"],
  ["dispute.updated", "dispute.updated"],
]);

/** The event in a body of Whop's, or why it is none. */
export function findWhopEvent(body: RawBody): FoundEvent | Refused {
  const { json } = body;
  if (textOf(json.action) !== null) return oldEvent(body);
  if (textOf(json.type) === null) {
    return { code: "unknown_envelope", message: "a Whop event has a type, or an action" };
  }
  return newEvent(body);
}

function newEvent({ json, receivedAtMs }: RawBody): FoundEvent | Refused {
  const type = textOf(json.type) ?? "";
  const eventKey = textOf(json.id);
  const data = json.data;
  if (eventKey === null || data === undefined) {
    return { code: "missing_field", message: "a Whop event needs id, type and data" };
  }
  const said = READERS.get(type)?.(objectOf(data), type) ?? null;
  const occurredAtMs = timeMs(json.timestamp);
  return { provider: "whop", type, eventKey, occurredAtMs, receivedAtMs, isTest: false, said };
}

function oldEvent({ json, hash, receivedAtMs }: RawBody): FoundEvent | Refused {
  const type = textOf(json.action) ?? "";
  const data = objectOf(json.data);
  const id = idOf(data.id);
  if (id === null) return { code: "missing_field", message: "a Whop event needs data.id" };
  const eventKey = `${type}:${id}:${hash()}`;
  const name = newNameOf(type);
  const said = name === undefined ? null : (READERS.get(name)?.(data, name) ?? null);
  return {
    provider: "whop",
    type,
    eventKey,
    occurredAtMs: null,
    receivedAtMs,
    isTest: false,
    said,
  };
}

function newNameOf(action: string): string | undefined {
  const plain = action.startsWith("app_") ? action.slice("app_".length) : action;
  const [head, ...rest] = plain.split("_");
  const dotted = plain.includes(".") ? plain : `${head}.${rest.join("_")}`;
  return OLD_NAMES.get(dotted);
}
