/** Access and its causes in words. */
import { exactTime } from "@heliograph/ui";
import type { Customer, TimelineEntry } from "../backend.ts";

/** Until when something holds. */
export function untilText(untilMs: number | null, timeZone?: string): string {
  return untilMs === null ? "without a known end" : `until ${exactTime(untilMs, timeZone)}`;
}

const CAUSES: Record<TimelineEntry["cause"]["kind"], string> = {
  event: "Payment event",
  grant: "Given or taken back by hand",
  identity: "An identity was linked",
  expiry: "A term began or ended",
  plan: "The plan was changed",
  merge: "Accounts were merged",
  deletion: "The account was deleted",
  replay: "Payments were applied anew",
  purchase: "Staff decided about a purchase",
};

/** Why a decision was made: the kind, and what stands behind it. */
export function causeText({ kind, detail }: TimelineEntry["cause"]): string {
  const words = CAUSES[kind];
  return detail === null ? words : `${words}: ${detail}`;
}

/** What entitles: a purchase or a grant, with the provider's name for it or its reason. */
export function reasonText({ kind, detail }: TimelineEntry["because"][number]): string {
  const words = kind === "purchase" ? "Purchase" : "Grant";
  return `${words} ${detail ?? "that is gone"}`;
}

const IDENTITIES: Record<Customer["identities"][number]["kind"], string> = {
  email: "E-mail",
  discord: "Discord account",
  stripeCustomer: "Stripe customer",
  whopUser: "Whop user",
  sellappCustomer: "Sell.app customer",
  legacy: "Id in the old system",
};

/** What kind of thing leads to a customer. */
export function identityText({ kind }: Customer["identities"][number]): string {
  return IDENTITIES[kind];
}
