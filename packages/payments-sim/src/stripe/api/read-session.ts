/** Reads the parameters of a new checkout session. What Stripe does not know is refused by name. */
import { type Catalogue, UNITS } from "../../catalogue/catalogue.ts";
import {
  type Fields,
  isFields,
  needText,
  readChoice,
  readGroup,
  readList,
  readText,
  readTexts,
  readWhole,
} from "../../fields.ts";
import { Refusal, refuse } from "../../refusal.ts";
import type { SessionWish } from "../checkout.ts";

const READ = [
  ...["mode", "line_items", "success_url", "cancel_url", "customer", "customer_email"],
  ...["customer_creation", "client_reference_id", "metadata", "subscription_data"],
  ...["payment_intent_data", "expires_at", "expand"],
];
/** Known to Stripe, without effect here. */
const IGNORED = [
  ...["allow_promotion_codes", "automatic_tax", "billing_address_collection", "consent_collection"],
  ...["custom_fields", "custom_text", "customer_update", "discounts", "invoice_creation", "locale"],
  ...["payment_method_collection", "payment_method_types", "payment_method_options"],
  ...[
    "phone_number_collection",
    "saved_payment_method_options",
    "submit_type",
    "tax_id_collection",
  ],
  ...["ui_mode", "after_expiration", "currency", "adaptive_pricing", "name_collection"],
];
const MIN_OPEN_SECONDS = 30 * 60;
const MAX_OPEN_SECONDS = 24 * 3600;

export function readSession(fields: Fields, catalogue: Catalogue, now: number): SessionWish {
  refuseUnknown(fields, [...READ, ...IGNORED]);
  const mode = readChoice(fields, "mode", ["payment", "subscription"] as const);
  if (mode === undefined) throw refuse.invalid("mode", "mode must be payment or subscription.");
  const subscriptionData = readGroup(fields, "subscription_data");
  const inner =
    mode === "subscription" ? subscriptionData : readGroup(fields, "payment_intent_data");
  return {
    mode,
    lineItems: readList(fields, "line_items").map((line) => readLine(line, catalogue)),
    successUrl: readText(fields, "success_url") ?? null,
    cancelUrl: readText(fields, "cancel_url") ?? null,
    customer: readText(fields, "customer") ?? null,
    customerEmail: readText(fields, "customer_email") ?? null,
    customerCreation:
      readChoice(fields, "customer_creation", ["always", "if_required"] as const) ?? null,
    clientReferenceId: readText(fields, "client_reference_id") ?? null,
    metadata: readTexts(fields, "metadata"),
    innerMetadata: readTexts(inner, "metadata"),
    trialDays: readTrial(subscriptionData, now),
    expiresAt: readExpiry(fields, now),
  };
}

export function refuseUnknown(fields: Fields, known: readonly string[]): void {
  const stranger = Object.keys(fields).find((name) => !known.includes(name));
  if (stranger !== undefined)
    throw new Refusal(
      400,
      "parameter_unknown",
      `Received unknown parameter: ${stranger}`,
      stranger,
    );
}

function readLine(line: unknown, catalogue: Catalogue) {
  if (!isFields(line)) throw refuse.invalid("line_items", "A line item must be an object.");
  const quantity = readWhole(line, "quantity", { min: 1 }) ?? 1;
  const price = readText(line, "price");
  if (price === undefined)
    return { planId: addPriceData(readGroup(line, "price_data"), catalogue), quantity };
  if (!catalogue.plans.has(price))
    throw new Refusal(400, "resource_missing", `No such price: '${price}'`, "line_items[0][price]");
  return { planId: price, quantity };
}

/** A price made up on the way, of a known product or of one made up, too. */
function addPriceData(fields: Fields, catalogue: Catalogue): string {
  const amount = readWhole(fields, "unit_amount");
  if (amount === undefined)
    throw refuse.invalid("line_items", "A line item needs price or price_data.");
  const recurring = readGroup(fields, "recurring");
  const unit = readChoice(recurring, "interval", UNITS);
  const every =
    unit === undefined
      ? {}
      : { every: { unit, count: readWhole(recurring, "interval_count") ?? 1 } };
  const before = new Set(catalogue.plans.keys());
  const plans = [{ amount, currency: needText(fields, "currency"), ...every }];
  const productId = readText(fields, "product");
  const product = productId === undefined ? undefined : catalogue.products.get(productId);
  if (product !== undefined) catalogue.add({ ...product, plans });
  else catalogue.add({ name: needText(readGroup(fields, "product_data"), "name"), plans });
  const made = [...catalogue.plans.keys()].find((id) => !before.has(id));
  if (made === undefined) throw new Error("no plan was added");
  return made;
}

function readTrial(fields: Fields, now: number): number | null {
  const days = readWhole(fields, "trial_period_days", { min: 1, max: 730 });
  if (days !== undefined) return days;
  const end = readWhole(fields, "trial_end", { min: now });
  return end === undefined ? null : Math.max(1, Math.ceil((end - now) / 86_400));
}

function readExpiry(fields: Fields, now: number): number | null {
  const at = readWhole(fields, "expires_at");
  if (at !== undefined && (at < now + MIN_OPEN_SECONDS || at > now + MAX_OPEN_SECONDS))
    throw refuse.invalid(
      "expires_at",
      "expires_at must be between 30 minutes and 24 hours from now.",
    );
  return at ?? null;
}
