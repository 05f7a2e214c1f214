/**
 * A membership of Whop's as it stood at the event.
 *
 * [WHOP3] "canceling" still has access until the period's end; "completed" is a plan paid once.
 * [WHOP4] Deactivated is no access, whatever the status beside it says.
 */
import type { FactBody, ProductRef, SubscriptionFact } from "../facts.ts";
import { idOf, type Json, textOf, timeMs } from "../json-fields.ts";
import { refTo, type Said } from "../payment-event.ts";
import { buyerOf, productsOf } from "./whop-buyer.ts";

type State = SubscriptionFact["state"];

/** Every status there is. One that is not here is new, and opens nothing. */
const STATES: ReadonlyMap<string, State> = new Map<string, State>([
  ["drafted", "pending"],
  ["trialing", "trialing"],
  ["active", "active"],
  ["canceling", "active"],
  ["past_due", "pastDue"],
  ["unresolved", "unpaid"],
  ["canceled", "ended"],
  ["expired", "ended"],
]);

/** Reads a membership at an event of that type. */
export function readMembership(data: Json, type: string): Said {
  const refs = [refTo("membership", idOf(data.id))];
  return { refs, bodies: [buyerOf(data), standingOf(data, type)] };
}

function standingOf(data: Json, type: string): FactBody {
  const status = textOf(data.status);
  const periodEndMs = timeMs(data.renewal_period_end) ?? timeMs(data.expires_at);
  const isOver = type === "membership.deactivated" || data.valid === false;
  const products = productsOf(data);
  if (status === "completed" && !isOver) return paidOnce(products, periodEndMs);
  const isCanceling = status === "canceling" || data.cancel_at_period_end === true;
  return {
    kind: "subscription",
    state: isOver ? "ended" : stateOf(data, status),
    periodEndMs,
    cancelAtMs: isCanceling ? periodEndMs : null,
    products,
  };
}

function stateOf(data: Json, status: string | null): State {
  const state = STATES.get(status ?? "") ?? "unpaid";
  const isLive = state === "active" || state === "pastDue";
  return isLive && data.payment_collection_paused === true ? "paused" : state;
}

/** What was paid is told by the payment's own event. */
function paidOnce(products: readonly ProductRef[], untilMs: number | null): FactBody {
  return { kind: "sale", state: "paid", products, amount: null, currency: null, untilMs };
}
