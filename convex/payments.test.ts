import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { internal } from "./_generated/api.js";
import {
  attach,
  deleteAccount,
  deliver,
  makePlan,
  makeProPlan,
  paidCheckout,
  rowsOf,
  runScheduled,
  sellappOrder,
  signUpVerified,
  startPayments,
  stripeEvent,
  tierOf,
} from "./payments.setup.ts";
import { type Backend, setEnvironment, signUp } from "./test.setup.ts";

const DAY_MS = 86_400_000;
const NOW_MS = Date.parse("2026-11-27T12:00:00Z");

let t: Backend;
beforeEach(() => {
  vi.useFakeTimers({ now: NOW_MS });
  t = startPayments();
});
afterEach(() => vi.useRealTimers());

const completed = (changes: Record<string, unknown> = {}) =>
  stripeEvent("checkout.session.completed", paidCheckout(changes));

function subscription(status: string, changes: Record<string, unknown> = {}) {
  return stripeEvent("customer.subscription.updated", {
    id: "sub_1",
    customer: "cus_1",
    status,
    metadata: {},
    items: {
      data: [
        {
          current_period_end: Math.floor((NOW_MS + 7 * DAY_MS) / 1000),
          price: { id: "price_monthly", product: "prod_1" },
        },
      ],
    },
    ...changes,
  });
}

describe("receiving", () => {
  test("[RECV1] two deliveries of one event at the same moment are one row with one effect", async () => {
    await makeProPlan(t);
    const buyer = await signUpVerified(t, "buyer@example.com");
    const event = completed();
    const answers = await Promise.all([deliver(t, "stripe", event), deliver(t, "stripe", event)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(await rowsOf(t, "paymentEvents")).toHaveLength(1);
    expect(await rowsOf(t, "purchases")).toHaveLength(1);
    const timeline = await t.run(async (ctx) => await ctx.db.query("accessTimeline").collect());
    expect(timeline.filter(({ userId }) => userId === buyer.userId)).toHaveLength(1);
  });

  test("[RECV1] created, completed and disputed of one Sell.app order are three events", async () => {
    await makeProPlan(t);
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deliver(t, "sellapp", sellappOrder("order.created", "PENDING"));
    expect(await tierOf(t, buyer.userId)).toBeNull();
    vi.setSystemTime(NOW_MS + 1_000);
    await deliver(t, "sellapp", sellappOrder("order.completed", "COMPLETED"));
    expect(await tierOf(t, buyer.userId)).toBe("pro");
    vi.setSystemTime(NOW_MS + 2_000);
    await deliver(t, "sellapp", sellappOrder("order.disputed", "COMPLETED"));
    expect(await tierOf(t, buyer.userId)).toBeNull();
    expect(await rowsOf(t, "paymentEvents")).toHaveLength(3);
  });

  test("[SETTLE1] a status of inactive is not active", async () => {
    await makeProPlan(t);
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deliver(t, "sellapp", sellappOrder("order.created", "INACTIVE"));
    expect(await tierOf(t, buyer.userId)).toBeNull();
  });

  test("[SETTLE1] the dispute of an old order leaves the current one alone", async () => {
    await makeProPlan(t);
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deliver(t, "sellapp", sellappOrder("order.completed", "COMPLETED", { id: 1 }));
    vi.setSystemTime(NOW_MS + 40 * DAY_MS);
    await deliver(t, "sellapp", sellappOrder("order.completed", "COMPLETED", { id: 2 }));
    vi.setSystemTime(NOW_MS + 41 * DAY_MS);
    await deliver(t, "sellapp", sellappOrder("order.disputed", "COMPLETED", { id: 1 }));
    expect(await tierOf(t, buyer.userId)).toBe("pro");
  });

  test("[RECV2] what cannot be applied stays with its cause, is acknowledged, and is tried again", async () => {
    const order = { event: "order.completed", data: { status: "COMPLETED" }, store: 7 };
    expect((await deliver(t, "sellapp", order)).status).toBe(200);
    expect(await rowsOf(t, "paymentEvents")).toMatchObject([
      { state: "failed", cause: "unreadable", attempts: 1 },
    ]);
  });

  test("[RECV2] a failure that may pass is tried again by itself until it succeeds", async () => {
    await makeProPlan(t);
    const buyer = await signUpVerified(t, "buyer@example.com");
    setEnvironment("HELIOGRAPH_FEED_KEY_SECRET", undefined);
    await t.run(async (ctx) => {
      // Two rows where there is one: access cannot be decided.
      for (let n = 0; n < 2; n += 1) {
        const access = { tier: "basic", untilMs: null, shard: 1 } as const;
        await ctx.db.insert("access", { userId: buyer.userId, ...access });
      }
    });
    await deliver(t, "stripe", completed());
    expect(await rowsOf(t, "paymentEvents")).toMatchObject([{ state: "failed", attempts: 1 }]);
    expect(await rowsOf(t, "purchases")).toEqual([]);
    await t.run(async (ctx) => {
      for (const row of await ctx.db.query("access").collect())
        await ctx.db.delete("access", row._id);
    });
    vi.advanceTimersByTime(5_000);
    await t.finishInProgressScheduledFunctions();
    expect(await rowsOf(t, "paymentEvents")).toMatchObject([{ state: "applied", attempts: 0 }]);
    expect(await tierOf(t, buyer.userId)).toBe("pro");
  });

  test("[RECV3] a type that nobody knows is kept as ignored", async () => {
    await deliver(t, "stripe", stripeEvent("invoice.sent_by_pigeon", { id: "in_1" }));
    expect(await rowsOf(t, "paymentEvents")).toMatchObject([
      { state: "ignored", cause: "unknown_type" },
    ]);
  });

  test("[RECV4] a refund that comes before its purchase waits, and counts once the purchase is told", async () => {
    await makeProPlan(t);
    const buyer = await signUpVerified(t, "buyer@example.com");
    const refs = { charge: "ch_1", payment_intent: "pi_1" };
    const refund = { id: "re_1", amount: 5_000, status: "succeeded", ...refs };
    await deliver(t, "stripe", stripeEvent("refund.created", refund));
    expect(await rowsOf(t, "paymentEvents")).toMatchObject([
      { state: "waiting", cause: "no_purchase" },
    ]);
    await deliver(t, "stripe", completed());
    const events = await rowsOf(t, "paymentEvents");
    expect(events.map(({ state }) => state)).toEqual(["applied", "applied"]);
    expect(await rowsOf(t, "purchases")).toMatchObject([{ status: { state: "refunded" } }]);
    expect(await tierOf(t, buyer.userId)).toBeNull();
  });

  test("[SETTLE3] two purchases that turn out to be one are one", async () => {
    const invoice = { id: "in_1", amount_paid: 900, currency: "eur", lines: { data: [] } };
    await deliver(t, "stripe", subscription("active"));
    await deliver(t, "stripe", stripeEvent("invoice.paid", invoice));
    expect(await rowsOf(t, "purchases")).toHaveLength(2);
    const linked = { ...invoice, subscription: "sub_1" };
    await deliver(t, "stripe", stripeEvent("invoice.payment_succeeded", linked));
    expect(await rowsOf(t, "purchases")).toMatchObject([{ anchor: "subscription:sub_1" }]);
  });
});

describe("whose a purchase is", () => {
  beforeEach(async () => {
    await makeProPlan(t);
  });

  test("[OWN2] bought before sign-up, it is theirs from the moment their e-mail is verified", async () => {
    await deliver(t, "stripe", completed());
    expect(await rowsOf(t, "purchases")).toMatchObject([{ userId: null, problem: "no_user" }]);
    const buyer = await signUp(t, "buyer@example.com");
    expect(await tierOf(t, buyer.userId)).toBeNull();
    await attach(t, buyer.userId, "email", "buyer@example.com");
    expect(await rowsOf(t, "purchases")).toMatchObject([{ userId: buyer.userId, problem: null }]);
    expect(await tierOf(t, buyer.userId)).toBe("pro");
  });

  test("[OWN2] the case of the e-mail does not matter", async () => {
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deliver(t, "stripe", completed({ customer_details: { email: " BUYER@Example.COM " } }));
    expect(await tierOf(t, buyer.userId)).toBe("pro");
  });

  test("[OWN2] with another e-mail it is whose id the checkout carried", async () => {
    const buyer = await signUpVerified(t, "buyer@example.com");
    const other = await signUpVerified(t, "other@example.com");
    const details = { email: "other@example.com" };
    const event = completed({ client_reference_id: buyer.userId, customer_details: details });
    await deliver(t, "stripe", event);
    expect(await tierOf(t, buyer.userId)).toBe("pro");
    expect(await tierOf(t, other.userId)).toBeNull();
  });

  test("[OWN2] with an e-mail of nobody's it waits on the desk", async () => {
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deliver(t, "stripe", completed({ customer_details: { email: "old@example.com" } }));
    expect(await rowsOf(t, "purchases")).toMatchObject([{ userId: null, problem: "no_user" }]);
    expect(await tierOf(t, buyer.userId)).toBeNull();
  });

  test("[OWN2] the e-mail of somebody who never proved it leads to nobody", async () => {
    const impostor = await signUp(t, "buyer@example.com"); // has an account, and no identity
    await deliver(t, "stripe", completed());
    expect(await rowsOf(t, "purchases")).toMatchObject([{ userId: null, problem: "no_user" }]);
    expect(await tierOf(t, impostor.userId)).toBeNull();
  });

  test("[OWN1] what was bought with a deleted account is nobody's, and waits on the desk", async () => {
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deleteAccount(t, buyer.userId);
    await deliver(t, "stripe", completed({ client_reference_id: buyer.userId }));
    expect(await rowsOf(t, "purchases")).toMatchObject([{ userId: null, problem: "no_user" }]);
    expect(await tierOf(t, buyer.userId)).toBeNull();
  });

  test("[OWN2] the customer of an earlier checkout is known; somebody else's stays theirs", async () => {
    const buyer = await signUpVerified(t, "buyer@example.com");
    const other = await signUpVerified(t, "other@example.com");
    await deliver(t, "stripe", completed({ client_reference_id: buyer.userId }));
    const details = { email: "unknown@example.com" };
    await deliver(
      t,
      "stripe",
      completed({ id: "cs_2", payment_intent: "pi_2", customer_details: details }),
    );
    const second = { id: "cs_3", payment_intent: "pi_3", client_reference_id: other.userId };
    await deliver(t, "stripe", completed(second));
    const owners = (await rowsOf(t, "purchases")).map(({ userId }) => userId);
    expect(owners).toEqual([buyer.userId, buyer.userId, other.userId]);
    const customers = (await rowsOf(t, "identities")).filter(({ kind }) => kind !== "email");
    expect(customers).toMatchObject([{ value: "cus_1", userId: buyer.userId }]);
  });

  test("[OWN2] an order that carries another's id and one's e-mail takes nothing of one's", async () => {
    const buyer = await signUpVerified(t, "buyer@example.com");
    const thief = await signUpVerified(t, "thief@example.com");
    await deliver(t, "sellapp", sellappOrder("order.completed", "COMPLETED", { id: 1 }));
    expect(await tierOf(t, buyer.userId)).toBe("pro");
    // Never paid: whoever opens the page types what e-mail they like.
    const lure = { id: 2, metadata: { heliograph_user_id: thief.userId } };
    await deliver(t, "sellapp", sellappOrder("order.created", "PENDING", lure));
    expect(await tierOf(t, buyer.userId)).toBe("pro");
    expect(await tierOf(t, thief.userId)).toBeNull();
    await deliver(t, "sellapp", sellappOrder("order.completed", "COMPLETED", { id: 3 }));
    const owners = (await rowsOf(t, "purchases")).map(({ userId }) => userId);
    expect(owners).toEqual([buyer.userId, thief.userId, buyer.userId]);
  });

  test("[OWN5] an order that nobody paid is nobody's by the e-mail that was typed into it", async () => {
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deliver(t, "sellapp", sellappOrder("order.created", "PENDING"));
    expect(await rowsOf(t, "purchases")).toMatchObject([{ userId: null, problem: null }]);
    await deliver(t, "sellapp", sellappOrder("order.completed", "COMPLETED"));
    expect(await rowsOf(t, "purchases")).toMatchObject([{ userId: buyer.userId }]);
    expect(await tierOf(t, buyer.userId)).toBe("pro");
  });

  test("[OWN4] paid once for a plan that renews, it gives nothing and waits on the desk", async () => {
    const buyer = await signUpVerified(t, "buyer@example.com");
    const planId = await makePlan(t, "basic", null, ["price:price_monthly"]);
    await deliver(t, "stripe", completed({ metadata: { heliograph_price: "price_monthly" } }));
    expect(await tierOf(t, buyer.userId)).toBeNull();
    expect(await rowsOf(t, "purchases")).toMatchObject([{ problem: "no_plan" }]);
    await t.run(async (ctx) => {
      await ctx.db.patch("plans", planId, { kind: { kind: "fixed", days: 30 } });
    });
    await t.mutation(internal.catalogue.replan, { planId, of: null, cursor: null });
    expect(await rowsOf(t, "purchases")).toMatchObject([{ planId, problem: null }]);
    expect(await tierOf(t, buyer.userId)).toBe("basic");
  });

  test("[SETTLE1] a product that is in no plan any more is no problem of what was never paid", async () => {
    const planId = await makePlan(t, "basic", 7, ["price:price_week"]);
    const week = { payment_status: "unpaid", metadata: { heliograph_price: "price_week" } };
    await deliver(t, "stripe", completed(week));
    expect(await rowsOf(t, "purchases")).toMatchObject([{ planId, problem: null }]);
    await t.run(async (ctx) => {
      for (const row of await ctx.db.query("planRefs").collect())
        await ctx.db.delete("planRefs", row._id);
    });
    await t.mutation(internal.catalogue.replan, { planId, of: planId, cursor: null });
    expect(await rowsOf(t, "purchases")).toMatchObject([{ planId: null, problem: null }]);
  });

  test("[SETTLE2] a purchase that goes over to somebody else leaves nothing behind", async () => {
    const first = await signUpVerified(t, "buyer@example.com");
    await deliver(t, "stripe", completed());
    expect(await tierOf(t, first.userId)).toBe("pro");
    const second = await signUp(t, "second@example.com");
    await attach(t, second.userId, "stripeCustomer", "cus_1");
    expect(await tierOf(t, first.userId)).toBeNull();
    expect(await tierOf(t, second.userId)).toBe("pro");
  });
});

describe("the trial guard", () => {
  const trial = (id: string, changes: Record<string, unknown> = {}) =>
    subscription("trialing", { id, ...changes });

  beforeEach(async () => {
    await makePlan(t, "basic", null, ["price:price_monthly"]);
  });

  test("[GUARD1] a second trial of the same person gives no access until it is paid for", async () => {
    const buyer = await signUp(t, "buyer@example.com");
    await attach(t, buyer.userId, "stripeCustomer", "cus_1");
    await deliver(t, "stripe", trial("sub_1"));
    expect(await tierOf(t, buyer.userId)).toBe("basic");
    vi.setSystemTime(NOW_MS + 8 * DAY_MS);
    await deliver(t, "stripe", subscription("canceled", { id: "sub_1" }));
    const until = Math.floor((NOW_MS + 15 * DAY_MS) / 1000);
    const items = {
      data: [{ current_period_end: until, price: { id: "price_monthly", product: "prod_1" } }],
    };
    await deliver(t, "stripe", trial("sub_2", { items }));
    expect(await tierOf(t, buyer.userId)).toBeNull();
    expect((await rowsOf(t, "purchases"))[1]).toMatchObject({ problem: "trial_refused" });
    vi.setSystemTime(NOW_MS + 9 * DAY_MS);
    const invoice = {
      id: "in_2",
      subscription: "sub_2",
      amount_paid: 900,
      currency: "eur",
      lines: { data: [{ amount: 900, period: { start: until, end: until + 30 * 86_400 } }] },
    };
    await deliver(t, "stripe", stripeEvent("invoice.paid", invoice));
    expect(await tierOf(t, buyer.userId)).toBe("basic");
  });

  test("[GUARD1] the trial that began first stands, whichever was told first", async () => {
    const buyer = await signUp(t, "buyer@example.com");
    await attach(t, buyer.userId, "stripeCustomer", "cus_1");
    const created = Math.floor(NOW_MS / 1000);
    await deliver(t, "stripe", { ...trial("sub_2"), created });
    await deliver(t, "stripe", { ...trial("sub_1"), created: created - 60 });
    const refused = (await rowsOf(t, "purchases")).filter(({ isTrialRefused }) => isTrialRefused);
    expect(refused.map(({ anchor }) => anchor)).toEqual(["subscription:sub_2"]);
  });
});

describe("a rebuild", () => {
  test("[BUILD2] nobody loses access while it runs, and what arrives meanwhile is applied by its end", async () => {
    await makeProPlan(t);
    const buyer = await signUpVerified(t, "buyer@example.com");
    const late = await signUpVerified(t, "late@example.com");
    await deliver(t, "stripe", completed());
    await t.mutation(internal.payments.rebuild, {});
    const details = { email: "late@example.com" };
    const during = { id: "cs_2", customer: "cus_2", payment_intent: "pi_2" };
    await deliver(t, "stripe", completed({ ...during, customer_details: details }));
    expect((await rowsOf(t, "paymentEvents"))[1]).toMatchObject({ cause: "rebuilding" });
    expect(await tierOf(t, buyer.userId)).toBe("pro");
    await runScheduled(t);
    expect(await tierOf(t, buyer.userId)).toBe("pro");
    expect(await tierOf(t, late.userId)).toBe("pro");
    const timeline = await t.run(async (ctx) => await ctx.db.query("accessTimeline").collect());
    expect(timeline).toHaveLength(2);
  });

  test("[BUILD3] an event that cannot be applied stays on the desk and holds up nothing", async () => {
    await makeProPlan(t);
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deliver(t, "sellapp", { event: "order.completed", data: {}, store: 7 });
    await deliver(t, "stripe", completed());
    await t.mutation(internal.payments.rebuild, {});
    await runScheduled(t);
    const states = (await rowsOf(t, "paymentEvents")).map(({ state }) => state);
    expect(states).toEqual(["failed", "applied"]);
    expect(await tierOf(t, buyer.userId)).toBe("pro");
  });

  test("[BUILD3] what cannot be applied just then keeps its purchase, and the rebuild ends", async () => {
    await makeProPlan(t);
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deliver(t, "stripe", completed());
    const access = { tier: "basic", untilMs: null, shard: 1 } as const;
    const second = await t.run(
      async (ctx) => await ctx.db.insert("access", { userId: buyer.userId, ...access }),
    ); // two rows where there is one: access cannot be decided
    await t.mutation(internal.payments.rebuild, {});
    await runScheduled(t);
    expect(await rowsOf(t, "paymentEvents")).toMatchObject([{ state: "failed" }]);
    expect(await rowsOf(t, "purchases")).toMatchObject([{ userId: buyer.userId }]);
    const [rebuild] = await t.run(async (ctx) => await ctx.db.query("paymentRebuilds").collect());
    expect(rebuild).toMatchObject({ phase: "done" });
    await t.run(async (ctx) => await ctx.db.delete("access", second));
    await t.mutation(internal.payments.rebuild, {});
    await runScheduled(t);
    expect(await rowsOf(t, "paymentEvents")).toMatchObject([{ state: "applied" }]);
  });

  test("[BUILD3] a purchase that cannot be taken away holds up nothing", async () => {
    await makeProPlan(t);
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deliver(t, "stripe", completed());
    await t.run(async (ctx) => {
      const access = { tier: "basic", untilMs: null, shard: 1 } as const;
      await ctx.db.insert("access", { userId: buyer.userId, ...access });
      for (const { _id } of await ctx.db.query("paymentEvents").collect())
        await ctx.db.delete("paymentEvents", _id);
    });
    await t.mutation(internal.payments.rebuild, {});
    await runScheduled(t);
    const [rebuild] = await t.run(async (ctx) => await ctx.db.query("paymentRebuilds").collect());
    expect(rebuild).toMatchObject({ phase: "done", removed: 0, failed: 1 });
  });
});
