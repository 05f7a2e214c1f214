import { expect, test } from "vitest";
import { DAY_MS, PRICES, startReceiver, startSim, VARIANTS } from "../../test/sim-fixture.ts";

const WISH = {
  ...{ count: 40, seed: "torture", overMs: 10 * DAY_MS, laterWithinMs: 50 * DAY_MS },
  buyers: [
    { email: "ada@example.com", userRef: "user_1" },
    { email: "bob@example.com", userRef: "user_2" },
  ],
};

test("[PBLK1] the same seed plans the same purchases and later events, another one others", async () => {
  const plan = async (seed: string) => (await startSim()).control.bulk({ ...WISH, seed });
  const [first, second, other] = await Promise.all(["x", "x", "y"].map(plan));
  expect(second).toEqual(first);
  expect(other).not.toEqual(first);
  expect(new Set(first?.map(({ provider }) => provider)).size).toBe(3);
  expect(first?.some(({ later }) => later.length > 1)).toBe(true);
});

test("[PBLK2] they happen as the clock moves, and the truth tells who should have what until when", async () => {
  const sim = await startSim(await startReceiver());
  await sim.control.bulk(WISH);
  expect(await sim.control.purchases()).toEqual([]);
  await sim.control.advance(11 * DAY_MS);
  await sim.control.advance(60 * DAY_MS);
  const counts = await sim.control.settle();
  expect(counts).toMatchObject({ planned: 0, failed: 0, lost: 0 });
  const truth = await sim.control.purchases();
  expect(truth).toHaveLength(40);
  const { nowMs } = await sim.control.state();
  for (const { access, paid, refunded, dispute, paidUntilMs } of truth) {
    const over = paidUntilMs !== null && paidUntilMs <= nowMs;
    if (!paid || over || refunded === "full" || dispute === "open" || dispute === "lost")
      expect(access).toBeNull();
    if (access !== null) expect(access.untilMs).toBe(paidUntilMs);
  }
  expect(truth.filter(({ access }) => access === null).length).toBeGreaterThan(3);
  expect(truth.filter(({ access }) => access !== null).length).toBeGreaterThan(3);
  expect(truth.every(({ userRef }) => userRef?.startsWith("user_"))).toBe(true);
});

test("[PSIM1] what cannot be done is refused with a stable code", async () => {
  const sim = await startSim();
  const order = { provider: "stripe" as const, planId: PRICES.once, email: "ada@example.com" };
  const once = await sim.control.buy(order);
  await expect(sim.control.act(once, { do: "cancel" })).rejects.toMatchObject({
    code: "wrong_state",
  });
  await sim.control.act(once, { do: "refund" });
  await expect(sim.control.act(once, { do: "refund" })).rejects.toMatchObject({
    code: "wrong_state",
  });
  await expect(sim.control.buy({ ...order, planId: "price_none" })).rejects.toMatchObject({
    code: "resource_missing",
  });
  await expect(sim.control.faults({ lossRate: 2 })).rejects.toMatchObject({
    code: "invalid_request",
  });
});

test("[PSIM2] a page of another origin can act neither here nor on a checkout page", async () => {
  const sim = await startSim();
  for (const path of ["/_sim/advance", `/sellapp/product/4001?variant=${VARIANTS.once}`]) {
    const answer = await fetch(`${sim.url}${path}`, {
      ...{ method: "POST", body: "email=a@b&choice=pay", headers: { origin: "http://evil.test" } },
    });
    expect(answer.status).toBe(403);
  }
  expect(await sim.control.purchases()).toEqual([]);
});

test("[PSIM3] a product added while running can be bought at once", async () => {
  const sim = await startSim();
  const { plans } = await sim.control.addProduct("whop", {
    ...{ name: "Late", plans: [{ amount: 900, every: { unit: "week" } }] },
  });
  const planId = plans[0]?.id ?? "";
  expect(planId).toMatch(/^plan_/);
  const bought = await sim.control.buy({ provider: "whop", planId, email: "ada@example.com" });
  expect(bought).toMatchObject({ productName: "Late", amount: 900, status: "active" });
});
