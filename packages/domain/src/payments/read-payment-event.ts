/**
 * Reads a payment provider's raw body into an event. The signature was checked before, on the same
 * bytes; a body that is not what the provider documents is refused with a stable code.
 *
 * [READ1] A refusal has a stable code and a message; no body makes the reader throw.
 * [READ2] An unknown type of event is read as unknown, with no facts.
 * [READ3] Repeats of one event have one key; events of different types about one object have different keys.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";
import type { ReadPaymentEvent } from "./facts.ts";
import { type Json, objectOf } from "./json-fields.ts";
import { eventOf, type FoundEvent, type RawBody, type Refused } from "./payment-event.ts";
import type { Provider } from "./refs.ts";
import { findSellappEvent } from "./sellapp/find-sellapp-event.ts";
import { findStripeEvent } from "./stripe/find-stripe-event.ts";
import { findWhopEvent } from "./whop/find-whop-event.ts";

const FINDERS = {
  stripe: findStripeEvent,
  whop: findWhopEvent,
  sellapp: findSellappEvent,
} satisfies {
  [P in Provider]: (body: RawBody) => FoundEvent | Refused;
};

/**
 * The event in a body. `receivedAtMs` is used only if the body has no time of its own; pass the time of
 * the first receipt, so that reading the stored body again gives the same event.
 */
export function readPaymentEvent(
  provider: Provider,
  bodyText: string,
  receivedAtMs: number,
): ReadPaymentEvent {
  const parsed = parse(bodyText);
  if ("code" in parsed) return { ok: false, ...parsed };
  const hash = () => bytesToHex(sha256(utf8ToBytes(bodyText)));
  const found = FINDERS[provider]({ json: parsed.json, hash, receivedAtMs });
  return "code" in found ? { ok: false, ...found } : { ok: true, event: eventOf(found) };
}

function parse(text: string): { readonly json: Json } | Refused {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { code: "not_json", message: "the body is not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { code: "not_an_object", message: "the body is not a JSON object" };
  }
  return { json: objectOf(value) };
}
