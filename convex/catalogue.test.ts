import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import {
  type Backend,
  codeOf,
  setEnvironment,
  signUp,
  startBackend,
  usePaymentProviders,
} from "./test.setup.ts";

let t: Backend;
let operator: Awaited<ReturnType<typeof signUp>>["as"];

const NO_REFS = {
  stripePrice: null,
  whopPlan: null,
  whopLink: null,
  sellappVariant: null,
  sellappLink: null,
};

const PLAN = {
  slug: "",
  tier: "pro" as const,
  name: "Pro, monthly",
  kind: { kind: "recurring" as const, every: "month" as const },
  priceAmount: 9_900,
  currency: "usd",
  trialDays: 0,
  highlights: ["Every signal"],
  refs: { ...NO_REFS, stripePrice: "price_ProMonthly" },
};

/** What Stripe and Whop ask for everything; null: they do not know it, "away": they do not answer. */
let asked: { amount: number; currency: string; every: "month" | "year" } | null | "away";

/** The two of them, as far as prices go. */
async function answerPrice(input: unknown): Promise<Response> {
  if (asked === "away") throw new TypeError("nobody is there");
  const isStripe = String(input).includes("/v1/prices/");
  if (asked === null) {
    const error = { type: "invalid_request_error", code: "resource_missing", message: "none" };
    return Response.json({ error }, { status: 404 });
  }
  const { amount, currency, every } = asked;
  const recurring = { interval: every, interval_count: 1 };
  return Response.json(
    isStripe
      ? { object: "price", active: true, unit_amount: amount, currency, recurring }
      : {
          ...{ plan_type: "renewal", renewal_price: amount / 100, initial_price: 0, currency },
          billing_period: every === "month" ? 30 : 365,
        },
  );
}

afterEach(() => vi.unstubAllGlobals());

beforeEach(async () => {
  asked = { amount: 9_900, currency: "usd", every: "month" };
  vi.stubGlobal("fetch", answerPrice);
  t = startBackend();
  usePaymentProviders();
  operator = (await signUp(t, "operator@example.com", "operator")).as;
});

async function save(changes: object = {}, planId?: Id<"plans">) {
  const known = planId === undefined ? {} : { planId };
  return await operator.mutation(api.catalogue.savePlan, { ...PLAN, ...changes, ...known });
}

async function publish(planId: Id<"plans">) {
  return await operator.action(api.catalogue.publish, { planId });
}

async function listed() {
  const answer = await operator.query(api.catalogue.list, {});
  if (answer.state !== "current") throw new Error(answer.state);
  return answer;
}

async function offers() {
  return (await t.query(api.catalogue.published, {})).offers;
}

async function refRows() {
  return await t.run(async (ctx) => {
    const rows = await ctx.db.query("planRefs").collect();
    return rows.map(({ ref, planId }) => [ref, planId]);
  });
}

async function purchase(productRef: string, planId: Id<"plans"> | null) {
  return await t.run(
    async (ctx) =>
      await ctx.db.insert("purchases", {
        provider: "stripe",
        anchor: `checkout:${productRef}:${Math.random()}`,
        userId: null,
        planId,
        kind: "recurring",
        status: { state: "active", renewsAtMs: null },
        terms: [{ fromMs: 1, untilMs: null, products: [productRef] }],
        paidAtMs: 1,
        amount: 100,
        amountRefunded: 0,
        currency: "usd",
        isTrial: false,
        isTrialRefused: false,
        warnings: 0,
        buyerCarriedId: null,
        buyerCustomer: null,
        buyerEmail: null,
        productRefs: [productRef],
        problem: null,
        updatedAtMs: 1,
      }),
  );
}

test("[CAT1] a plan is on sale from publishing to archiving, and nobody sees its refs", async () => {
  const planId = await save();
  expect(await offers()).toEqual([]);
  await publish(planId);
  const { refs: _, slug: __, ...shown } = PLAN;
  expect(await offers()).toEqual([
    { planId, ...shown, slug: "pro-monthly", providers: ["stripe"] },
  ]);
  await operator.mutation(api.catalogue.archive, { planId });
  expect(await offers()).toEqual([]);
});

test("[CAT1] publishing names everything that is missing", async () => {
  const planId = await save({ name: "", slug: "nameless", refs: NO_REFS });
  const failure = publish(planId);
  await expect(failure).rejects.toMatchObject({
    data: {
      code: "not_publishable",
      problems: [{ code: "title_required" }, { code: "no_provider" }],
    },
  });
  const { plans } = await listed();
  expect(plans[0]?.problems.map(({ code }) => code)).toEqual(["title_required", "no_provider"]);
});

test("[CAT1] what is on sale cannot be saved into something that is not", async () => {
  const planId = await save();
  await publish(planId);
  expect(await codeOf(save({ refs: NO_REFS }, planId))).toBe("not_publishable");
  expect((await offers())[0]?.providers).toEqual(["stripe"]);
});

test("[CAT1] a second plan of the same tier and duration is not published", async () => {
  await publish(await save());
  const twin = await save({ name: "Twin", refs: { ...NO_REFS, stripePrice: "price_Twin" } });
  expect(await codeOf(publish(twin))).toBe("not_publishable");
});

test("[CAT1] without its webhook secret a provider offers nothing", async () => {
  await publish(await save());
  setEnvironment("HELIOGRAPH_STRIPE_WEBHOOK_SECRETS", undefined);
  expect((await offers())[0]?.providers).toEqual([]);
  const { plans } = await listed();
  expect(plans[0]?.problems.map(({ code }) => code)).toEqual(["provider_not_configured"]);
});

test.each([
  [{ priceAmount: 1.5 }, "plan_invalid"],
  [{ refs: { ...NO_REFS, whopLink: "http://whop.com/x" } }, "plan_invalid"],
  [{ slug: "Not A Slug" }, "slug_invalid"],
])("[CAT2] a draft with %j is refused", async (changes, code) => {
  expect(await codeOf(save(changes))).toBe(code);
  expect((await listed()).plans).toEqual([]);
});

test("[CAT2] no two plans have one address name", async () => {
  await save();
  expect(await codeOf(save({ refs: NO_REFS }))).toBe("slug_taken");
});

test("[CAT3] archiving leaves the plan, its refs and what was bought", async () => {
  const planId = await save();
  await publish(planId);
  const bought = await purchase("price:price_ProMonthly", planId);
  await operator.mutation(api.catalogue.archive, { planId });
  expect(await refRows()).toEqual([["price:price_ProMonthly", planId]]);
  expect(await t.run(async (ctx) => (await ctx.db.get("purchases", bought))?.planId)).toBe(planId);
});

test("[CAT4] a ref belongs to one plan", async () => {
  const first = await save();
  expect(await codeOf(save({ name: "Another" }))).toBe("ref_taken");
  const second = await save({ name: "Another", refs: NO_REFS });
  const ref = "price:price_ProMonthly";
  const mapped = operator.mutation(api.catalogue.mapRef, { planId: second, ref });
  expect(await codeOf(mapped)).toBe("ref_taken");
  expect(await refRows()).toEqual([[ref, first]]);
});

test("[CAT5] a price that was on sale keeps standing for its plan, a draft's does not", async () => {
  const planId = await save();
  await save({ refs: { ...NO_REFS, stripePrice: "price_Corrected" } }, planId);
  expect(await refRows()).toEqual([["price:price_Corrected", planId]]);
  await publish(planId);
  await save({ refs: { ...NO_REFS, stripePrice: "price_Dearer" } }, planId);
  expect((await listed()).plans[0]?.otherRefs).toEqual(["price:price_Corrected"]);
});

test("[CAT5] an operator maps another product to a plan and takes it away again", async () => {
  const planId = await save();
  await operator.mutation(api.catalogue.mapRef, { planId, ref: "product:prod_Old" });
  expect((await listed()).plans[0]?.otherRefs).toEqual(["product:prod_Old"]);
  await operator.mutation(api.catalogue.unmapRef, { planId, ref: "product:prod_Old" });
  expect((await listed()).plans[0]?.otherRefs).toEqual([]);
  const own = operator.mutation(api.catalogue.unmapRef, { planId, ref: "price:price_ProMonthly" });
  expect(await codeOf(own)).toBe("ref_in_use");
  const nonsense = operator.mutation(api.catalogue.mapRef, { planId, ref: "nonsense" });
  expect(await codeOf(nonsense)).toBe("ref_invalid");
});

test("[CAT6] a ref that is mapped finds the purchases that had no plan, however many", async () => {
  const planId = await save();
  const bought: Id<"purchases">[] = [];
  for (let i = 0; i < 120; i += 1) bought.push(await purchase("product:prod_Old", null));
  const other = await purchase("product:prod_Other", null);
  await operator.mutation(api.catalogue.mapRef, { planId, ref: "product:prod_Old" });
  await t.finishAllScheduledFunctions(() => undefined);
  const planOf = async (id: Id<"purchases">) =>
    await t.run(async (ctx) => (await ctx.db.get("purchases", id))?.planId);
  for (const id of bought) expect(await planOf(id)).toBe(planId);
  expect(await planOf(other)).toBeNull();
  await operator.mutation(api.catalogue.unmapRef, { planId, ref: "product:prod_Old" });
  await t.finishAllScheduledFunctions(() => undefined);
  for (const id of bought) expect(await planOf(id)).toBeNull();
});

test("[CAT6] a plan that opens another tier changes what its buyers see, an archived one changes nothing", async () => {
  const planId = await save();
  await publish(planId);
  const bought = await purchase("price:price_ProMonthly", planId);
  const { userId } = await signUp(t, "ann@example.com");
  const untilMs = Date.now() + 1_000_000;
  await t.run(async (ctx) => {
    const terms = [{ fromMs: 1, untilMs, products: ["price:price_ProMonthly"] }];
    await ctx.db.patch("purchases", bought, { userId, kind: "recurring", terms });
  });
  const seen = async () => {
    const row = await t.run(async (ctx) => {
      return await ctx.db
        .query("access")
        .withIndex("by_userId", (q) => q.eq("userId", userId))
        .unique();
    });
    return row?.tier ?? null;
  };
  vi.useFakeTimers();
  await save({ tier: "basic", slug: "pro-monthly" }, planId);
  await t.finishInProgressScheduledFunctions();
  vi.advanceTimersByTime(1);
  await t.finishInProgressScheduledFunctions();
  expect(await seen()).toBe("basic");
  await operator.mutation(api.catalogue.archive, { planId });
  vi.advanceTimersByTime(1);
  await t.finishInProgressScheduledFunctions();
  expect(await seen()).toBe("basic");
  vi.useRealTimers();
});

test("[CAT7] the order is the operator's, and drafts come last", async () => {
  const ids: Id<"plans">[] = [];
  for (const name of ["One", "Two", "Three"]) ids.push(await save({ name, refs: NO_REFS }));
  const [one, two, three] = ids;
  if (one === undefined || two === undefined || three === undefined) throw new Error("no plans");
  await operator.mutation(api.catalogue.reorder, { planIds: [three, one] });
  expect((await listed()).plans.map(({ name }) => name)).toEqual(["Three", "One", "Two"]);
});

test("[CAT8] the tiers have words before anybody wrote any, and those of the operator after", async () => {
  const { tiers } = await t.query(api.catalogue.published, {});
  expect(tiers.map(({ tier, label }) => [tier, label])).toEqual([
    ["basic", "Basic"],
    ["advanced", "Advanced"],
    ["pro", "Pro"],
  ]);
  const words = { tier: "pro" as const, label: "Desk", description: "Everything." };
  await operator.mutation(api.catalogue.saveTier, words);
  expect((await t.query(api.catalogue.published, {})).tiers[2]).toEqual(words);
  const empty = operator.mutation(api.catalogue.saveTier, { ...words, label: " " });
  expect(await codeOf(empty)).toBe("title_required");
});

test("[CAT9] what staff does to the catalogue is in the audit log", async () => {
  const planId = await save();
  await publish(planId);
  const log = await t.run(async (ctx) => await ctx.db.query("auditLog").collect());
  expect(log.map(({ action, subject, detail }) => [action, subject, detail])).toEqual([
    ["catalogue.createPlan", planId, "Pro, monthly"],
    ["catalogue.publish", planId, null],
  ]);
});

test("[SEE2] seeding the catalogue twice makes everything once and overwrites nothing", async () => {
  const seed = {
    tiers: [{ tier: "pro" as const, label: "Pro desk", description: "Everything." }],
    plans: [{ ...PLAN, slug: "pro-monthly" }],
  };
  expect(await t.mutation(internal.setup.seedCatalogue, seed)).toEqual({ tiers: 1, plans: 1 });
  const [plan] = (await listed()).plans;
  if (plan === undefined) throw new Error("nothing was seeded");
  await save({ name: "Renamed", slug: "pro-monthly" }, plan.planId);
  expect(await t.mutation(internal.setup.seedCatalogue, seed)).toEqual({ tiers: 0, plans: 0 });
  expect((await offers()).map(({ name }) => name)).toEqual(["Renamed"]);
});

test("[CAT10] a plan whose price is another at Stripe is not published, and both are named", async () => {
  const planId = await save();
  asked = { amount: 11_900, currency: "usd", every: "month" };
  const failure: unknown = await publish(planId).catch((thrown: unknown) => thrown);
  const message = "Stripe asks USD 119.00, the plan says USD 99.00.";
  expect(failure).toMatchObject({ data: { code: "not_publishable", message } });
  const problem = { code: "provider_price_differs", field: "stripePrice", message };
  expect((await listed()).plans[0]).toMatchObject({ state: "draft", problems: [problem] });
  asked = { amount: 9_900, currency: "usd", every: "month" };
  await publish(planId);
  expect((await listed()).plans[0]).toMatchObject({ state: "published", problems: [] });
});

test("[CAT10] an unknown price, and one that nobody could be asked for, are not published either", async () => {
  const planId = await save();
  asked = null;
  expect(await codeOf(publish(planId))).toBe("not_publishable");
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 2_000 });
  asked = "away";
  expect(await codeOf(publish(planId))).toBe("price_not_readable");
  vi.useRealTimers();
});

test("[CAT10] what changes at a provider afterwards is found by the next comparison, and forgotten with the plan's change", async () => {
  setEnvironment("HELIOGRAPH_WHOP_API_KEY", "key");
  const refs = { ...NO_REFS, whopPlan: "plan_1", whopLink: "https://whop.com/checkout/plan_1" };
  const planId = await save({ refs });
  await publish(planId);
  asked = { amount: 9_900, currency: "usd", every: "year" };
  await t.action(internal.prices.check, { of: { provider: "stripe" } });
  expect((await listed()).plans[0]?.problems).toEqual([]);
  await t.action(internal.prices.check, { of: { provider: "whop" } });
  const message = "Whop charges every year, the plan says every month.";
  expect((await listed()).plans[0]?.problems).toMatchObject([{ message }]);
  const told = await operator.query(api.reconcile.overview, {});
  const prices = [{ planId, planName: PLAN.name, message }];
  expect(told).toMatchObject({
    providers: [{ prices: [] }, { provider: "whop", prices }, { prices: [] }],
  });
  asked = { amount: 12_000, currency: "usd", every: "month" };
  await save({ refs, priceAmount: 12_000 }, planId);
  expect((await listed()).plans[0]?.problems).toEqual([]);
});

test("[CAT10] a plan on sale whose price is changed is compared by itself", async () => {
  vi.useFakeTimers();
  const planId = await save();
  await publish(planId);
  await save({ priceAmount: 5_000 }, planId);
  await t.finishAllScheduledFunctions(vi.runAllTimers);
  const message = "Stripe asks USD 99.00, the plan says USD 50.00.";
  expect((await listed()).plans[0]?.problems).toMatchObject([{ message }]);
  vi.useRealTimers();
});
