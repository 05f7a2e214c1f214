/** What the tests of payments share: signed deliveries, events as providers send them, plans, and what came of it. */
import type { Provider, Tier } from "@heliograph/domain";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import { vi } from "vitest";
import type { Doc, Id } from "./_generated/dataModel.js";
import { attachIdentity } from "./model/identities/attach.ts";
import { type Backend, setEnvironment, signUp, startBackend } from "./test.setup.ts";

export const SECRETS = {
  stripe: "whsec_stripe-secret-of-the-tests",
  whop: "ws_whop-secret-of-the-tests",
  sellapp: "sellapp-secret-of-the-tests",
} as const;

/** A deployment that takes webhooks of all three providers. */
export function startPayments(): Backend {
  const t = startBackend();
  setEnvironment("HELIOGRAPH_STRIPE_WEBHOOK_SECRETS", SECRETS.stripe);
  setEnvironment("HELIOGRAPH_WHOP_WEBHOOK_SECRETS", SECRETS.whop);
  setEnvironment("HELIOGRAPH_SELLAPP_WEBHOOK_SECRETS", SECRETS.sellapp);
  setEnvironment("HELIOGRAPH_IP_SALT", "salt of the tests");
  for (const name of [
    "HELIOGRAPH_PAYMENTS_LIVE",
    "HELIOGRAPH_STRIPE_SECRET_KEY",
    "HELIOGRAPH_STRIPE_ACCOUNT",
    "HELIOGRAPH_WHOP_COMPANY",
    "HELIOGRAPH_SELLAPP_STORE",
    "HELIOGRAPH_GRACE_DAYS",
  ] as const) {
    setEnvironment(name, undefined);
  }
  return t;
}

export interface Signing {
  readonly secret?: string;
  readonly atMs?: number;
}

/** The headers with which the provider would send that body. */
export async function signed(
  provider: Provider,
  body: string,
  { secret = SECRETS[provider], atMs = Date.now() }: Signing = {},
): Promise<Record<string, string>> {
  const timestamp = Math.floor(atMs / 1000);
  switch (provider) {
    case "stripe":
      return {
        "stripe-signature": await Stripe.webhooks.generateTestHeaderStringAsync({
          payload: body,
          secret,
          timestamp,
          cryptoProvider: Stripe.createSubtleCryptoProvider(),
        }),
      };
    case "whop": {
      const webhook = new Webhook(secret, { format: "raw" });
      return {
        "webhook-id": "msg_1",
        "webhook-timestamp": String(timestamp),
        "webhook-signature": webhook.sign("msg_1", new Date(timestamp * 1000), body),
      };
    }
    case "sellapp":
      return { signature: await hmacHex(secret, body) };
    default:
      return provider satisfies never;
  }
}

/** Lower-case hex of the HMAC-SHA256. */
export async function hmacHex(secret: string, text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const bytes = new TextEncoder();
  const key = await crypto.subtle.importKey("raw", bytes.encode(secret), algorithm, false, [
    "sign",
  ]);
  const mac = await crypto.subtle.sign("HMAC", key, bytes.encode(text));
  return [...new Uint8Array(mac)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Sends a body to the webhook route. */
export async function send(
  t: Backend,
  provider: Provider,
  body: string,
  headers: Record<string, string>,
) {
  const response = await t.fetch(`/webhooks/${provider}`, { method: "POST", body, headers });
  return { status: response.status, word: await response.text() };
}

/** Sends a body with the provider's signature. */
export async function deliver(t: Backend, provider: Provider, body: object, signing: Signing = {}) {
  const text = JSON.stringify(body);
  return await send(t, provider, text, await signed(provider, text, signing));
}

let serial = 0;

/** An event of Stripe's. */
export function stripeEvent(
  type: string,
  object: object,
  changes: { id?: string; created?: number; livemode?: boolean; account?: string } = {},
) {
  serial += 1;
  const created = Math.floor(Date.now() / 1000);
  const head = { id: `evt_test_${serial}`, object: "event", created, livemode: true };
  return { ...head, type, data: { object }, ...changes };
}

/** A paid checkout of a fixed term. */
export function paidCheckout(changes: Record<string, unknown> = {}) {
  return {
    id: "cs_1",
    object: "checkout.session",
    mode: "payment",
    payment_status: "paid",
    client_reference_id: null,
    customer: "cus_1",
    customer_details: { email: "buyer@example.com" },
    payment_intent: "pi_1",
    metadata: { heliograph_price: "price_pro_30" },
    amount_total: 5_000,
    currency: "eur",
    ...changes,
  };
}

/** A delivery of Sell.app's about an order. */
export function sellappOrder(event: string, status: string, changes: Record<string, unknown> = {}) {
  const data = {
    id: 236,
    status: { status: { status, updatedAt: null }, history: [] },
    payment: { full_price: { base: "5000", currency: "EUR" } },
    customer_information: { id: 9, email: "buyer@example.com", ip: "198.51.100.7" },
    product_variants: [{ product_variant_id: "pro_30" }],
    updated_at: new Date(Date.now()).toISOString(),
    ...changes,
  };
  return { event, data, store: { id: 7 } };
}

/** A plan of that tier, known under those refs; answers its id. `days` null: it renews. */
export async function makePlan(
  t: Backend,
  tier: Tier,
  days: number | null,
  refs: readonly string[],
): Promise<Id<"plans">> {
  return await t.run(async (ctx) => {
    const planId = await ctx.db.insert("plans", {
      slug: `${tier}-${days}`,
      tier,
      name: `${tier} ${days}`,
      kind: days === null ? { kind: "recurring", every: "month" } : { kind: "fixed", days },
      priceAmount: 5_000,
      currency: "eur",
      trialDays: 0,
      highlights: [],
      order: 0,
      state: "published",
      refs: {
        stripePrice: null,
        whopPlan: null,
        whopLink: null,
        sellappVariant: null,
        sellappLink: null,
      },
    });
    for (const ref of refs) await ctx.db.insert("planRefs", { ref, planId });
    return planId;
  });
}

/** The plan that the checkouts and orders above are of. */
export async function makeProPlan(t: Backend): Promise<Id<"plans">> {
  return await makePlan(t, "pro", 30, ["price:price_pro_30", "variant:pro_30"]);
}

/** Somebody whose e-mail is verified, as far as payments are concerned. */
export async function signUpVerified(t: Backend, email: string) {
  const person = await signUp(t, email);
  await attach(t, person.userId, "email", email);
  return person;
}

/** Makes an identity somebody's. */
export async function attach(
  t: Backend,
  userId: Id<"users">,
  kind: Doc<"identities">["kind"],
  value: string,
) {
  return await t.run(async (ctx) => await attachIdentity(ctx, { kind, value, userId }));
}

/** Empties an account as its deletion does, as far as payments are concerned. */
export async function deleteAccount(t: Backend, userId: Id<"users">) {
  await t.run(async (ctx) => {
    await ctx.db.patch("users", userId, { deletedAtMs: Date.now() });
    const rows = await ctx.db
      .query("identities")
      .withIndex("by_userId", (q) => q.eq("userId", userId))
      .take(1_000);
    for (const row of rows) await ctx.db.delete("identities", row._id);
  });
}

/** The tier a person has now, or null. */
export async function tierOf(t: Backend, userId: Id<"users">): Promise<Tier | null> {
  const row = await t.run(
    async (ctx) =>
      await ctx.db
        .query("access")
        .withIndex("by_userId", (q) => q.eq("userId", userId))
        .unique(),
  );
  return row?.tier ?? null;
}

/** Everything there is in a table of payments. */
export async function rowsOf<
  Table extends "paymentEvents" | "purchases" | "access" | "webhookRefusals" | "identities",
>(t: Backend, table: Table): Promise<Doc<Table>[]> {
  return await t.run(async (ctx) => await ctx.db.query(table).take(1_000));
}

/** Runs what is scheduled within the next minute; needs fake timers. */
export async function runScheduled(t: Backend): Promise<void> {
  for (let round = 0; round < 40; round += 1) {
    vi.advanceTimersByTime(1_500);
    await t.finishInProgressScheduledFunctions();
  }
}
