import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { internal } from "./_generated/api.js";
import {
  makePlan,
  makeProPlan,
  paidCheckout,
  signUpVerified,
  startPayments,
  stripeEvent,
  tierOf,
} from "./payments.setup.ts";
import { countRoundTrips } from "./roundTrips.setup.ts";
import type { Backend } from "./test.setup.ts";

const WEEK_MS = 7 * 86_400_000;

let t: Backend;
let userId: Awaited<ReturnType<typeof signUpVerified>>["userId"];

/** Somebody whose customer at Stripe is known from a purchase that was paid back since. */
beforeEach(async () => {
  vi.useFakeTimers({ now: Date.parse("2026-11-27T12:00:00Z") });
  t = startPayments();
  await makeProPlan(t);
  await makePlan(t, "basic", null, ["price:price_monthly"]);
  ({ userId } = await signUpVerified(t, "buyer@example.com"));
  expect(await receive(purchase(1))).toBeLessThanOrEqual(44); // the customer becomes known, too
  await receive(refund(1));
  expect(await tierOf(t, userId)).toBeNull();
});
afterEach(() => vi.useRealTimers());

/** How many round trips it costs to take a webhook in. */
async function receive(event: object): Promise<number> {
  vi.setSystemTime(Date.now() + 1_000); // and nothing that is scheduled runs meanwhile
  const delivery = { body: JSON.stringify(event), receivedAtMs: Date.now() };
  return await countRoundTrips(async () => {
    await t.mutation(internal.payments.receive, {
      ...{ provider: "stripe", origin: "webhook" },
      ...delivery,
    });
  });
}

function purchase(deal: number) {
  const ids = { id: `cs_${deal}`, payment_intent: `pi_${deal}`, client_reference_id: userId };
  return stripeEvent("checkout.session.completed", paidCheckout(ids));
}

function refund(deal: number) {
  return stripeEvent("refund.created", {
    ...{ id: `re_${deal}`, object: "refund", amount: 5_000, currency: "eur" },
    ...{ charge: `ch_${deal}`, payment_intent: `pi_${deal}`, status: "succeeded" },
  });
}

function subscription(type: string, weeks: number) {
  const period = { current_period_end: Math.floor((Date.now() + weeks * WEEK_MS) / 1000) };
  return stripeEvent(type, {
    ...{ id: "sub_1", customer: "cus_1", status: "active", metadata: {} },
    items: { data: [{ ...period, price: { id: "price_monthly", product: "prod_1" } }] },
  });
}

test("a purchase that opens feeds is taken in with few round trips, and so is its refund", async () => {
  expect(await receive(purchase(2))).toBeLessThanOrEqual(33);
  expect(await tierOf(t, userId)).toBe("pro");
  expect(await receive(refund(2))).toBeLessThanOrEqual(40);
  expect(await tierOf(t, userId)).toBeNull();
});

test("a subscription that begins or goes on is taken in with few round trips", async () => {
  expect(await receive(subscription("customer.subscription.created", 1))).toBeLessThanOrEqual(33);
  expect(await tierOf(t, userId)).toBe("basic");
  expect(await receive(subscription("customer.subscription.updated", 2))).toBeLessThanOrEqual(30);
});

test("an event that changes nothing costs next to nothing", async () => {
  const event = stripeEvent("product.created", { id: "prod_1" });
  expect(await receive(event)).toBeLessThanOrEqual(5);
  expect(await receive(event)).toBeLessThanOrEqual(2); // it is known
});
