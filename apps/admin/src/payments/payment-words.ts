/** Codes of payments as a person reads them. A code that is not here is shown as it is. */
import type { Tone } from "@heliograph/ui";
import type { DeskGroup, PaymentEvent } from "../backend.ts";

const CAUSES: Readonly<Record<string, string>> = {
  no_user: "Nobody here is the buyer",
  no_plan: "What was bought is in no plan",
  trial_refused: "Second trial of one person",
  no_purchase: "A refund or dispute of an unknown purchase",
  no_purchase_yet: "Speaks of a purchase that no event has told of yet",
  rebuilding: "Waits for the rebuild",
  stored: "Stored, not applied yet",
  unreadable: "Not in the provider's documented form",
  group_too_large: "Too many objects are linked to one purchase",
  unexpected: "An error while applying it",
  unknown_type: "A type that this version does not know",
  no_effect: "Changes neither money nor access",
  customer_only: "About a customer alone",
  test_mode: "Test mode: no real money",
  wrong_account: "Another account, company or store",
};

const REFUSALS: Readonly<Record<string, string>> = {
  no_secret: "No webhook secret is set. Set it, and the provider's retries will be taken.",
  unsigned: "Without a signature: not the provider, or its test button.",
  malformed_signature: "A signature in a form that this provider does not use.",
  clock_past:
    "Signed more than 5 minutes ago. Check the deployment's clock; replays look like this, too.",
  clock_future: "Signed more than 5 minutes in the future. Check the deployment's clock.",
  secret_has_spaces: "The secret that is set has white space or quotes in it.",
  secret_encoding: "The secret that is set is encoded differently, or lacks its prefix.",
  secret_of_other_provider: "The secret that is set here is another provider's.",
  wrong_secret: "Signed with another secret: that of another endpoint, an old one, or a forger's.",
  too_large: "More than 900 kB.",
  not_utf8: "Not text.",
  not_json: "Authentic, but not JSON.",
  thin_event: "A thin event without its object. Choose snapshot events for the endpoint.",
};

const REPAIRS: Readonly<Record<DeskGroup["repair"], string>> = {
  linkUser: "Say whose it is",
  mapProduct: "Map the product in the catalogue",
  allowTrial: "Allow it, or leave it",
  replay: "Mend what went wrong, then replay",
  wait: "Wait: the missing event or reconciliation brings it",
  update: "Replay after an update",
};

/** What a cause means. */
export function causeText(cause: string | null): string {
  return cause === null ? "" : (CAUSES[cause] ?? cause);
}

/** Why deliveries were refused, and what to do. */
export function refusalText(cause: string): string {
  return REFUSALS[cause] ?? cause;
}

/** What helps against a group of failures. */
export function repairText(repair: DeskGroup["repair"]): string {
  return REPAIRS[repair];
}

export const EVENT_TONES: Readonly<Record<PaymentEvent["state"], Tone>> = {
  applied: "good",
  waiting: "warn",
  failed: "bad",
  ignored: "neutral",
};

export const PROVIDER_NAMES: Readonly<Record<PaymentEvent["provider"], string>> = {
  stripe: "Stripe",
  whop: "Whop",
  sellapp: "Sell.app",
};
