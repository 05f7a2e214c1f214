import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import type { Doc, Id } from "./_generated/dataModel.js";
import { FakeStripe } from "./stripe.fixture.ts";
import {
  type Backend,
  codeOf,
  setEnvironment,
  signUp,
  startBackend,
  usePaymentProviders,
} from "./test.setup.ts";

type Person = Awaited<ReturnType<typeof signUp>>;
type Provider = "stripe" | "whop" | "sellapp";

const DAY_MS = 24 * 60 * 60_000;
const RECURRING = { kind: "recurring" as const, every: "month" as const };

let t: Backend;
let stripe: FakeStripe;
let ann: Person;
let monthly: Id<"plans">;
let term: Id<"plans">;

beforeEach(async () => {
  t = startBackend();
  usePaymentProviders();
  stripe = new FakeStripe();
  vi.stubGlobal("fetch", stripe.fetch);
  ann = await signUp(t, "ann@example.com");
  monthly = await sell("monthly", { kind: RECURRING, trialDays: 7 });
  term = await sell("term", { kind: { kind: "fixed", days: 30 }, trialDays: 0 });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function sell(slug: string, changes: Partial<Parameters<typeof seedOf>[1]>) {
  await t.mutation(internal.setup.seedCatalogue, { tiers: [], plans: [seedOf(slug, changes)] });
  const plan = await t.run(async (ctx) => {
    return await ctx.db
      .query("plans")
      .withIndex("by_slug", (q) => q.eq("slug", slug))
      .unique();
  });
  if (plan === null) throw new Error(`${slug} was not seeded`);
  return plan._id;
}

function seedOf(
  slug: string,
  changes: Partial<{
    tier: "basic" | "advanced" | "pro";
    kind: typeof RECURRING | { kind: "fixed"; days: number };
    trialDays: number;
  }>,
) {
  return {
    slug,
    tier: "advanced" as const,
    name: `Plan ${slug}`,
    kind: RECURRING,
    priceAmount: 4_900,
    currency: "usd",
    trialDays: 0,
    highlights: [],
    refs: {
      stripePrice: `price_${slug}`,
      whopPlan: `plan_${slug.replace("-", "_")}`,
      whopLink: `https://whop.com/checkout/plan_${slug}`,
      sellappVariant: String(slug.length),
      sellappLink: `https://shop.sell.app/${slug}`,
    },
    ...changes,
  };
}

async function start(planId: Id<"plans">, provider: Provider = "stripe", person = ann) {
  return await person.as.action(api.checkout.start, { planId, provider });
}

async function status(checkoutId: string | null, person = ann) {
  const answer = await person.as.query(api.checkouts.status, { checkoutId });
  return answer.state === "current" ? answer.checkout : answer.state;
}

async function states() {
  const rows = await t.run(async (ctx) => await ctx.db.query("checkouts").collect());
  return rows.map(({ provider, state }) => `${provider} ${state}`);
}

async function buy(changes: object = {}) {
  return await t.run(async (ctx) => {
    const atMs = Date.now();
    return await ctx.db.insert("purchases", {
      provider: "stripe",
      anchor: `subscription:${Math.random()}`,
      userId: ann.userId,
      planId: monthly,
      kind: "recurring",
      status: { state: "active", renewsAtMs: null },
      terms: [{ fromMs: atMs, untilMs: atMs + 30 * DAY_MS, products: ["price:price_monthly"] }],
      paidAtMs: atMs,
      amount: 4_900,
      amountRefunded: 0,
      currency: "usd",
      isTrial: false,
      isTrialRefused: false,
      warnings: 0,
      buyerCarriedId: null,
      buyerCustomer: null,
      buyerEmail: null,
      productRefs: ["price:price_monthly"],
      problem: null,
      updatedAtMs: atMs,
      ...changes,
    });
  });
}

async function letSee(tier: "basic" | "advanced" | "pro") {
  await t.run(async (ctx) => {
    await ctx.db.insert("access", { userId: ann.userId, tier, untilMs: null, shard: 1 });
  });
}

test("[CHK7] a subscription's session carries the user id wherever an event may look for it", async () => {
  const { checkoutId, url } = await start(monthly);
  expect(url).toBe("https://pay.test/cs_test_1");
  const back = `http://127.0.0.1:5173/checkout/return?checkout=${checkoutId}`;
  expect(Object.fromEntries(stripe.sessions[0]?.params ?? [])).toEqual({
    mode: "subscription",
    "line_items[0][price]": "price_monthly",
    "line_items[0][quantity]": "1",
    client_reference_id: ann.userId,
    customer_email: "ann@example.com",
    success_url: back,
    cancel_url: `${back}&cancelled=1`,
    "metadata[heliograph_user_id]": ann.userId,
    "metadata[heliograph_checkout_id]": checkoutId,
    "metadata[heliograph_price]": "price_monthly",
    "subscription_data[metadata][heliograph_user_id]": ann.userId,
    "subscription_data[metadata][heliograph_checkout_id]": checkoutId,
    "subscription_data[metadata][heliograph_price]": "price_monthly",
    "subscription_data[trial_period_days]": "7",
  });
});

test("[CHK7] a single payment's session does, too, and makes a customer", async () => {
  await start(term);
  const params = stripe.sessions[0]?.params;
  expect(params?.get("mode")).toBe("payment");
  expect(params?.get("customer_creation")).toBe("always");
  expect(params?.get("payment_intent_data[metadata][heliograph_user_id]")).toBe(ann.userId);
  expect(params?.get("payment_intent_data[metadata][heliograph_price]")).toBe("price_term");
});

test("[CHK7] the customer that the buyer is at Stripe already is used again", async () => {
  await t.run(async (ctx) => {
    const identity = { kind: "stripeCustomer" as const, value: "cus_ann", sinceMs: 1 };
    await ctx.db.insert("identities", { ...identity, userId: ann.userId });
  });
  await start(term);
  expect(stripe.sessions[0]?.params.get("customer")).toBe("cus_ann");
  expect(stripe.sessions[0]?.params.has("customer_email")).toBe(false);
});

test("[CHK7] a hosted checkout's link carries the user id", async () => {
  const whop = new URL((await start(monthly, "whop")).url);
  expect(whop.searchParams.get("metadata[heliograph_user_id]")).toBe(ann.userId);
  const sellapp = new URL((await start(term, "sellapp")).url);
  expect(sellapp.searchParams.get("additional_information[heliograph_user_id]")).toBe(ann.userId);
  expect(stripe.requests).toEqual([]);
});

test("[CHK7] with a key for Whop's API the buyer gets a page of their own with the user id in its metadata", async () => {
  setEnvironment("HELIOGRAPH_WHOP_API_KEY", "whop_key");
  setEnvironment("HELIOGRAPH_WHOP_API_URL", "http://127.0.0.1:1/whop/");
  const { checkoutId, url } = await start(monthly, "whop");
  expect(url).toBe("https://whop.test/ch_1");
  expect(stripe.configurations).toEqual([
    {
      plan_id: "plan_monthly",
      redirect_url: `http://127.0.0.1:5173/checkout/return?checkout=${checkoutId}`,
      metadata: { heliograph_user_id: ann.userId, heliograph_checkout_id: checkoutId },
    },
  ]);
  expect((await start(monthly, "whop")).url).toBe(url);
  await start(monthly, "stripe");
  expect(await states()).toEqual(["whop abandoned", "stripe open"]);
});

test("[CHK1] [CHK2] starting again gives the same checkout and asks Stripe nothing", async () => {
  const first = await start(monthly);
  expect(await start(monthly)).toEqual(first);
  expect(stripe.requests).toEqual(["POST /v1/checkout/sessions"]);
  expect(await states()).toEqual(["stripe open"]);
});

test("[CHK2] two tabs at once get one session", async () => {
  const [one, two] = await Promise.all([start(monthly), start(monthly)]);
  expect(one).toEqual(two);
  expect(stripe.sessions).toHaveLength(1);
});

test("[CHK2] when every answer of Stripe's is lost, the next start finds the session it made", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 2_000 });
  stripe.loseAnswers = 3; // the library tries three times
  expect(await codeOf(start(monthly))).toBe("provider_unreachable");
  expect((await start(monthly)).url).toBe("https://pay.test/cs_test_1");
  expect(stripe.sessions).toHaveLength(1);
});

test("[CHK3] choosing another provider ends the session at Stripe first", async () => {
  await start(monthly);
  await start(monthly, "whop");
  expect(stripe.sessions[0]?.status).toBe("expired");
  expect(await states()).toEqual(["stripe abandoned", "whop open"]);
});

test("[CHK3] a session that was paid a moment ago is not replaced", async () => {
  await start(monthly);
  Object.assign(stripe.sessions[0] ?? {}, { status: "complete" });
  expect(await codeOf(start(monthly, "whop"))).toBe("payment_processing");
  expect(await states()).toEqual(["stripe open"]);
});

test("[CHK3] another price makes another session", async () => {
  await start(monthly);
  await t.run(async (ctx) => {
    const plan = await ctx.db.get("plans", monthly);
    if (plan !== null) {
      await ctx.db.patch("plans", monthly, { refs: { ...plan.refs, stripePrice: "price_dearer" } });
    }
  });
  expect((await start(monthly)).url).toBe("https://pay.test/cs_test_2");
  expect(stripe.sessions.map((session) => session.status)).toEqual(["expired", "open"]);
});

test("[CHK14] choosing another plan ends the session of the first at Stripe", async () => {
  await start(monthly);
  await start(term);
  expect(stripe.sessions.map((session) => session.status)).toEqual(["expired", "open"]);
  expect(await states()).toEqual(["stripe abandoned", "stripe open"]);
});

test("[CHK14] who has just paid for one plan is not sold another before that is known", async () => {
  await start(monthly);
  Object.assign(stripe.sessions[0] ?? {}, { status: "complete" });
  expect(await codeOf(start(term))).toBe("payment_processing");
});

test("[CHK14] of two plans that are begun at once one session can be paid", async () => {
  const outcomes = await Promise.all([codeOf(start(monthly)), codeOf(start(term))]);
  expect(outcomes.filter((outcome) => outcome !== "checkout_busy")).toHaveLength(1);
  vi.useRealTimers();
  await t.finishInProgressScheduledFunctions();
  expect(stripe.sessions.filter(({ status }) => status === "open")).toHaveLength(1);
  expect((await states()).filter((state) => state === "stripe open")).toHaveLength(1);
});

test("[CHK4] what is owned is not sold again, and a fixed term stacks", async () => {
  await buy();
  expect(await codeOf(start(monthly))).toBe("already_subscribed");
  expect(await codeOf(start(term))).toBe("already_subscribed");
  const pro = await sell("pro-monthly", { tier: "pro" });
  expect(await codeOf(start(pro))).toBe("change_plan");
  const proTerm = await sell("pro-term", { tier: "pro", kind: { kind: "fixed", days: 30 } });
  await start(proTerm);
});

test("[CHK4] a fixed term that was paid can be bought again, and is no longer open", async () => {
  const first = await start(term);
  const paid = { state: "paid" as const, atMs: Date.now() };
  const terms = [{ fromMs: Date.now(), untilMs: null, products: ["price:price_term"] }];
  const bought = { planId: term, kind: "fixed", status: paid, terms };
  await buy({ ...bought, productRefs: ["price:price_term"] });
  expect(await codeOf(start(monthly))).toBe("already_owned");
  const second = await start(term);
  expect(second.checkoutId).not.toBe(first.checkoutId);
  expect(await states()).toEqual(["stripe completed", "stripe open"]);
});

test("[CHK4] a plan that is not on sale, or not there, is refused", async () => {
  const operator = (await signUp(t, "op@example.com", "operator")).as;
  await operator.mutation(api.catalogue.archive, { planId: monthly });
  expect(await codeOf(start(monthly))).toBe("plan_not_for_sale");
  setEnvironment("HELIOGRAPH_WHOP_WEBHOOK_SECRETS", undefined);
  expect(await codeOf(start(term, "whop"))).toBe("provider_not_offered");
});

test("[CHK5] who has had access by paying begins without a trial", async () => {
  await buy({ status: { state: "ended", atMs: 1 } });
  await start(monthly);
  expect(stripe.sessions[0]?.params.has("subscription_data[trial_period_days]")).toBe(false);
});

test("[CHK5] a basket that was left behind costs nobody their trial", async () => {
  await buy({ provider: "sellapp", status: { state: "pending" }, terms: [], paidAtMs: null });
  await start(monthly);
  expect(stripe.sessions[0]?.params.get("subscription_data[trial_period_days]")).toBe("7");
});

test("[CHK6] after twenty checkouts within an hour the next one has to wait", async () => {
  for (let i = 0; i < 10; i += 1) {
    await start(monthly, "whop");
    await start(monthly, "sellapp");
  }
  expect(await codeOf(start(monthly, "whop"))).toBe("slow_down");
  const ben = await signUp(t, "ben@example.com");
  await start(monthly, "whop", ben);
});

test("[CHK6] the portal is not opened without end either", async () => {
  const open = async () => await codeOf(ann.as.action(api.checkout.portal, {}));
  for (let i = 0; i < 20; i += 1) expect(await open()).toBe("no_customer");
  expect(await open()).toBe("slow_down");
});

test("[CHK8] what Stripe refuses is told by a code, and kept for the operator", async () => {
  const error = { type: "invalid_request_error", code: "resource_missing", message: "No price_x" };
  stripe.refusal = { status: 400, body: { error } };
  const refused: unknown = await start(monthly).catch((thrown: unknown) => thrown);
  expect(refused).toMatchObject({ data: { code: "provider_refused" } });
  expect(String(refused)).not.toMatch(/price_x|sk_test/);
  const [row] = await t.run(async (ctx) => await ctx.db.query("checkouts").collect());
  expect(row?.problem).toBe("resource_missing");
});

test("[CHK12] a customer whom Stripe does not know any more keeps nobody from buying", async () => {
  await t.run(async (ctx) => {
    const identity = { kind: "stripeCustomer", value: "cus_gone", userId: ann.userId } as const;
    await ctx.db.insert("identities", { ...identity, sinceMs: 1 });
  });
  stripe.goneCustomers.add("cus_gone");
  const { checkoutId, url } = await start(monthly);
  expect(stripe.sessions[0]?.params.get("customer")).toBeNull();
  expect(stripe.sessions[0]?.params.get("customer_email")).toBe("ann@example.com");
  expect(await start(monthly)).toEqual({ checkoutId, url });
  expect(stripe.sessions).toHaveLength(1);
});

test("[CHK9] a checkout ends when its time is over, and is forgotten a month later", async () => {
  vi.useFakeTimers();
  const { checkoutId } = await start(monthly, "whop");
  vi.advanceTimersByTime(DAY_MS - 1);
  await t.finishInProgressScheduledFunctions();
  expect(await status(checkoutId)).toMatchObject({ outcome: "waiting" });
  vi.advanceTimersByTime(1);
  await t.finishInProgressScheduledFunctions();
  expect(await status(checkoutId)).toMatchObject({ outcome: "expired", url: null });
  vi.advanceTimersByTime(31 * DAY_MS);
  await t.mutation(internal.checkouts.sweep, {});
  expect(await status(checkoutId)).toBeNull();
});

test("[CHK9] an expiry that was missed is caught up", async () => {
  vi.useFakeTimers();
  await start(monthly, "whop");
  vi.setSystemTime(Date.now() + DAY_MS);
  await t.mutation(internal.checkouts.sweep, {});
  expect(await states()).toEqual(["whop expired"]);
});

test("[CHK10] the return page follows the purchase and the access, not the redirect", async () => {
  const { checkoutId, url } = await start(monthly);
  expect(await status(checkoutId)).toMatchObject({ outcome: "waiting", url, tier: "advanced" });
  const purchaseId = await buy();
  expect(await status(checkoutId)).toMatchObject({ outcome: "settling", url: null });
  await letSee("advanced");
  expect(await status(checkoutId)).toMatchObject({ outcome: "unlocked" });
  await t.run(async (ctx) => {
    await ctx.db.patch("purchases", purchaseId, { status: { state: "refunded", atMs: 1 } });
  });
  expect(await status(checkoutId)).toMatchObject({ outcome: "failed" });
});

test("[CHK10] an older purchase of the same plan is not what came of a checkout", async () => {
  await buy({ status: { state: "ended", atMs: 1 } });
  const { checkoutId } = await start(monthly);
  expect(await status(checkoutId)).toMatchObject({ outcome: "waiting" });
});

test("[CHK10] without an id it is the newest checkout: not every provider sends the buyer back with one", async () => {
  await start(term);
  await start(monthly, "whop");
  expect(await status(null)).toMatchObject({ planName: "Plan monthly", provider: "whop" });
});

test("[CHK10] nobody sees another's checkout", async () => {
  const { checkoutId } = await start(monthly);
  const ben = await signUp(t, "ben@example.com");
  expect(await status(checkoutId, ben)).toBeNull();
  expect(await status("nonsense")).toBeNull();
  expect(await status(null, ben)).toBeNull();
});

test("[CHK11] the portal opens for the caller's own customer only", async () => {
  expect(await codeOf(ann.as.action(api.checkout.portal, {}))).toBe("no_customer");
  await t.run(async (ctx) => {
    const identity = { kind: "stripeCustomer" as const, value: "cus_ann", sinceMs: 1 };
    await ctx.db.insert("identities", { ...identity, userId: ann.userId });
  });
  expect(await ann.as.action(api.checkout.portal, {})).toEqual({
    url: "https://billing.test/bps_1",
  });
  expect(Object.fromEntries(stripe.portals[0] ?? [])).toEqual({
    customer: "cus_ann",
    return_url: "http://127.0.0.1:5173/account",
  });
});

test("[CHK15] a portal whose customer is gone says so, and opens again with the next customer", async () => {
  const attach = async (value: string) => {
    await t.run(async (ctx) => {
      const identity = { kind: "stripeCustomer", value, userId: ann.userId } as const;
      await ctx.db.insert("identities", { ...identity, sinceMs: 1 });
    });
  };
  const open = async () => await codeOf(ann.as.action(api.checkout.portal, {}));
  await attach("cus_gone");
  stripe.goneCustomers.add("cus_gone");
  expect(await open()).toBe("customer_gone");
  await attach("cus_next");
  expect(await open()).toEqual({ url: "https://billing.test/bps_1" });
  stripe.goneCustomers.add("cus_next");
  stripe.goneCustomers.delete("cus_gone");
  expect(await open()).toEqual({ url: "https://billing.test/bps_1" });
  expect(stripe.portals.map((params) => params.get("customer"))).toEqual(["cus_next", "cus_gone"]);
});

test("[CHK16] the pages know when what somebody has renews, ends, or waits for a payment", async () => {
  const renewals = async () => {
    const answer = await ann.as.query(api.checkouts.mine, {});
    return answer.state === "current" ? answer.held.map(({ renewal }) => renewal) : [];
  };
  const purchaseId = await buy({ status: { state: "active", renewsAtMs: 5 } });
  expect(await renewals()).toEqual([{ state: "renews", atMs: 5 }]);
  const become = async (status: Doc<"purchases">["status"]) => {
    await t.run(async (ctx) => await ctx.db.patch("purchases", purchaseId, { status }));
    return await renewals();
  };
  expect(await become({ state: "pastDue", sinceMs: 1, graceUntilMs: 9 })).toEqual([
    { state: "grace", atMs: 9 },
  ]);
  expect(await become({ state: "canceledAtPeriodEnd", untilMs: 9 })).toEqual([null]);
  expect(await become({ state: "unpaid", sinceMs: 1 })).toEqual([{ state: "stopped" }]);
});

test("[CHK10] the pricing page knows what somebody has", async () => {
  await buy();
  await letSee("advanced");
  expect(await ann.as.query(api.checkouts.mine, {})).toMatchObject({
    state: "current",
    access: { tier: "advanced" },
    held: [{ planId: monthly, tier: "advanced", phase: "current", kind: "recurring" }],
    hasPortal: false,
  });
});
