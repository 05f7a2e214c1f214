import { expect, test } from "vitest";
import {
  DAY_MS,
  PRICES,
  startReceiver,
  startSim,
  stripeClient,
  typesAt,
  VARIANTS,
} from "../../test/sim-fixture.ts";

test("[PDEL1] without faults events arrive in the order they happened, once", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  await sim.control.buy({ provider: "stripe", planId: PRICES.monthly, email: "ada@example.com" });
  await sim.control.settle();
  const events = (await stripeClient(sim).events.list({ limit: 100 })).data.reverse();
  expect(receiver.received.map(({ body }) => JSON.parse(body).id)).toEqual(
    events.map(({ id }) => id),
  );
  expect(receiver.mostAtOnce).toBe(1);
});

test("[PDEL2] anything but a 2xx is tried again with growing pauses, with the same body", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  receiver.answers.push(500, 302, 503);
  await sim.control.buy({ provider: "sellapp", planId: VARIANTS.free, email: "ada@example.com" });
  await sim.control.advance(0);
  expect(receiver.received).toHaveLength(1);
  await sim.control.advance(30_000);
  expect(receiver.received).toHaveLength(2);
  await sim.control.advance(90_000 + 270_000);
  expect(receiver.received).toHaveLength(4);
  expect(new Set(receiver.received.map(({ body }) => body)).size).toBe(1);
  const [delivery] = await sim.control.deliveries();
  expect(delivery).toMatchObject({ state: "delivered", dueMs: null });
  expect(delivery?.attempts.map(({ status }) => status)).toEqual([500, 302, 503, 200]);
});

test("[PDEL3] a delivery is given up after its last attempt, and can be sent again by hand", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  await sim.control.faults({ maxRetries: 1 });
  receiver.answers.push(500, 500);
  await sim.control.buy({ provider: "sellapp", planId: VARIANTS.free, email: "ada@example.com" });
  expect(await sim.control.settle()).toMatchObject({ failed: 1, delivered: 0 });
  const [failed] = await sim.control.deliveries();
  await sim.control.sendAgain(failed?.id ?? "");
  expect(await sim.control.settle()).toMatchObject({ failed: 1, delivered: 1 });
});

test("[PDEL4] an endpoint that cannot be reached is no failure of the simulator", async () => {
  const sim = await startSim(undefined, {
    sellapp: { webhooks: [{ url: "http://127.0.0.1:9/webhooks", secret: "x" }] },
  });
  await sim.control.faults({ maxRetries: 0 });
  await sim.control.buy({ provider: "sellapp", planId: VARIANTS.free, email: "ada@example.com" });
  await sim.control.settle();
  const [delivery] = await sim.control.deliveries();
  expect(delivery).toMatchObject({ state: "failed", attempts: [{ wrongSecret: false }] });
});

/** What arrived and how it went, with many faults at once. */
async function faulty(seed: string) {
  const receiver = await startReceiver();
  const sim = await startSim(receiver, {
    seed,
    faults: {
      ...{ lossRate: 0.1, failureRate: 0.2, lostAnswerRate: 0.2, duplicateRate: 0.3 },
      ...{ reorderRate: 0.5, reorderMs: 3_600_000, minDelayMs: 10, maxDelayMs: 5_000 },
    },
  });
  for (const planId of [PRICES.monthly, PRICES.trial, PRICES.once])
    await sim.control.buy({ provider: "stripe", planId, email: "ada@example.com" });
  await sim.control.advance(40 * DAY_MS);
  const log = await sim.control.deliveries();
  return {
    arrived: typesAt(receiver, "stripe"),
    ids: receiver.received.map(({ body }) => String(JSON.parse(body).id)),
    log: log.map(({ url: _, ...rest }) => rest),
    states: new Set(log.map(({ state }) => state)),
  };
}

test("[PFLT1] the same seed gives the same faults, another one others", async () => {
  const [first, second, other] = await Promise.all(["a", "a", "b"].map(faulty));
  expect(second).toEqual(first);
  expect(other?.arrived).not.toEqual(first?.arrived);
});

test("[PFLT2] events are lost, sent twice and overtaken", async () => {
  const { ids, log, states } = await faulty("a");
  expect(states).toEqual(new Set(["delivered", "lost"]));
  expect(new Set(ids).size).toBeLessThan(ids.length);
  const happened = log.filter(({ origin }) => origin === "event").map(({ eventId }) => eventId);
  const firstArrivals = [...new Set(ids)];
  expect(firstArrivals).not.toEqual(happened.reverse().filter((id) => firstArrivals.includes(id)));
});
