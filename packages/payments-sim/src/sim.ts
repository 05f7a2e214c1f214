/**
 * The simulator without its HTTP side: one clock, three providers, one courier.
 *
 *   person or API -> provider -> event -> courier -> the seller's endpoints
 */
import Stripe from "stripe";
import { Catalogue, type ProductSeed } from "./catalogue/catalogue.ts";
import { SimClock } from "./clock.ts";
import type { SimConfig } from "./config.ts";
import { Courier } from "./deliveries/courier.ts";
import type { Endpoint } from "./deliveries/endpoint.ts";
import type { Provider, ProviderName, Purchase, PurchaseAction } from "./purchases/purchase.ts";
import { Random } from "./random.ts";
import { sellappProvider } from "./sellapp/provider.ts";
import { Store } from "./sellapp/store.ts";
import { StripeAccount, stripeId } from "./stripe/account.ts";
import { Billing } from "./stripe/billing.ts";
import { Checkout } from "./stripe/checkout.ts";
import { Payments } from "./stripe/payments.ts";
import { type StripeRooms, stripeProvider } from "./stripe/provider.ts";
import { Company, whopId } from "./whop/company.ts";
import { legacyBody } from "./whop/legacy.ts";
import { whopProvider } from "./whop/provider.ts";

export type Changes = { listen(listener: () => void): () => void; tell(): void };

export type Sim = {
  config: SimConfig;
  clock: SimClock;
  random: Random;
  courier: Courier;
  changes: Changes;
  catalogues: Record<ProviderName, Catalogue>;
  stripe: StripeRooms;
  whop: Company;
  sellapp: Store;
  providers: Record<ProviderName, Provider>;
  purchases(): Purchase[];
  act(provider: ProviderName, purchaseId: string, action: PurchaseAction): Purchase;
};

export const DEFAULTS = {
  stripeKey: "sk_test_sim",
  whopKey: "whop_sim_key",
  whopCompany: "biz_simulated",
  sellappKey: "sellapp_sim_key",
  storeId: 4242,
  storeName: "Simulated store",
};

type Parts = {
  config: SimConfig;
  clock: SimClock;
  random: Random;
  courier: Courier;
  baseUrl: () => string;
};

export function createSim(
  config: SimConfig,
  { baseUrl, reportBug }: { baseUrl: () => string; reportBug: (error: Error) => void },
): Sim {
  const clock = new SimClock({
    ...(config.frozen !== undefined && { frozen: config.frozen }),
    ...(config.startMs !== undefined && { startMs: config.startMs }),
    reportBug,
  });
  const random = new Random(config.seed ?? "payments-sim");
  const changes = createChanges();
  const courier = new Courier({
    ...{ clock, random: random.stream("deliveries"), onChange: () => changes.tell() },
    ...(config.faults !== undefined && { faults: config.faults }),
  });
  const parts = { config, clock, random, courier, baseUrl };
  const stripe = createStripe(parts);
  const whop = createWhop(parts);
  const sellapp = createSellapp(parts);
  const providers = {
    ...{
      stripe: stripeProvider(stripe),
      whop: whopProvider(whop),
      sellapp: sellappProvider(sellapp),
    },
  };
  return {
    ...{ config, clock, random, courier, changes, stripe, whop, sellapp, providers },
    catalogues: {
      ...{ stripe: stripe.account.catalogue, whop: whop.catalogue, sellapp: sellapp.catalogue },
    },
    purchases: () => Object.values(providers).flatMap((provider) => provider.purchases()),
    act(provider, purchaseId, action) {
      const purchase = providers[provider].act(purchaseId, action);
      changes.tell();
      return purchase;
    },
  };
}

function createStripe({ config, clock, random, courier, baseUrl }: Parts): StripeRooms {
  const ids = random.stream("stripe");
  const catalogue = new Catalogue(
    () => stripeId(ids, "prod"),
    () => stripeId(ids, "price"),
  );
  fill(catalogue, config.stripe?.products);
  const endpoints = (config.stripe?.webhooks ?? []).map(
    (webhook): Endpoint => ({ provider: "stripe", ...webhook }),
  );
  const account = new StripeAccount({
    ...{ clock, random: ids, catalogue },
    apiVersion: config.stripe?.apiVersion ?? Stripe.API_VERSION,
    send(event) {
      const body = JSON.stringify(event, null, 2); // Stripe sends its events indented
      for (const endpoint of endpoints)
        courier.send(endpoint, { id: event.id, type: event.type, body });
    },
  });
  const payments = new Payments(account);
  const billing = new Billing(account, payments);
  const pageUrl = (id: string) => `${baseUrl()}/stripe/checkout/${id}`;
  return {
    account,
    payments,
    billing,
    checkout: new Checkout({ account, billing, payments, pageUrl }),
  };
}

function createWhop({ config, clock, random, courier, baseUrl }: Parts): Company {
  const ids = random.stream("whop");
  const catalogue = new Catalogue(
    () => whopId(ids, "prod"),
    () => whopId(ids, "plan"),
  );
  fill(catalogue, config.whop?.products);
  const endpoints = (config.whop?.webhooks ?? []).map(
    ({ version = "v1", key = "raw", ...webhook }): Endpoint & { provider: "whop" } => ({
      ...{ provider: "whop", version, key },
      ...webhook,
    }),
  );
  return new Company({
    ...{ clock, random: ids, catalogue, companyId: config.whop?.companyId ?? DEFAULTS.whopCompany },
    pageUrl: (planId, configuration) =>
      `${baseUrl()}/whop/checkout/${planId}${configuration === null ? "" : `?session=${configuration}`}`,
    send(event) {
      for (const endpoint of endpoints) {
        const legacy = legacyBody(event);
        if (endpoint.version === "v1")
          courier.send(endpoint, { id: event.id, type: event.type, body: JSON.stringify(event) });
        else if (legacy !== undefined)
          courier.send(endpoint, { id: event.id, type: legacy.action, body: legacy.body });
      }
    },
  });
}

function createSellapp({ config, clock, random, courier }: Parts): Store {
  const ids = random.stream("sellapp");
  const number = () => String(ids.whole(100_000, 999_999));
  const catalogue = new Catalogue(number, number);
  fill(catalogue, config.sellapp?.products);
  const endpoints = (config.sellapp?.webhooks ?? []).map(
    (webhook): Endpoint => ({ provider: "sellapp", ...webhook }),
  );
  return new Store({
    ...{ clock, random: ids, catalogue },
    storeId: config.sellapp?.storeId ?? DEFAULTS.storeId,
    storeName: config.sellapp?.storeName ?? DEFAULTS.storeName,
    send(type, body, objectId) {
      const event = { id: `${type}:${objectId}`, type, body: JSON.stringify(body) };
      for (const endpoint of endpoints) courier.send(endpoint, event);
    },
  });
}

function fill(catalogue: Catalogue, products: readonly ProductSeed[] = []): void {
  for (const product of products) catalogue.add(product);
}

function createChanges(): Changes {
  const listeners = new Set<() => void>();
  return {
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell() {
      for (const listener of listeners) listener();
    },
  };
}
