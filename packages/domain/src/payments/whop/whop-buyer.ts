/** Who bought, and what, in the objects of Whop's that say so. */
import type { FactBody, ProductRef } from "../facts.ts";
import { idOf, type Json, objectOf, textOf } from "../json-fields.ts";

/** The buyer of a membership or payment. The old shape has the user as an id, or the e-mail beside it. */
export function buyerOf(data: Json): FactBody {
  const user = objectOf(data.user);
  return {
    kind: "buyer",
    userId: textOf(objectOf(data.metadata).heliograph_user_id),
    customer: idOf(data.user) ?? idOf(data.user_id),
    email: textOf(user.email) ?? textOf(data.email) ?? textOf(data.user_email),
    ip: null,
  };
}

/** The plan, then the product. */
export function productsOf(data: Json): ProductRef[] {
  const plan = idOf(data.plan) ?? idOf(data.plan_id);
  const product = idOf(data.product) ?? idOf(data.product_id) ?? idOf(data.access_pass);
  return [
    ...(plan === null ? [] : [`plan:${plan}` as const]),
    ...(product === null ? [] : [`product:${product}` as const]),
  ];
}
