import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import { maskBody } from "./model/payments/masking.ts";
import {
  attach,
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
import { type Backend, signUp } from "./test.setup.ts";

const NOW_MS = Date.parse("2026-11-27T12:00:00Z");

let t: Backend;
let operator: Awaited<ReturnType<typeof signUp>>["as"];
beforeEach(async () => {
  vi.useFakeTimers({ now: NOW_MS });
  t = startPayments();
  operator = (await signUp(t, "operator@example.com", "operator")).as;
});
afterEach(() => vi.useRealTimers());

const completed = (changes: Record<string, unknown> = {}) =>
  stripeEvent("checkout.session.completed", paidCheckout(changes));

async function readDesk() {
  const desk = await operator.query(api.desk.groups, {});
  if (desk.state !== "current") throw new Error(desk.state);
  return desk.groups;
}

async function onlyPurchase() {
  const [purchase] = await rowsOf(t, "purchases");
  if (purchase === undefined) throw new Error("no purchase");
  return purchase;
}

async function onlyEvent() {
  const [event] = await rowsOf(t, "paymentEvents");
  if (event === undefined) throw new Error("no event");
  return event;
}

describe("the desk", () => {
  test("[DESK1] everything unresolved is in one group with its cause, count and repair", async () => {
    await deliver(t, "sellapp", { event: "order.completed", data: {}, store: 7 });
    await deliver(t, "sellapp", { event: "order.disputed", data: {}, store: 7 });
    await deliver(t, "stripe", stripeEvent("refund.created", { id: "re_1", charge: "ch_1" }));
    await deliver(t, "stripe", completed());
    const groups = await readDesk();
    expect(groups.map(({ kind, cause, count, repair }) => [kind, cause, count, repair])).toEqual([
      ["failed", "unreadable", 2, "update"],
      ["waiting", "no_purchase", 1, "wait"],
      ["purchase", "no_user", 1, "linkUser"],
    ]);
    expect(await operator.query(api.desk.badge, {})).toMatchObject({ open: 4, isMore: false });
  });

  test("[DESK1] the count is bounded", async () => {
    for (let n = 0; n < 101; n += 1) {
      const body = JSON.stringify({ event: `order.made_up_${n}`, data: {} });
      const delivery = { provider: "sellapp", body, origin: "webhook", receivedAtMs: n } as const;
      await t.mutation(internal.payments.receive, delivery);
    }
    expect(await readDesk()).toMatchObject([{ cause: "unreadable", count: 100, isMore: true }]);
  });

  test("[DESK5] what is counted has no body, and goes when its event is applied", async () => {
    const open = async () => await t.run(async (ctx) => await ctx.db.query("openEvents").collect());
    const refund = { id: "re_1", charge: "ch_1", payment_intent: "pi_1" };
    await deliver(t, "stripe", stripeEvent("refund.created", refund));
    await deliver(t, "sellapp", { event: "order.completed", data: {}, filler: "x".repeat(90_000) });
    expect(await open()).toMatchObject([{ cause: "no_purchase" }, { cause: "unreadable" }]);
    expect(JSON.stringify(await open()).length).toBeLessThan(1_000);
    await deliver(t, "stripe", completed());
    expect(await open()).toMatchObject([{ cause: "unreadable" }]);
  });

  test("[DESK5] a rebuild lists what was open before there was a list", async () => {
    await deliver(t, "stripe", stripeEvent("refund.created", { id: "re_1", charge: "ch_1" }));
    await deliver(t, "sellapp", { event: "order.completed", data: {} });
    const before = await readDesk();
    await t.run(async (ctx) => {
      for (const { _id } of await ctx.db.query("openEvents").collect()) {
        await ctx.db.delete("openEvents", _id);
      }
    });
    expect(await readDesk()).toEqual([]);
    await t.mutation(internal.payments.rebuild, {});
    await runScheduled(t);
    expect(await readDesk()).toEqual(before);
  });

  test("[DESK2] an event that only waits for its purchase to be told raises no alarm", async () => {
    const charge = { id: "ch_1", payment_intent: "pi_1", amount: 5_000, amount_refunded: 0 };
    await deliver(t, "stripe", stripeEvent("charge.succeeded", charge));
    expect(await readDesk()).toMatchObject([{ cause: "no_purchase_yet", isAlarming: false }]);
    expect(await operator.query(api.desk.badge, {})).toMatchObject({ open: 0 });
  });

  test("[DESK3] saying whose a purchase is opens access at once, and for the next one", async () => {
    await makeProPlan(t);
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deliver(t, "stripe", completed({ customer_details: { email: "old@example.com" } }));
    const { _id: purchaseId } = await onlyPurchase();
    const linking = { purchaseId, email: "Buyer@Example.com" };
    expect(await operator.mutation(api.desk.linkUser, linking)).toEqual({ isCustomerLinked: true });
    expect(await tierOf(t, buyer.userId)).toBe("pro");
    expect(await readDesk()).toEqual([]);
    const next = {
      id: "cs_2",
      payment_intent: "pi_2",
      customer_details: { email: "x@example.com" },
    };
    await deliver(t, "stripe", completed(next));
    expect((await rowsOf(t, "purchases"))[1]).toMatchObject({ userId: buyer.userId });
    const log = await t.run(async (ctx) => await ctx.db.query("auditLog").collect());
    expect(log).toMatchObject([{ action: "desk.linkUser", subject: purchaseId }]);
  });

  test("[DESK4] nothing is repaired from half of what is known, while a rebuild reads", async () => {
    await makeProPlan(t);
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deliver(t, "stripe", completed());
    for (let n = 0; n < 24; n += 1)
      await deliver(t, "stripe", stripeEvent("x.y", { id: `x_${n}` }));
    const refs = { charge: "ch_1", payment_intent: "pi_1" };
    const refund = { id: "re_1", amount: 5_000, status: "succeeded", ...refs };
    await deliver(t, "stripe", stripeEvent("refund.created", refund));
    expect(await tierOf(t, buyer.userId)).toBeNull();
    const { _id: purchaseId } = await onlyPurchase();
    const rebuildId = await t.mutation(internal.payments.rebuild, {});
    for (let n = 0; n < 2; n += 1) await t.mutation(internal.payments.stepRebuild, { rebuildId });
    const linking = operator.mutation(api.desk.linkUser, {
      purchaseId,
      email: "buyer@example.com",
    });
    await expect(linking).rejects.toMatchObject({ data: { code: "rebuilding" } });
    expect(await tierOf(t, buyer.userId)).toBeNull();
    await runScheduled(t);
    expect(await onlyPurchase()).toMatchObject({ status: { state: "refunded" } });
  });

  test("[DESK3] an operator's word survives a rebuild", async () => {
    await makeProPlan(t);
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deliver(
      t,
      "sellapp",
      sellappOrder("order.completed", "COMPLETED", {
        customer_information: { email: "old@example.com" },
      }),
    );
    const { _id: purchaseId } = await onlyPurchase();
    await operator.mutation(api.desk.linkUser, { purchaseId, email: "buyer@example.com" });
    await t.mutation(internal.payments.rebuild, {});
    await runScheduled(t);
    expect(await onlyPurchase()).toMatchObject({ userId: buyer.userId });
    expect(await tierOf(t, buyer.userId)).toBe("pro");
  });

  test("[DESK3] saying which plan a product is opens access", async () => {
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deliver(t, "stripe", completed());
    expect(await readDesk()).toMatchObject([{ cause: "no_plan", repair: "mapProduct" }]);
    const planId = await makePlan(t, "pro", 30, []);
    await operator.mutation(api.catalogue.mapRef, { planId, ref: "price:price_pro_30" });
    await runScheduled(t);
    expect(await tierOf(t, buyer.userId)).toBe("pro");
    expect(await readDesk()).toEqual([]);
  });

  test("[GUARD2] an allowed trial opens, also after a rebuild", async () => {
    await makePlan(t, "basic", null, ["price:price_monthly"]);
    const buyer = await signUp(t, "buyer@example.com");
    await attach(t, buyer.userId, "stripeCustomer", "cus_1");
    for (const id of ["sub_1", "sub_2"]) {
      const price = { id: "price_monthly", product: "prod_1" };
      const items = { data: [{ current_period_end: NOW_MS / 1000 + 86_400, price }] };
      const trial = { id, customer: "cus_1", status: "trialing", items };
      await deliver(t, "stripe", stripeEvent("customer.subscription.created", trial));
    }
    const ended = { id: "sub_1", customer: "cus_1", status: "canceled", items: { data: [] } };
    await deliver(t, "stripe", stripeEvent("customer.subscription.deleted", ended));
    const refused = (await rowsOf(t, "purchases")).find(({ isTrialRefused }) => isTrialRefused);
    if (refused === undefined) throw new Error("no trial was refused");
    const decision = { purchaseId: refused._id, isAllowed: true, reason: "was ill" };
    await operator.mutation(api.desk.overrideTrial, decision);
    expect(await tierOf(t, buyer.userId)).toBe("basic");
    await t.mutation(internal.payments.rebuild, {});
    await runScheduled(t);
    expect(await tierOf(t, buyer.userId)).toBe("basic");
  });
});

describe("replay", () => {
  test("[REPLAY1] a dry run answers what the replay would do, and writes nothing", async () => {
    const buyer = await signUpVerified(t, "buyer@example.com");
    await deliver(t, "stripe", completed());
    const { _id: eventId } = await onlyEvent();
    await t.run(async (ctx) => {
      for (const row of await ctx.db.query("purchases").collect())
        await ctx.db.delete("purchases", row._id);
    });
    await makeProPlan(t);
    const diff = await operator.mutation(api.desk.previewReplay, { eventId });
    expect(diff).toMatchObject({ before: { access: null }, after: { access: { tier: "pro" } } });
    expect(await rowsOf(t, "purchases")).toEqual([]);
    expect(await tierOf(t, buyer.userId)).toBeNull();
    await operator.mutation(api.desk.replay, { eventId });
    expect(await tierOf(t, buyer.userId)).toBe("pro");
  });

  test("[REPLAY1] a dry run of what cannot be applied says why", async () => {
    await deliver(t, "sellapp", { event: "order.completed", data: {}, store: 7 });
    const { _id: eventId } = await onlyEvent();
    const diff = await operator.mutation(api.desk.previewReplay, { eventId });
    expect(diff.failure).toMatchObject({ cause: "unreadable" });
  });

  test("[REPLAY2] replaying what was applied changes nothing", async () => {
    await makeProPlan(t);
    await signUpVerified(t, "buyer@example.com");
    await deliver(t, "stripe", completed());
    const before = await onlyPurchase();
    await operator.mutation(api.desk.replay, { eventId: (await onlyEvent())._id });
    expect(await onlyPurchase()).toEqual(before);
    const timeline = await t.run(async (ctx) => await ctx.db.query("accessTimeline").collect());
    expect(timeline).toHaveLength(1);
  });

  test("[REPLAY2] all events of a cause are replayed, in batches, however many fail again", async () => {
    await makeProPlan(t);
    const buyer = await signUpVerified(t, "buyer@example.com");
    for (let n = 0; n < 45; n += 1) {
      const body = JSON.stringify({ event: `order.made_up_${n}`, data: {} });
      const delivery = { provider: "sellapp", body, origin: "webhook", receivedAtMs: 1 } as const;
      await t.mutation(internal.payments.receive, delivery);
    }
    await deliver(t, "stripe", completed());
    await t.run(async (ctx) => {
      const events = await ctx.db.query("paymentEvents").collect();
      for (const { _id, provider } of events) {
        if (provider !== "stripe") continue;
        await ctx.db.patch("paymentEvents", _id, {
          state: "failed",
          cause: "unreadable",
          receivedAtMs: 2,
        });
      }
    });
    await operator.mutation(api.desk.replayAll, { eventState: "failed", cause: "unreadable" });
    await runScheduled(t);
    const stripe = (await rowsOf(t, "paymentEvents")).find(({ provider }) => provider === "stripe");
    expect(stripe).toMatchObject({ state: "applied" });
    expect(await tierOf(t, buyer.userId)).toBe("pro");
  });

  test("[REPLAY2] also those after many that came in the same millisecond and fail again", async () => {
    await makeProPlan(t);
    await signUpVerified(t, "buyer@example.com");
    for (let n = 0; n < 45; n += 1) {
      const body = JSON.stringify({ event: `order.made_up_${n}`, data: {} });
      const delivery = { provider: "sellapp", body, origin: "webhook", receivedAtMs: 1 } as const;
      await t.mutation(internal.payments.receive, delivery);
      vi.setSystemTime(Date.now() + 1); // rows are stored one after the other
    }
    await deliver(t, "stripe", completed());
    await t.run(async (ctx) => {
      const events = await ctx.db.query("paymentEvents").collect();
      const broken = { state: "failed", cause: "unreadable", receivedAtMs: 1 } as const;
      for (const { _id, provider } of events) {
        if (provider === "stripe") await ctx.db.patch("paymentEvents", _id, broken);
      }
    });
    await operator.mutation(api.desk.replayAll, { eventState: "failed", cause: "unreadable" });
    await runScheduled(t);
    const stripe = (await rowsOf(t, "paymentEvents")).find(({ provider }) => provider === "stripe");
    expect(stripe).toMatchObject({ state: "applied" });
  });

  test("[MASK1] a body is shown without what tells who somebody is or how they pay", async () => {
    const body = JSON.stringify({
      id: "evt_1",
      type: "checkout.session.completed",
      amount: 5_000,
      customer_details: {
        email: "jo@example.com",
        name: "jo",
        phone: "+49 30 1234",
        address: { line1: "Main Street 1", city: "berlin", postal_code: "10115" },
      },
      payment_method_details: { card: { last4: "4242", brand: "visa", exp_year: 2030 } },
      customer_information: { ip: "198.51.100.7", note: "call me" },
      evidence: { customer_purchase_ip: "203.0.113.9", ipAddress: "192.0.2.1" },
      additional_information: [{ label: "Discord", value: "jomiller" }],
      from: "203.0.113.8",
      free: "Jo Miller",
    });
    const shown = maskBody(body);
    for (const secret of [
      "jo@",
      '"jo"',
      "1234",
      "Main",
      "berlin",
      "10115",
      "4242",
      "2030",
      "198.51",
      "203.0",
      "192.0",
      "jomiller",
      "call",
      "Miller",
    ]) {
      expect(shown).not.toContain(secret);
    }
    for (const plain of ["evt_1", "checkout.session.completed", "5000"])
      expect(shown).toContain(plain);
  });
});
