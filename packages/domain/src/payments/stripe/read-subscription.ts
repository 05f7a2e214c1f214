/** A subscription of Stripe's, as it stood at the event. */
import type { FactBody, SubscriptionFact } from "../facts.ts";
import { idOf, type Json, listOf, objectOf, secondsMs } from "../json-fields.ts";
import { refTo, type Said } from "../payment-event.ts";
import { carriedUserId } from "./carried-user.ts";
import { productsOf } from "./stripe-products.ts";

type State = SubscriptionFact["state"];

/** Every status there is. One that is not here is new, and opens nothing. */
const STATES: ReadonlyMap<unknown, State> = new Map<unknown, State>([
  ["incomplete", "pending"],
  ["incomplete_expired", "ended"],
  ["trialing", "trialing"],
  ["active", "active"],
  ["past_due", "pastDue"],
  ["unpaid", "unpaid"],
  ["paused", "paused"],
  ["canceled", "ended"],
]);

/** Reads the subscription; `customer.subscription.deleted` ends it whatever its status says. */
export function readSubscription(subscription: Json, type: string): Said {
  const refs = [
    refTo("subscription", idOf(subscription.id)),
    refTo("invoice", idOf(subscription.latest_invoice)),
  ];
  const buyer: FactBody = {
    kind: "buyer",
    userId: carriedUserId(subscription),
    customer: idOf(subscription.customer),
    email: null,
    ip: null,
  };
  return { refs, bodies: [buyer, snapshotOf(subscription, type)] };
}

function snapshotOf(subscription: Json, type: string): FactBody {
  const items = listOf(objectOf(subscription.items).data).map(objectOf);
  const state = stateOf(subscription, type);
  const trialEndMs = state === "trialing" ? secondsMs(subscription.trial_end) : null;
  const periodEndMs = trialEndMs ?? periodEndOf(subscription, items);
  const atPeriodEnd = subscription.cancel_at_period_end === true ? periodEndMs : null;
  return {
    kind: "subscription",
    state,
    periodEndMs,
    cancelAtMs: secondsMs(subscription.cancel_at) ?? atPeriodEnd,
    products: productsOf(items),
  };
}

function stateOf(subscription: Json, type: string): State {
  if (type === "customer.subscription.deleted") return "ended";
  const state = STATES.get(subscription.status) ?? "unpaid";
  const isLive = state === "active" || state === "pastDue";
  // Collection can be paused while the status stays "active": what runs then is not paid for.
  const isUncollected = isFilled(subscription.pause_collection);
  return isLive && isUncollected ? "paused" : state;
}

/** Since API version 2025-03-31 each item has its own period; before, the subscription had one. */
function periodEndOf(subscription: Json, items: readonly Json[]): number | null {
  const ends = items
    .map((item) => secondsMs(item.current_period_end))
    .filter((endMs) => endMs !== null);
  return ends.length > 0 ? Math.max(...ends) : secondsMs(subscription.current_period_end);
}

function isFilled(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
