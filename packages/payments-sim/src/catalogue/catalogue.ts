/**
 * What one provider sells: products and their plans (Stripe calls a plan a
 * price, Sell.app a variant). Given by config or added while running.
 */
import {
  type Fields,
  isFields,
  needText,
  present,
  readChoice,
  readGroup,
  readList,
  readText,
  readTexts,
  readWhole,
} from "../fields.ts";
import { refuse } from "../refusal.ts";

export const UNITS = ["day", "week", "month", "year"] as const;

export type Period = { unit: (typeof UNITS)[number]; count: number };

export type PlanSeed = {
  /** In the provider's own form; made up unless given. */
  id?: string;
  name?: string;
  /** In the smallest unit of the currency. */
  amount: number;
  /** usd unless given. */
  currency?: string;
  /** Renews; without it the plan is paid once. */
  every?: { unit: Period["unit"]; count?: number };
  trialDays?: number;
  /** Paid once and over after that many days. Stripe itself knows no such term: there only the truth does. */
  termDays?: number;
  metadata?: Record<string, string>;
};

export type ProductSeed = {
  id?: string;
  name: string;
  metadata?: Record<string, string>;
  plans: readonly PlanSeed[];
};

export type Product = { id: string; name: string; metadata: Record<string, string> };

export type Plan = {
  id: string;
  name: string;
  product: Product;
  amount: number;
  currency: string;
  every: Period | null;
  trialDays: number;
  termDays: number | null;
  metadata: Record<string, string>;
};

export class Catalogue {
  readonly products = new Map<string, Product>();
  readonly plans = new Map<string, Plan>();
  readonly #newProductId: () => string;
  readonly #newPlanId: () => string;

  constructor(newProductId: () => string, newPlanId: () => string) {
    this.#newProductId = newProductId;
    this.#newPlanId = newPlanId;
  }

  /** Replaces what has the same id. */
  add(seed: ProductSeed): Product {
    const id = seed.id ?? this.#newProductId();
    const product = { id, name: seed.name, metadata: { ...seed.metadata } };
    this.products.set(id, product);
    for (const plan of seed.plans) this.#addPlan(product, plan);
    return product;
  }

  getPlan(id: string): Plan {
    const plan = this.plans.get(id);
    if (plan === undefined) throw refuse.missing("plan", id);
    return plan;
  }

  plansOf(productId: string): Plan[] {
    return [...this.plans.values()].filter(({ product }) => product.id === productId);
  }

  #addPlan(product: Product, seed: PlanSeed): void {
    const id = seed.id ?? this.#newPlanId();
    this.plans.set(id, {
      id,
      name: seed.name ?? product.name,
      product,
      amount: seed.amount,
      currency: seed.currency ?? "usd",
      every:
        seed.every === undefined ? null : { unit: seed.every.unit, count: seed.every.count ?? 1 },
      trialDays: seed.trialDays ?? 0,
      termDays: seed.termDays ?? null,
      metadata: { ...seed.metadata },
    });
  }
}

/** Reads a product from JSON. */
export function readProduct(value: unknown): ProductSeed {
  if (!isFields(value)) throw refuse.invalid("products", "A product must be an object.");
  return {
    ...present("id", readText(value, "id")),
    name: needText(value, "name"),
    metadata: readTexts(value, "metadata"),
    plans: readList(value, "plans").map(readPlan),
  };
}

function readPlan(value: unknown): PlanSeed {
  if (!isFields(value)) throw refuse.invalid("plans", "A plan must be an object.");
  const amount = readWhole(value, "amount");
  if (amount === undefined) throw refuse.invalid("amount", "amount is required.");
  return {
    amount,
    ...present("id", readText(value, "id")),
    ...present("name", readText(value, "name")),
    ...present("currency", readText(value, "currency")),
    ...present("every", readEvery(value)),
    ...present("trialDays", readWhole(value, "trialDays")),
    ...present("termDays", readWhole(value, "termDays", { min: 1 })),
    metadata: readTexts(value, "metadata"),
  };
}

function readEvery(fields: Fields): PlanSeed["every"] {
  if (fields.every === undefined || fields.every === null) return undefined;
  const every = readGroup(fields, "every");
  const unit = readChoice(every, "unit", UNITS);
  if (unit === undefined) throw refuse.invalid("every", "every.unit is required.");
  return { unit, ...present("count", readWhole(every, "count", { min: 1 })) };
}
