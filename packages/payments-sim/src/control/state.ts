/** What the page and other processes see of the simulator. */
import type { Plan } from "../catalogue/catalogue.ts";
import type { Delivery } from "../deliveries/courier.ts";
import type { FaultSettings } from "../deliveries/faults.ts";
import { PROVIDERS, type ProviderName, type Purchase } from "../purchases/purchase.ts";
import type { Sim } from "../sim.ts";

export type DeliveryView = Omit<Delivery, "body">;

export type CustomerView = {
  provider: ProviderName;
  id: string | null;
  email: string;
  purchases: number;
};

export type Offer = {
  provider: ProviderName;
  planId: string;
  productId: string;
  name: string;
  amount: number;
  currency: string;
  every: Plan["every"];
};

export type SimState = {
  nowMs: number;
  faults: FaultSettings;
  counts: ReturnType<Sim["courier"]["counts"]>;
  offers: Offer[];
  customers: CustomerView[];
  purchases: Purchase[];
  deliveries: DeliveryView[];
};

const SHOWN = 200; // newest first; everything is behind /_sim/purchases and /_sim/deliveries

export function stateOf(sim: Sim): SimState {
  const purchases = sim.purchases().sort((a, b) => b.createdMs - a.createdMs);
  return {
    nowMs: sim.clock.nowMs(),
    faults: sim.courier.faults,
    counts: sim.courier.counts(),
    offers: PROVIDERS.flatMap((provider) =>
      [...sim.catalogues[provider].plans.values()].map((plan) => offerOf(provider, plan)),
    ),
    customers: customersOf(sim, purchases).slice(0, SHOWN),
    purchases: purchases.slice(0, SHOWN),
    deliveries: sim.courier.deliveries(SHOWN).map(viewOf),
  };
}

export function viewOf({ body: _, ...delivery }: Delivery): DeliveryView {
  return delivery;
}

function offerOf(provider: ProviderName, plan: Plan): Offer {
  const { product, name, amount, currency, every } = plan;
  const title = name === product.name ? name : `${product.name}, ${name}`;
  return { provider, planId: plan.id, productId: product.id, name: title, amount, currency, every };
}

function customersOf(sim: Sim, purchases: readonly Purchase[]): CustomerView[] {
  const views = new Map<string, CustomerView>();
  for (const { id, email } of sim.stripe.account.customers.values())
    views.set(`stripe ${id}`, { provider: "stripe", id, email: email ?? "", purchases: 0 });
  for (const { provider, customerId, email } of purchases) {
    const key = `${provider} ${customerId ?? email}`;
    const known = views.get(key) ?? { provider, id: customerId, email, purchases: 0 };
    views.set(key, { ...known, purchases: known.purchases + 1 });
  }
  return [...views.values()];
}
