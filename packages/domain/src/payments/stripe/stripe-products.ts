/** What a line or item of Stripe's is for: prices first, then their products, each once. */
import type { ProductRef } from "../facts.ts";
import { idOf, type Json, objectOf } from "../json-fields.ts";

/** The refs of all these items. Reads the price in its old places and its new one. */
export function productsOf(items: readonly Json[]): ProductRef[] {
  const found = items.map(priceAndProduct);
  const prices = found.map(({ price }) => price).filter((id) => id !== null);
  const products = found.map(({ product }) => product).filter((id) => id !== null);
  return [
    ...new Set(prices.map((id): ProductRef => `price:${id}`)),
    ...new Set(products.map((id): ProductRef => `product:${id}`)),
  ];
}

function priceAndProduct(item: Json): { price: string | null; product: string | null } {
  const details = objectOf(objectOf(item.pricing).price_details);
  const price = objectOf(item.price);
  const plan = objectOf(item.plan);
  return {
    price: idOf(details.price) ?? idOf(item.price) ?? idOf(plan.id),
    product: idOf(details.product) ?? idOf(price.product) ?? idOf(plan.product),
  };
}
