// @vitest-environment node
/** What must stop at the providers, against the simulated ones. */
import { type PaymentsSim, type Purchase, startPaymentsSim } from "payments-sim";
import Stripe from "stripe";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { api, internal } from "./_generated/api.js";
import type { Doc, Id } from "./_generated/dataModel.js";
import { archivePlan } from "./model/catalogue/store.ts";
import { deleteAccount } from "./model/people/deletion.ts";
import { wantStop } from "./model/stops/store.ts";
import { makePlan, signUpVerified, startPayments } from "./payments.setup.ts";
import { type Backend, codeOf, setEnvironment, signUp } from "./test.setup.ts";

const MONTHLY = { stripe: "price_m", whop: "plan_m", sellapp: "7001" } as const;
const PROVIDERS = ["stripe", "whop", "sellapp"] as const;

let sim: PaymentsSim;
let t: Backend;
let ada: Awaited<ReturnType<typeof signUp>>;

beforeEach(async () => {
  const every = { unit: "month" as const };
  const product = (id: string) => ({ name: "S", plans: [{ id, amount: 2_900, every }] });
  sim = await startPaymentsSim({
    config: {
      ...{ frozen: true, startMs: Date.now(), seed: "stops" },
      stripe: { products: [product(MONTHLY.stripe), product("price_pro")] },
      whop: { products: [product(MONTHLY.whop)] },
      sellapp: { products: [product(MONTHLY.sellapp)] },
    },
  });
  vi.useFakeTimers({ toFake: ["setTimeout"] });
  t = startPayments();
  setEnvironment("HELIOGRAPH_STRIPE_SECRET_KEY", "sk_test_sim");
  setEnvironment("HELIOGRAPH_STRIPE_API_URL", sim.url);
  setEnvironment("HELIOGRAPH_WHOP_API_KEY", "whop_sim_key");
  setEnvironment("HELIOGRAPH_WHOP_API_URL", `${sim.url}/whop/api/v1`);
  setEnvironment("HELIOGRAPH_SELLAPP_API_KEY", "sellapp_sim_key");
  setEnvironment("HELIOGRAPH_SELLAPP_API_URL", `${sim.url}/sellapp/api/v2`);
  await makePlan(t, "basic", null, ["price:price_m", "plan:plan_m", "variant:7001"]);
  ada = await signUpVerified(t, "ada@example.com");
});

afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  await sim.close();
});

/** Ada buys, and reconciliation finds it. */
async function subscribe(provider: (typeof PROVIDERS)[number]): Promise<Purchase> {
  const order = { provider, planId: MONTHLY[provider], email: "ada@example.com" };
  const bought = await sim.control.buy(order);
  const runId = await t.mutation(internal.reconcile.startNow, { provider });
  for (let turn = 1; turn < 3; turn += 1) await t.action(internal.reconcile.step, { runId, turn });
  return bought;
}

async function remove(despiteRenewals = false) {
  return await t.run(async (ctx) => {
    await deleteAccount(ctx, ada.userId, despiteRenewals);
  });
}

async function stops(): Promise<Doc<"stops">[]> {
  return await t.run(async (ctx) => await ctx.db.query("stops").take(20));
}

/** Runs every attempt that is due, whatever it waits for. */
async function attempt() {
  for (const { _id: stopId } of await stops()) await t.action(internal.stops.attempt, { stopId });
}

async function makeSession(price: string): Promise<string> {
  const session = await stripe().checkout.sessions.create({
    ...{ mode: "subscription", line_items: [{ price, quantity: 1 }] },
    ...{ success_url: "http://site.test/", customer_email: "ada@example.com" },
  });
  return session.id;
}

function stripe(): Stripe {
  return new Stripe("sk_test_sim", { host: "127.0.0.1", port: sim.port, protocol: "http" });
}

async function insertCheckout(planId: Id<"plans">, sessionRef: string | null) {
  return await t.run(
    async (ctx) =>
      await ctx.db.insert("checkouts", {
        ...{ userId: ada.userId, planId, provider: "stripe", state: "open", sessionRef },
        ...{ terms: { offer: "price_m", customer: null, trialDays: 0 }, problem: null },
        ...{ url: sessionRef && `http://pay.test/${sessionRef}`, startedAtMs: Date.now() },
        ...{ expiresAtMs: Date.now() + 3_600_000, endedAtMs: null },
      }),
  );
}

async function planId(): Promise<Id<"plans">> {
  const plan = await t.run(async (ctx) => await ctx.db.query("plans").first());
  if (plan === null) throw new Error("no plan");
  return plan._id;
}

test.each(PROVIDERS)(
  "[DEL3] what renews at %s is cancelled there when the account goes",
  async (provider) => {
    await subscribe(provider);
    const told = await ada.as.query(api.account.renewals, {});
    expect(told).toMatchObject({ renewals: [{ provider, obstacle: null }] });
    await remove();
    await attempt();
    expect(await stops()).toMatchObject([
      { provider, state: "stopped", userId: ada.userId, reason: "account_deleted", code: null },
    ]);
    const [left] = await sim.control.purchases();
    expect(left?.status.toLowerCase()).toBe("canceled");
  },
);

test("[DEL3] without a key the deletion is refused, unless one insists; then staff are told", async () => {
  await subscribe("whop");
  setEnvironment("HELIOGRAPH_WHOP_API_KEY", undefined);
  expect(await codeOf(remove())).toBe("renewals_running");
  expect(await stops()).toEqual([]);
  await remove(true);
  expect(await stops()).toMatchObject([{ provider: "whop", state: "failed", code: "no_key" }]);
  const staff = await signUp(t, "s@example.com", "operator");
  expect(await staff.as.query(api.desk.badge, {})).toMatchObject({ open: 1 });
});

test("[STOP1] a provider that is away is asked again, with growing waits, until it answers", async () => {
  await subscribe("whop");
  const [bought] = await sim.control.purchases();
  await remove();
  const { fetch } = globalThis;
  vi.stubGlobal("fetch", async () => Response.json({}, { status: 503 }));
  await attempt();
  await attempt();
  const [waiting] = await stops();
  expect(waiting).toMatchObject({ state: "due", attempts: 2, code: "answered_503" });
  expect((waiting?.dueAtMs ?? 0) - Date.now()).toBeGreaterThan(5_000);
  vi.stubGlobal("fetch", fetch);
  await attempt();
  expect(await stops()).toMatchObject([{ state: "stopped", attempts: 3 }]);
  expect((await sim.control.purchases())[0]).toMatchObject({ id: bought?.id, status: "canceled" });
});

test("[STOP1] an attempt that died with its process is caught up by the sweep, and not without end", async () => {
  await subscribe("stripe");
  await remove();
  const lose = async (attempts: number) => {
    await t.run(async (ctx) => {
      const row = await ctx.db.query("stops").first();
      const lost = { attempts, dueAtMs: Date.now() - 61_000 };
      if (row !== null) await ctx.db.patch("stops", row._id, lost);
    });
    await t.mutation(internal.stops.sweep, {});
    return await t.run(async (ctx) => await ctx.db.system.query("_scheduled_functions").collect());
  };
  expect((await lose(1)).filter(({ name }) => name.startsWith("stops:"))).toHaveLength(2);
  await lose(24);
  await attempt();
  expect(await stops()).toMatchObject([{ state: "failed", code: "unexpected" }]);
});

test("[STOP1] what is refused for good is failed with its reason, and staff have it tried again", async () => {
  const staff = await signUp(t, "s@example.com", "operator");
  await subscribe("stripe");
  await remove();
  setEnvironment("HELIOGRAPH_STRIPE_SECRET_KEY", "sk_test_wrong");
  await attempt();
  const told = await staff.as.query(api.stops.list, { userId: null });
  expect(told).toMatchObject({ stops: [{ state: "failed", code: "key_refused", attempts: 1 }] });
  setEnvironment("HELIOGRAPH_STRIPE_SECRET_KEY", "sk_test_sim");
  const [failed] = await stops();
  if (failed === undefined) throw new Error("no stop");
  await staff.as.mutation(api.stops.retry, { stopId: failed._id });
  await attempt();
  expect(await staff.as.query(api.stops.list, { userId: null })).toMatchObject({ stops: [] });
  expect(await staff.as.query(api.stops.list, { userId: ada.userId })).toMatchObject({
    stops: [{ state: "stopped" }],
  });
});

test("[STOP2] wanting the same stop twice, and what is over already, asks for nothing more", async () => {
  const bought = await subscribe("stripe");
  await sim.control.act(bought, { do: "cancel", now: true });
  const wanted = { provider: "stripe", what: "renewals", ref: bought.id } as const;
  for (let turn = 0; turn < 2; turn += 1) {
    await t.run(async (ctx) => {
      await wantStop(ctx, { ...wanted, userId: ada.userId, reason: "account_deleted" });
    });
    await attempt();
  }
  expect(await stops()).toMatchObject([{ state: "stopped", attempts: 1 }]);
});

test("[STOP1] a subscription that the provider does not know is left to staff", async () => {
  const wanted = { what: "renewals", userId: ada.userId, reason: "account_deleted" } as const;
  const ids = { stripe: "sub_none", whop: "mem_none", sellapp: "1" } as const;
  await t.run(async (ctx) => {
    for (const provider of PROVIDERS) {
      await wantStop(ctx, { ...wanted, provider, ref: ids[provider] });
    }
  });
  await attempt();
  const codes = (await stops()).map(({ state, code }) => `${state} ${code}`);
  expect(codes).toEqual(Array(3).fill("failed unknown_there"));
});

test("[CHK13] archiving a plan expires the open sessions of it at Stripe", async () => {
  const ref = await makeSession("price_m");
  const checkoutId = await insertCheckout(await planId(), ref);
  const plan = await planId();
  await t.run(async (ctx) => {
    await archivePlan(ctx, plan);
  });
  await t.mutation(internal.checkouts.withdraw, { planId: plan });
  await attempt();
  expect((await stripe().checkout.sessions.retrieve(ref)).status).toBe("expired");
  expect(await t.run(async (ctx) => await ctx.db.get("checkouts", checkoutId))).toMatchObject({
    state: "expired",
  });
});

test("[CHK13] a plan that is on sale again keeps its sessions", async () => {
  const ref = await makeSession("price_m");
  await insertCheckout(await planId(), ref);
  await t.mutation(internal.checkouts.withdraw, { planId: await planId() });
  expect(await stops()).toEqual([]);
});

test("[STOP3] [CHK13] of who is deleted a session is expired; one that was paid has its subscription cancelled", async () => {
  const [open, paid] = [await makeSession("price_m"), await makeSession("price_m")];
  for (const ref of [open, paid]) await insertCheckout(await planId(), ref);
  const { url } = await stripe().checkout.sessions.retrieve(paid);
  await pay(url ?? "");
  await remove();
  await attempt();
  await attempt();
  expect((await stripe().checkout.sessions.retrieve(open)).status).toBe("expired");
  const rows = (await stops()).map(({ what, state }) => `${what} ${state}`);
  expect(rows).toEqual(["checkout stopped", "checkout paid", "renewals stopped"]);
  expect((await sim.control.purchases()).map(({ status }) => status)).toEqual(["canceled"]);
});

test.each(["before", "after"] as const)(
  "[STOP3] a session of an archived plan that was paid, %s that was known, has its subscription cancelled with the account",
  async (when) => {
    const ref = await makeSession("price_m");
    const plan = await planId();
    await insertCheckout(plan, ref);
    await t.run(async (ctx) => {
      await archivePlan(ctx, plan);
    });
    await t.mutation(internal.checkouts.withdraw, { planId: plan });
    await pay((await stripe().checkout.sessions.retrieve(ref)).url ?? "");
    if (when === "after") await attempt();
    await remove();
    await attempt();
    await attempt();
    expect((await sim.control.purchases()).map(({ status }) => status)).toEqual(["canceled"]);
    const rows = (await stops()).map(({ what, state }) => `${what} ${state}`);
    expect(rows).toEqual(["checkout paid", "renewals stopped"]);
  },
);

test("[CHK13] a session that is made for a checkout which is over meanwhile is expired", async () => {
  const checkoutId = await insertCheckout(await planId(), null);
  await t.mutation(internal.checkouts.replaced, { checkoutId });
  const sessionRef = await makeSession("price_m");
  const made = { sessionRef, url: "http://pay.test/", expiresAtMs: Date.now() + 3_600_000 };
  expect(await t.mutation(internal.checkouts.opened, { checkoutId, ...made })).toBe(false);
  await t.run(async (ctx) => {
    await ctx.db.delete("checkouts", checkoutId);
  });
  const late = await makeSession("price_m");
  await t.mutation(internal.checkouts.opened, { checkoutId, ...made, sessionRef: late });
  await attempt();
  for (const ref of [sessionRef, late]) {
    expect((await stripe().checkout.sessions.retrieve(ref)).status).toBe("expired");
  }
});

async function pay(url: string): Promise<void> {
  const { origin } = new URL(url);
  const body = new URLSearchParams({ email: "ada@example.com", choice: "pay" });
  await fetch(url, { method: "POST", body, headers: { origin }, redirect: "manual" });
}
