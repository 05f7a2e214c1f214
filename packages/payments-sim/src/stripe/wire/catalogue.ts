/** Products and prices as Stripe shows them. */
import type { Product as CatalogueProduct, Plan } from "../../catalogue/catalogue.ts";
import { decimal, type Price, type Product } from "../objects.ts";

export function productToWire(product: CatalogueProduct, created: number): Product {
  return {
    id: product.id,
    object: "product",
    active: true,
    created,
    default_price: null,
    description: null,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: product.metadata,
    name: product.name,
    package_dimensions: null,
    shippable: null,
    statement_descriptor: null,
    tax_code: null,
    tax_details: null,
    type: "service",
    unit_label: null,
    updated: created,
    url: null,
  };
}

export function priceToWire(plan: Plan, created: number): Price {
  return {
    id: plan.id,
    object: "price",
    active: true,
    billing_scheme: "per_unit",
    created,
    currency: plan.currency,
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: plan.metadata,
    nickname: plan.name,
    product: plan.product.id,
    recurring:
      plan.every === null
        ? null
        : {
            interval: plan.every.unit,
            interval_count: plan.every.count,
            meter: null,
            trial_period_days: null,
            usage_type: "licensed",
          },
    tax_behavior: "unspecified",
    tiers_mode: null,
    transform_quantity: null,
    type: plan.every === null ? "one_time" : "recurring",
    unit_amount: plan.amount,
    unit_amount_decimal: decimal(plan.amount),
  };
}
