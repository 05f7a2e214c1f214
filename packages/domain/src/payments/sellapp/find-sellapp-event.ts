/**
 * Sell.app's envelope: `{ event, data, store }`. Its id is the order's, not the event's, so an event is
 * named by its type, its object and its body: created, completed and disputed are three events.
 *
 * [SELL1] Every event of an order has its own key.
 * [SELL2] A body may have nothing but the order's id: it is read, with nothing known of product or buyer.
 *
 * `order.updated` and `subscription.updated` are not sent by Sell.app: reconciliation wraps in them what it
 * has read, under a key and a time of its own (`id`, `occurred_at`), and the status says what happened.
 */
import { idOf, type Json, objectOf, textOf, timeMs } from "../json-fields.ts";
import type { FoundEvent, RawBody, Refused, Said } from "../payment-event.ts";
import { readOrder } from "./read-order.ts";
import { readSubscription } from "./read-subscription.ts";

const OWN_TYPES = ["order.updated", "subscription.updated"];

const nothing = (): Said => ({ refs: [], bodies: [] });

const READERS: ReadonlyMap<string, (data: Json, type: string) => Said> = new Map<
  string,
  (data: Json, type: string) => Said
>([
  ["order.created", readOrder],
  ["order.completed", readOrder],
  ["order.disputed", readOrder],
  ["order.updated", readOrder],
  ["subscription.updated", readSubscription],
  ["cash_app.payment_requires_attention", nothing],
  ["product.created", nothing],
  ["product.updated", nothing],
  ["product.trashed", nothing],
  ["variant.created", nothing],
  ["variant.updated", nothing],
  ["variant.sold_out", nothing],
  ["feedback.created", nothing],
  ["ticket_message.created", nothing],
]);

/** The event in a body of Sell.app's, or why it is none. */
export function findSellappEvent({ json, hash, receivedAtMs }: RawBody): FoundEvent | Refused {
  const type = textOf(json.event);
  const data = objectOf(json.data);
  const id = idOf(data.id);
  if (type === null) return { code: "unknown_envelope", message: "a Sell.app body has an event" };
  if (id === null && type.startsWith("order.")) {
    return { code: "missing_field", message: "a Sell.app order event needs data.id" };
  }
  const said = READERS.get(type)?.(data, type) ?? null;
  const own = OWN_TYPES.includes(type) ? json : {};
  const occurredAtMs =
    timeMs(own.occurred_at) ?? timeMs(data.updated_at) ?? timeMs(data.created_at);
  const eventKey = textOf(own.id) ?? `${type}:${id ?? ""}:${hash()}`;
  return { provider: "sellapp", type, eventKey, occurredAtMs, receivedAtMs, isTest: false, said };
}
