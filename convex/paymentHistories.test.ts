/**
 * Histories as providers tell them, shuffled and repeated, with applications that crash and rebuilds in
 * between, through the deployment's real functions: all end like the history told once and in order.
 */
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  sellappOrders,
  stripeOrders,
  whopOrders,
} from "../packages/domain/test/payments/order-bodies.ts";
import { orderHistories } from "../packages/domain/test/payments/order-history.ts";
import { mixedUp, type RawEvent } from "../packages/domain/test/payments/raw-event.ts";
import { stripeBodies } from "../packages/domain/test/payments/stripe-bodies.ts";
import { subscriptionHistories } from "../packages/domain/test/payments/subscription-history.ts";
import { whopBodies } from "../packages/domain/test/payments/whop-bodies.ts";
import { internal } from "./_generated/api.js";
import { attach, makePlan, runScheduled, startPayments } from "./payments.setup.ts";
import { type Backend, signUp } from "./test.setup.ts";

const RUNS = 8; // of each provider and kind
const DECIDED_AT_MS = 1_760_000_000_000 + 20 * 86_400_000; // within most histories

const HISTORIES: [string, fc.Arbitrary<RawEvent[]>][] = [
  ["stripe subscriptions", subscriptionHistories({ most: 25 }).map((steps) => stripeBodies(steps))],
  ["whop memberships", subscriptionHistories({ most: 25 }).map((steps) => whopBodies(steps))],
  ["stripe orders", orderHistories().map(stripeOrders)],
  ["whop orders", orderHistories().map(whopOrders)],
  ["sellapp orders", orderHistories().map(sellappOrders)],
];

/** What is done with the history: deliveries, and what goes wrong in between. */
type Deed =
  | { readonly what: "deliver"; readonly event: RawEvent }
  | { readonly what: "crash"; readonly event: RawEvent } // stored, and its application lost
  | { readonly what: "rebuild" };

beforeEach(() => {
  vi.useFakeTimers({ now: DECIDED_AT_MS });
});
afterEach(() => vi.useRealTimers());

describe.each(HISTORIES)("%s", (_name, histories) => {
  test("[SETTLE1] any order, repetition and crash ends like the plain history", async () => {
    await expectSame(histories, (events) => deeds(events, false));
  }, 120_000);

  test("[BUILD1] a rebuild in the midst of it all gives the same purchases and access", async () => {
    await expectSame(histories, (events) => deeds(events, true));
  }, 120_000);
});

async function expectSame(
  histories: fc.Arbitrary<RawEvent[]>,
  troubled: (events: readonly RawEvent[]) => fc.Arbitrary<Deed[]>,
) {
  await fc.assert(
    fc.asyncProperty(
      histories.chain((events) => fc.tuple(fc.constant(events), troubled(events))),
      async ([events, mixedUpDeeds]) => {
        const plain = await live(events.map((event) => ({ what: "deliver", event })));
        const mixed = await live(mixedUpDeeds);
        expect(mixed).toEqual(plain);
      },
    ),
    { numRuns: RUNS },
  );
}

function deeds(events: readonly RawEvent[], hasRebuild: boolean): fc.Arbitrary<Deed[]> {
  const fate = fc.oneof(
    { weight: 8, arbitrary: fc.constant("deliver" as const) },
    { weight: 2, arbitrary: fc.constant("crash" as const) },
  );
  return mixedUp(events).chain((mixed) =>
    fc
      .tuple(
        fc.array(fate, { minLength: mixed.length, maxLength: mixed.length, size: "max" }),
        fc.nat(mixed.length),
      )
      .map(([fates, at]): Deed[] => {
        const delivered = mixed.map((event, n): Deed => ({ what: fates[n] ?? "deliver", event }));
        if (!hasRebuild) return delivered;
        return [...delivered.slice(0, at), { what: "rebuild" }, ...delivered.slice(at)];
      }),
  );
}

/** A deployment that lives through it; answers what follows for money and access. */
async function live(deeds: readonly Deed[]) {
  vi.setSystemTime(DECIDED_AT_MS);
  const t = startPayments();
  await makePlans(t);
  const { userId } = await signUp(t, "buyer@example.test");
  await attach(t, userId, "stripeCustomer", "cus_1");
  await attach(t, userId, "whopUser", "user_w1");
  await attach(t, userId, "sellappCustomer", "9");
  for (const deed of deeds) await perform(t, deed);
  await settleAll(t);
  return await outcome(t, userId);
}

async function perform(t: Backend, deed: Deed): Promise<void> {
  if (deed.what === "rebuild") {
    await t.mutation(internal.payments.rebuild, {});
    await settleAll(t);
    return;
  }
  const { provider, body } = deed.event;
  // Only orders without a time of their own use it; here all have one.
  const args = { provider, body, origin: "webhook", receivedAtMs: DECIDED_AT_MS } as const;
  const { eventId, isNew } = await t.mutation(internal.payments.receive, args);
  if (deed.what === "crash" && isNew) await undo(t, eventId);
}

/** As if the application had thrown: nothing of it is there, and a retry is scheduled. */
async function undo(t: Backend, eventId: string): Promise<void> {
  await t.run(async (ctx) => {
    const id = ctx.db.normalizeId("paymentEvents", eventId);
    if (id === null) return;
    const failed = { state: "failed", cause: "unexpected", detail: null, attempts: 1 } as const;
    await ctx.db.patch("paymentEvents", id, failed);
    const rows = await ctx.db.query("paymentFacts").collect();
    for (const row of rows) if (row.eventId === id) await ctx.db.delete("paymentFacts", row._id);
    const refs = await ctx.db.query("paymentEventRefs").collect();
    for (const row of refs)
      if (row.eventId === id) await ctx.db.delete("paymentEventRefs", row._id);
    await ctx.scheduler.runAfter(5_000, internal.payments.retry, { eventId: id, attempts: 1 });
  });
}

/** Access that ends within the minute is looked at before it has ended. */
async function settleAll(t: Backend): Promise<void> {
  await runScheduled(t);
  vi.setSystemTime(DECIDED_AT_MS);
}

async function makePlans(t: Backend): Promise<void> {
  for (const tier of ["basic", "pro"] as const) {
    const monthly = [`product:prod_${tier}`, `plan:plan_${tier}`, `price:price_${tier}`];
    await makePlan(t, tier, null, monthly);
    for (const days of [1, 2, 7]) {
      const refs = [
        `price:price_${tier}_${days}`,
        `plan:plan_${tier}_${days}`,
        `variant:${tier}_${days}`,
      ];
      await makePlan(t, tier, days, refs);
    }
  }
}

async function outcome(t: Backend, userId: string) {
  return await t.run(async (ctx) => {
    const purchases = await ctx.db.query("purchases").collect();
    const access = await ctx.db.query("access").collect();
    const events = await ctx.db.query("paymentEvents").collect();
    return {
      purchases: purchases
        .map(({ _id, _creationTime, planId, userId: owner, ...fields }) => ({
          ...fields,
          isPlanned: planId !== null,
          isOwned: owner === userId,
        }))
        .sort((a, b) => (a.anchor < b.anchor ? -1 : 1)),
      access: access.map(({ tier, untilMs }) => ({ tier, untilMs })),
      states: events.map(({ key, state, cause }) => `${key} ${state} ${cause}`).sort(),
    };
  });
}
