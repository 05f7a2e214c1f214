// @vitest-environment node
/** Reconciliation against the simulated providers: what they know and never told is found and mended. */
import { type PaymentsSim, startPaymentsSim } from "payments-sim";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import { deleteAccount } from "./model/people/deletion.ts";
import { readTruth } from "./model/reconcile/truth/read.ts";
import {
  attach,
  makePlan,
  rowsOf,
  signUpVerified,
  startPayments,
  tierOf,
} from "./payments.setup.ts";
import { type Backend, setEnvironment } from "./test.setup.ts";

const DAY_MS = 86_400_000;
const PROVIDERS = ["stripe", "whop", "sellapp"] as const;
const MONTHLY = { stripe: "price_m", whop: "plan_m", sellapp: "7001" } as const;
const ONCE = { stripe: "price_30", whop: "plan_30", sellapp: "7002" } as const;

let sim: PaymentsSim;
let t: Backend;

beforeEach(async () => {
  const plans = (ids: (name: "m" | "30" | "big") => string) => [
    { id: ids("m"), amount: 2_900, every: { unit: "month" as const } },
    { id: ids("30"), amount: 3_500, termDays: 30 },
    { id: ids("big"), amount: 9_900, every: { unit: "month" as const } },
  ];
  const numbers = { m: "7001", "30": "7002", big: "7003" };
  sim = await startPaymentsSim({
    config: {
      ...{ frozen: true, startMs: Date.now() - 20 * DAY_MS, seed: "reconcile" },
      stripe: { products: [{ name: "S", plans: plans((name) => `price_${name}`) }] },
      whop: { products: [{ name: "S", plans: plans((name) => `plan_${name}`) }] },
      sellapp: { products: [{ id: "7000", name: "S", plans: plans((name) => numbers[name]) }] },
    },
  });
  vi.useFakeTimers({ toFake: ["setTimeout"] }); // what is scheduled runs only when a test runs it
  t = startPayments();
  useSim();
  await makePlan(t, "basic", null, ["price:price_m", "plan:plan_m", "variant:7001"]);
  await makePlan(t, "advanced", 30, ["price:price_30", "plan:plan_30", "variant:7002"]);
  await makePlan(t, "pro", null, ["price:price_big", "plan:plan_big", "variant:7003"]);
});

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await sim.close();
});

function useSim() {
  setEnvironment("HELIOGRAPH_STRIPE_SECRET_KEY", "sk_test_sim");
  setEnvironment("HELIOGRAPH_STRIPE_API_URL", sim.url);
  setEnvironment("HELIOGRAPH_WHOP_API_KEY", "whop_sim_key");
  setEnvironment("HELIOGRAPH_WHOP_API_URL", `${sim.url}/whop/api/v1`);
  setEnvironment("HELIOGRAPH_SELLAPP_API_KEY", "sellapp_sim_key");
  setEnvironment("HELIOGRAPH_SELLAPP_API_URL", `${sim.url}/sellapp/api/v2`);
  setEnvironment("HELIOGRAPH_RECONCILE_MINUTES", undefined);
}

/** A whole run, step by step. */
async function run(provider: (typeof PROVIDERS)[number]) {
  const runId = await t.mutation(internal.reconcile.startNow, { provider });
  for (let round = 0; round < 50; round += 1) {
    const row = await runRow(runId);
    if (row.state !== "running") return row;
    await t.action(internal.reconcile.step, { runId, turn: row.turn });
  }
  throw new Error("the run does not end");
}

async function runRow(runId: Id<"reconciliations">) {
  return await t.run(async (ctx) => {
    const row = await ctx.db.get("reconciliations", runId);
    if (row === null) throw new Error("the run is gone");
    return row;
  });
}

test.each(PROVIDERS)(
  "[REP1] everything that %s never told is mended, and once",
  async (provider) => {
    const ada = await signUpVerified(t, "ada@example.com");
    const bob = await signUpVerified(t, "bob@example.com");
    await sim.control.buy({ provider, planId: MONTHLY[provider], email: "ada@example.com" });
    const metadata = { heliograph_price: "price_30" };
    await sim.control.buy({ provider, planId: ONCE[provider], email: "bob@example.com", metadata });
    expect(await run(provider)).toMatchObject({ state: "done", failed: 0, problem: null });
    expect([await tierOf(t, ada.userId), await tierOf(t, bob.userId)]).toEqual([
      "basic",
      "advanced",
    ]);
    const events = await rowsOf(t, "paymentEvents");
    expect(new Set(events.map(({ origin }) => origin))).toEqual(new Set(["reconciliation"]));
    expect(await run(provider)).toMatchObject({ state: "done", repaired: 0, failed: 0 });
    expect(await rowsOf(t, "paymentEvents")).toHaveLength(events.length);
  },
);

test.each(PROVIDERS)("[REP1] a refund that %s never told ends access", async (provider) => {
  const ada = await signUpVerified(t, "ada@example.com");
  const bought = await sim.control.buy({
    ...{ provider, planId: MONTHLY[provider], email: "ada@example.com" },
  });
  await run(provider);
  expect(await tierOf(t, ada.userId)).toBe("basic");
  await sim.control.advance(DAY_MS);
  await sim.control.act(bought, { do: "refund" });
  await run(provider);
  expect(await tierOf(t, ada.userId)).toBeNull();
});

test.each(PROVIDERS)(
  "[DIFF3] what changes to and fro at %s is mended each time",
  async (provider) => {
    await signUpVerified(t, "ada@example.com");
    const bought = await sim.control.buy({
      ...{ provider, planId: MONTHLY[provider], email: "ada@example.com" },
    });
    const states: (string | undefined)[] = [];
    for (const action of ["cancel", "resume", "cancel", "resume"] as const) {
      await sim.control.advance(DAY_MS);
      await sim.control.act(bought, { do: action });
      await run(provider);
      states.push((await rowsOf(t, "purchases"))[0]?.status.state);
      expect(await run(provider)).toMatchObject({ repaired: 0 });
    }
    const canceled = "canceledAtPeriodEnd";
    expect(states).toEqual([canceled, "active", canceled, "active"]);
  },
);

test.each(PROVIDERS)(
  "[DIFF4] a person deleted here does not come back from %s",
  async (provider) => {
    const ada = await signUpVerified(t, "ada@example.com");
    const bought = await sim.control.buy({
      ...{ provider, planId: MONTHLY[provider], email: "ada@example.com" },
    });
    await run(provider);
    await t.run(async (ctx) => {
      await deleteAccount(ctx, ada.userId, false);
    });
    const erasure = await t.run(async (ctx) => await ctx.db.query("erasures").unique());
    if (erasure === null) throw new Error("no erasure");
    await t.mutation(internal.erasures.run, { erasureId: erasure._id });
    const told = async () => JSON.stringify(await rowsOf(t, "paymentEvents"));
    expect(await told()).not.toContain("ada@example.com");
    expect(await run(provider)).toMatchObject({ state: "done", repaired: 0 });
    await sim.control.advance(DAY_MS);
    await sim.control.act(bought, { do: "cancel", now: true });
    forgetEvents();
    expect((await run(provider)).repaired).toBeGreaterThan(0);
    expect(await told()).not.toContain("ada@example.com");
    // Nobody has to say whose it is.
    const left = (await rowsOf(t, "purchases"))[0];
    expect(left).toMatchObject({ status: { state: "ended" }, userId: null, problem: null });
  },
);

test("[DIFF3] so it is at Stripe when its events are no longer kept", async () => {
  forgetEvents();
  const ada = await signUpVerified(t, "ada@example.com");
  const bought = await sim.control.buy({
    ...{ provider: "stripe", planId: MONTHLY.stripe, email: "ada@example.com" },
  });
  await run("stripe");
  const states: (string | undefined)[] = [];
  for (const action of ["cancel", "resume", "cancel", "resume"] as const) {
    await sim.control.advance(DAY_MS);
    await sim.control.act(bought, { do: action });
    expect(await run("stripe")).toMatchObject({ repaired: 1 });
    expect(await run("stripe")).toMatchObject({ repaired: 0 });
    states.push((await rowsOf(t, "purchases"))[0]?.status.state);
  }
  const canceled = "canceledAtPeriodEnd";
  expect(states).toEqual([canceled, "active", canceled, "active"]);
  await sim.control.act(bought, { do: "refund" });
  await run("stripe");
  expect(await tierOf(t, ada.userId)).toBeNull();
});

/** Stripe keeps events for thirty days. */
function forgetEvents() {
  const real = globalThis.fetch;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    if (!String(input).includes("/v1/events")) return await real(input, init);
    return Response.json({ object: "list", url: "/v1/events", data: [], has_more: false });
  });
}

test("[REP1] a dispute of Sell.app's that was won gives the days back", async () => {
  const ada = await signUpVerified(t, "ada@example.com");
  const bought = await sim.control.buy({
    ...{ provider: "sellapp", planId: ONCE.sellapp, email: "ada@example.com" },
  });
  await sim.control.advance(DAY_MS);
  await sim.control.act(bought, { do: "dispute" });
  await run("sellapp");
  expect(await tierOf(t, ada.userId)).toBeNull();
  await sim.control.advance(2 * DAY_MS);
  await sim.control.act(bought, { do: "winDispute" });
  await run("sellapp");
  expect(await tierOf(t, ada.userId)).toBe("advanced");
  const [access] = await rowsOf(t, "access");
  expect(access?.untilMs).toBe(bought.createdMs + 32 * DAY_MS); // thirty, and two that did not run
});

test("[DIFF1] what the webhooks told already is not stored again", async () => {
  await signUpVerified(t, "ada@example.com");
  const order = { provider: "whop", planId: MONTHLY.whop, email: "ada@example.com" } as const;
  const bought = await sim.control.buy(order);
  const read = async (path: string) =>
    await (
      await fetch(`${sim.url}/whop/api/v1/${path}`, {
        headers: { authorization: "Bearer whop_sim_key" },
      })
    ).json();
  const { data: payments } = await read("payments");
  const told = [
    ["payment.succeeded", payments[0], payments[0].paid_at],
    ["membership.activated", await read(`memberships/${bought.id}`), payments[0].paid_at],
  ];
  for (const [index, [type, data, timestamp]] of told.entries()) {
    const body = JSON.stringify({ id: `evt_${index}`, api_version: "v1", type, data, timestamp });
    const delivery = { provider: "whop", body, origin: "webhook" } as const;
    await t.mutation(internal.payments.receive, { ...delivery, receivedAtMs: Date.now() });
  }
  expect(await run("whop")).toMatchObject({ compared: 2, repaired: 0 });
  expect(await rowsOf(t, "paymentEvents")).toHaveLength(2);
});

test("[DIFF2] an end that was never told counts from when it was", async () => {
  await signUpVerified(t, "ada@example.com");
  const bought = await sim.control.buy({
    ...{ provider: "stripe", planId: MONTHLY.stripe, email: "ada@example.com" },
  });
  await run("stripe");
  await sim.control.advance(DAY_MS);
  await sim.control.act(bought, { do: "cancel", now: true });
  const endedMs = Math.floor((bought.createdMs + DAY_MS) / 1000) * 1000;
  await run("stripe");
  const [purchase] = await rowsOf(t, "purchases");
  expect(purchase).toMatchObject({ status: { state: "ended", atMs: endedMs } });
  expect(purchase?.terms.at(-1)?.untilMs).toBe(endedMs);
});

test("[REP2] webhooks that arrive after all change nothing", async () => {
  const ada = await signUpVerified(t, "ada@example.com");
  const { control } = sim;
  await control.buy({ provider: "stripe", planId: MONTHLY.stripe, email: "ada@example.com" });
  await run("stripe");
  const [access] = await rowsOf(t, "access");
  const [purchase] = await rowsOf(t, "purchases");
  const answer = await fetch(`${sim.url}/v1/events?limit=100`, {
    headers: { authorization: "Bearer sk_test_sim" },
  });
  for (const event of (await answer.json()).data) {
    const delivery = {
      provider: "stripe",
      body: JSON.stringify(event),
      origin: "webhook",
    } as const;
    await t.mutation(internal.payments.receive, { ...delivery, receivedAtMs: Date.now() });
  }
  expect(await rowsOf(t, "access")).toEqual([access]);
  expect(await rowsOf(t, "purchases")).toEqual([purchase]);
  expect(await tierOf(t, ada.userId)).toBe("basic");
});

test("[RUN2] a run that was refused for a while goes on at its page", async () => {
  await sim.control.buy({ provider: "whop", planId: MONTHLY.whop, email: "ada@example.com" });
  const real = globalThis.fetch;
  let asked = 0;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    asked += 1;
    if (asked === 2) return new Response("slow down", { status: 429 });
    if (asked === 3) throw new TypeError("fetch failed");
    return await real(input, init);
  });
  const runId = await t.mutation(internal.reconcile.startNow, { provider: "whop" });
  await t.action(internal.reconcile.step, { runId, turn: 1 });
  expect(await runRow(runId)).toMatchObject({ pages: 1, stumbles: 1, problem: "rate_limited" });
  await t.action(internal.reconcile.step, { runId, turn: 2 });
  expect(await runRow(runId)).toMatchObject({ pages: 1, stumbles: 2, problem: "unreachable" });
  await t.action(internal.reconcile.step, { runId, turn: 3 });
  expect(await runRow(runId)).toMatchObject({ state: "done", pages: 4, stumbles: 0 });
  expect(asked).toBe(6); // a page of each list, and two in vain
});

test.each(PROVIDERS)("[RUN2] every page of every list of %s is read once", async (provider) => {
  const planId = MONTHLY[provider];
  await sim.control.bulk({ count: 230, providers: [provider], laterWithinMs: DAY_MS });
  await sim.control.buy({ provider, planId, email: "ada@example.com" });
  const read: string[] = [];
  let pages = 0;
  for (let cursor: string | null = null; ; pages += 1) {
    const page = await readTruth(provider, cursor);
    read.push(...page.statements.map((statement) => JSON.stringify(statement)));
    cursor = page.cursor;
    if (cursor === null) break;
  }
  expect(pages).toBeGreaterThan(3);
  expect(new Set(read).size).toBe(read.length);
  const bought = await sim.control.purchases();
  for (const { id } of bought) expect(read.some((text) => text.includes(id))).toBe(true);
});

test("[RUN1] one run a provider at a time; an action whose turn is over writes nothing", async () => {
  const first = await t.mutation(internal.reconcile.startNow, { provider: "whop" });
  expect(await t.mutation(internal.reconcile.startNow, { provider: "whop" })).toBe(first);
  const turn = { runId: first, turn: 7 };
  expect(await t.mutation(internal.reconcile.takeTurn, turn)).toBeNull();
  expect(await t.mutation(internal.reconcile.repair, { ...turn, statements: [] })).toBe(false);
  await t.mutation(internal.reconcile.turnPage, { ...turn, cursor: null, isTimeUp: false });
  expect(await runRow(first)).toMatchObject({ state: "running", pages: 0 });
});

test("[RUN3] a key that is refused ends the run with a code, and nothing of the answer is kept", async () => {
  for (const provider of PROVIDERS) {
    setEnvironment("HELIOGRAPH_STRIPE_SECRET_KEY", "sk_test_wrong_and_secret");
    setEnvironment("HELIOGRAPH_WHOP_API_KEY", "wrong_and_secret");
    setEnvironment("HELIOGRAPH_SELLAPP_API_KEY", "wrong_and_secret");
    const row = await run(provider);
    expect(row).toMatchObject({ state: "failed", problem: "key_refused", pages: 0 });
    expect(JSON.stringify(row)).not.toContain("wrong_and_secret");
  }
});

test("[RUN4] runs begin by the clock, for providers with a key, unless they are only on demand", async () => {
  setEnvironment("HELIOGRAPH_WHOP_API_KEY", undefined);
  setEnvironment("HELIOGRAPH_RECONCILE_MINUTES", "0");
  await t.mutation(internal.reconcile.tick, {});
  const runs = async () =>
    await t.run(async (ctx) => await ctx.db.query("reconciliations").take(9));
  expect(await runs()).toEqual([]);
  setEnvironment("HELIOGRAPH_RECONCILE_MINUTES", undefined);
  await t.mutation(internal.reconcile.tick, {});
  await t.mutation(internal.reconcile.tick, {});
  expect((await runs()).map(({ provider }) => provider)).toEqual(["stripe", "sellapp"]);
});

test("[LOOK1] an order of a Sell.app subscription is looked up with its subscription at once", async () => {
  const ada = await signUpVerified(t, "ada@example.com");
  await attach(t, ada.userId, "email", "ada@example.com");
  const bought = await sim.control.buy({
    ...{ provider: "sellapp", planId: MONTHLY.sellapp, email: "ada@example.com" },
  });
  const { data } = await (
    await fetch(`${sim.url}/sellapp/api/v2/invoices/${bought.id}`, {
      headers: { authorization: "Bearer sellapp_sim_key" },
    })
  ).json();
  const body = JSON.stringify({ event: "order.completed", data, store: { id: 7 } });
  const delivery = { provider: "sellapp", body, origin: "webhook" } as const;
  await t.mutation(internal.payments.receive, { ...delivery, receivedAtMs: Date.now() });
  await t.action(internal.reconcile.lookUp, { orderId: bought.id, attempt: 1 });
  expect(await tierOf(t, ada.userId)).toBe("basic");
});

test("[REP4] nothing is mended, and nothing is stored, while the log is read anew", async () => {
  await signUpVerified(t, "ada@example.com");
  await sim.control.buy({ provider: "stripe", planId: MONTHLY.stripe, email: "ada@example.com" });
  await run("stripe");
  const before = (await rowsOf(t, "paymentEvents")).length;
  const statements = [...(await readTruth("stripe", null)).statements];
  const runId = await t.mutation(internal.reconcile.startNow, { provider: "stripe" });
  const { turn } = await runRow(runId);
  const rebuildId = await t.mutation(internal.payments.rebuild, {});
  await t.mutation(internal.payments.stepRebuild, { rebuildId }); // the facts are gone
  expect(await t.mutation(internal.reconcile.repair, { runId, turn, statements })).toBe(false);
  const found = { provider: "stripe", statements } as const;
  expect(await t.mutation(internal.reconcile.repairOne, found)).toBe(false);
  expect(await rowsOf(t, "paymentEvents")).toHaveLength(before);
  expect(await runRow(runId)).toMatchObject({ state: "running", turn: turn + 1, repaired: 0 });
});

test("[REP4] no run begins by the clock while the log is read anew", async () => {
  setEnvironment("HELIOGRAPH_RECONCILE_MINUTES", "60");
  await t.mutation(internal.payments.rebuild, {});
  await t.mutation(internal.reconcile.tick, {});
  const runs = await t.run(async (ctx) => await ctx.db.query("reconciliations").collect());
  expect(runs).toEqual([]);
});
