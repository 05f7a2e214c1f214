/**
 * A subscription of Sell.app's, as its API shows it: no event of the store tells of one, so it comes from
 * reconciliation alone.
 *
 * [SELL7] A subscription's status counts only if it is exactly one of the known words.
 */
import type { FactBody, ProductRef, SubscriptionFact } from "../facts.ts";
import { idOf, type Json, objectOf, textOf, timeMs } from "../json-fields.ts";
import { refTo, type Said } from "../payment-event.ts";

type State = SubscriptionFact["state"];

const STATES: ReadonlyMap<string, State> = new Map<string, State>([
  ["INCOMPLETE", "pending"],
  ["TRIALING", "trialing"],
  ["ACTIVE", "active"],
  ["PAST_DUE", "pastDue"],
  ["UNPAID", "unpaid"],
  ["PAUSED", "paused"],
  ["CANCELED", "ended"],
  ["CANCELLED", "ended"],
  ["EXPIRED", "ended"],
]);

/** Reads the subscription as it stands. */
export function readSubscription(subscription: Json): Said {
  const customer = objectOf(subscription.customer);
  const buyer: FactBody = {
    kind: "buyer",
    userId: textOf(objectOf(customer.metadata).heliograph_user_id),
    customer: idOf(customer),
    email: textOf(customer.email),
    ip: null,
  };
  return {
    refs: [refTo("subscription", idOf(subscription.id))],
    bodies: [buyer, standingOf(subscription)],
  };
}

function standingOf(subscription: Json): FactBody {
  const state = STATES.get(textOf(subscription.status)?.toUpperCase() ?? "") ?? "unpaid";
  const trialEndMs = state === "trialing" ? timeMs(subscription.trial_ends_at) : null;
  const periodEndMs = trialEndMs ?? timeMs(subscription.current_period_end);
  const isCanceling = subscription.cancel_at_period_end === true;
  return {
    kind: "subscription",
    state,
    periodEndMs,
    cancelAtMs: timeMs(subscription.ends_at) ?? (isCanceling ? periodEndMs : null),
    products: productsOf(subscription),
  };
}

function productsOf(subscription: Json): ProductRef[] {
  const variant = idOf(subscription.product_variant_id);
  const product = idOf(subscription.product_id);
  return [
    ...(variant === null ? [] : [`variant:${variant}` as const]),
    ...(product === null ? [] : [`product:${product}` as const]),
  ];
}
