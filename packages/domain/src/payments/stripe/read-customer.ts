/** A customer of Stripe's whose address changed, or who was deleted. No purchase changes by it. */
import { idOf, type Json, textOf } from "../json-fields.ts";
import { refTo, type Said } from "../payment-event.ts";

/** Reads the customer's present address. */
export function readCustomer(customer: Json): Said {
  const id = idOf(customer.id);
  const email = textOf(customer.email);
  const buyer = { kind: "buyer", userId: null, customer: id, email, ip: null } as const;
  return { refs: [refTo("customer", id)], bodies: [buyer] };
}
