/** What an event has led to, or would lead to: state, purchase, access. */
import { Badge, exactTime, Facts, priceText } from "@heliograph/ui";
import type { PaymentOutcome, PurchaseSummary } from "../backend.ts";
import { causeText, EVENT_TONES, PROVIDER_NAMES } from "./payment-words.ts";

export function OutcomeFacts({ outcome }: { outcome: PaymentOutcome }) {
  const { state, cause, purchase, access } = outcome;
  return (
    <Facts
      rows={[
        [
          "Event",
          <Badge key="state" tone={EVENT_TONES[state]}>
            {state}
          </Badge>,
        ],
        ["Cause", causeText(cause) || "None"],
        ["Purchase", purchase === null ? "None" : purchaseText(purchase)],
        ["Status", purchase === null ? "None" : statusText(purchase.status)],
        ["Owner", purchase === null ? "None" : ownerText(purchase)],
        ["Plan", purchase?.plan?.name ?? "None"],
        ["Access now", access === null ? "None" : accessText(access)],
      ]}
    />
  );
}

/** The purchase by the provider's name for it, with its money. */
export function purchaseText({ provider, anchor, amount, currency }: PurchaseSummary): string {
  const price = currency === null ? "" : `, ${priceText(amount, currency)}`;
  return `${PROVIDER_NAMES[provider]} ${anchor}${price}`;
}

/** Whose it is. */
export function ownerText({ owner }: PurchaseSummary): string {
  return owner === null ? "Nobody yet" : (owner.email ?? owner.userId);
}

function statusText(status: PurchaseSummary["status"]): string {
  const times = Object.entries(status).flatMap(([name, value]) =>
    typeof value === "number" ? [`${wordsOf(name)} ${exactTime(value)}`] : [],
  );
  return [wordsOf(status.state), ...times].join(", ");
}

/** "renewsAtMs" as "renews at". */
function wordsOf(name: string): string {
  return name
    .replace(/Ms$/, "")
    .replace(/[A-Z]/g, (letter) => ` ${letter}`)
    .toLowerCase();
}

function accessText({ tier, untilMs }: NonNullable<PaymentOutcome["access"]>): string {
  return untilMs === null ? tier : `${tier} until ${exactTime(untilMs)}`;
}
