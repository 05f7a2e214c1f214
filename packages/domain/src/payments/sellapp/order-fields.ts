/** Fields of an order of Sell.app's that stand in several places: its price, and our user id. */
import { type Json, listOf, numberOf, objectOf, textOf } from "../json-fields.ts";

/** The name of the custom field, or of the metadata value, that our checkout fills in. */
const USER_FIELD = "heliograph_user_id";

/** What the order costs, in cents. Null if no place of it says. */
export function orderPrice(order: Json): { amount: number | null; currency: string | null } {
  const full = objectOf(objectOf(order.payment).full_price);
  const amount = numberOf(full.total) ?? numberOf(full.base);
  const currency = textOf(full.currency) ?? textOf(order.currency);
  return { amount: isFree(order) ? 0 : amount, currency: currency?.toLowerCase() ?? null };
}

/** Whether there is nothing to pay: the most telling total that is there is zero. */
export function isFree(order: Json): boolean {
  const payment = objectOf(order.payment);
  const total = objectOf(payment.total);
  const full = objectOf(payment.full_price);
  const totals = [total.total_usd, objectOf(total.payment_details).total, full.total, full.base];
  return totals.map(numberOf).find((amount) => amount !== null) === 0;
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
