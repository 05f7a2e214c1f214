/** Fields of an order of Sell.app's that stand in several places: its price, and our user id. */
import { type Json, listOf, numberOf, objectOf, textOf } from "../json-fields.ts";

/** The name of the custom field, or of the metadata value, that our checkout fills in. */
const USER_FIELD = "heliograph_user_id";

/** What the order costs, in cents. Null if no place of it says. */
export function orderPrice(order: Json): { amount: number | null; currency: string | null } {
  const payment = objectOf(order.payment);
  const full = objectOf(payment.full_price);
  const total = objectOf(payment.total);
  const subtotal = objectOf(payment.subtotal);
  const cents = [full.total, full.base, subtotal.total, subtotal.base];
  const units = [total.total_usd, objectOf(total.payment_details).total];
  const amounts = [
    ...cents.map(numberOf),
    ...units.map(numberOf).map((amount) => (amount === null ? null : Math.round(amount * 100))),
  ];
  const currencies = [full.currency, subtotal.currency, total.currency, order.currency];
  return {
    amount: amounts.find((amount) => amount !== null) ?? null,
    currency:
      currencies
        .map(textOf)
        .find((code) => code !== null)
        ?.toLowerCase() ?? null,
  };
}

/** Our user id as a custom field of the order or of one of its lines, or in its metadata. */
export function carriedUserId(order: Json): string | null {
  const holders = [order, ...listOf(order.product_variants).map(objectOf)];
  const values = holders.flatMap((holder) => [
    objectOf(holder.metadata)[USER_FIELD],
    ...fieldValues(holder.additional_information),
    ...fieldValues(holder.custom_fields),
  ]);
  return values.map(textOf).find((id) => id !== null) ?? null;
}

/** The values named like our field, whether fields are a list of labels and values or one object. */
function fieldValues(fields: unknown): unknown[] {
  if (!Array.isArray(fields)) return [objectOf(fields)[USER_FIELD]];
  return fields
    .map(objectOf)
    .filter((field) => [field.label, field.key, field.name].includes(USER_FIELD))
    .map((field) => field.value ?? field.answer);
}
