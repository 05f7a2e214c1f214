import { expect, test } from "vitest";
import {
  DAY_MS,
  SELLAPP_KEY,
  startReceiver,
  startSim,
  submit,
  typesAt,
  VARIANTS,
} from "../../test/sim-fixture.ts";

async function list(url: string, key = SELLAPP_KEY) {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${key}` } });
  return { status: answer.status, body: await answer.json() };
}

test("[PSEL1] an order tells that it was created and that it is paid; an order of nothing only the first", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  const order = { provider: "sellapp" as const, email: "ada@example.com" };
  await sim.control.buy({ ...order, planId: VARIANTS.once, userRef: "user_7" });
  await sim.control.buy({ ...order, planId: VARIANTS.free });
  await sim.control.settle();
  expect(typesAt(receiver, "sellapp")).toEqual([
    "order.created",
    "order.completed",
    "order.created",
  ]);
  const [created, completed] = receiver.received.map(({ body }) => JSON.parse(body));
  expect(created.data.status.status.status).toBe("PENDING");
  expect(completed).toMatchObject({
    store: { id: 4242 },
    data: {
      ...{ id: created.data.id, products: [4001], subscription_id: null },
      customer_information: { email: "ada@example.com" },
      payment: { full_price: { base: "3500", currency: "USD" } },
      product_variants: [
        {
          product_variant_id: Number(VARIANTS.once),
          additional_information: [{ key: "userId", value: "user_7" }],
        },
      ],
      status: { status: { status: "COMPLETED" } },
    },
  });
});

test("[PSEL2] refunds and cancellations are told by no event: only the lists know", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  const purchase = await sim.control.buy({
    ...{ provider: "sellapp", planId: VARIANTS.monthly, email: "ada@example.com" },
  });
  await sim.control.settle();
  receiver.received.length = 0;
  await sim.control.act(purchase, { do: "refund" });
  await sim.control.act(purchase, { do: "cancel", now: true });
  await sim.control.settle();
  expect(receiver.received).toEqual([]);
  const invoices = await list(`${sim.url}/sellapp/api/v2/invoices`);
  expect(invoices.body.data[0]).toMatchObject({
    ...{ payment: { refunded_amount: "2900" }, status: { status: { status: "REFUNDED" } } },
  });
  const subscriptions = await list(`${sim.url}/sellapp/api/v2/subscriptions`);
  expect(subscriptions.body.data).toMatchObject([
    { status: "CANCELED", id: invoices.body.data[0].subscription_id },
  ]);
});

test("[PSEL3] a subscription makes an order per period", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  await sim.control.buy({
    provider: "sellapp",
    planId: VARIANTS.monthly,
    email: "ada@example.com",
  });
  await sim.control.advance(29 * DAY_MS);
  await sim.control.settle();
  expect(typesAt(receiver, "sellapp")).toEqual([
    ...["order.created", "order.completed", "order.created", "order.completed"],
  ]);
  expect(await sim.control.purchases()).toMatchObject([
    { kind: "subscription", access: { untilMs: Date.parse("2026-03-28T12:00:00Z") } },
  ]);
});

test("[PSEL4] on its page a buyer orders with custom fields; what is left unpaid is voided after a day", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver, { sellapp: { redirectUrl: "http://site.test/thanks" } });
  const url = `${sim.url}/sellapp/product/signals-more?variant=${VARIANTS.once}`;
  const fields = { email: "Ada@Example.com", "additional_information[userId]": "user_7" };
  const paid = await submit(url, { ...fields, choice: "pay" });
  expect(paid.headers.get("location")).toBe("http://site.test/thanks");
  expect((await submit(url, { ...fields, choice: "leave" })).status).toBe(200);
  expect(await sim.control.purchases()).toMatchObject([
    { userRef: "user_7", email: "ada@example.com" },
  ]);
  await sim.control.advance(2 * DAY_MS);
  const { body } = await list(`${sim.url}/sellapp/api/v2/invoices`);
  const states = body.data.map(
    (invoice: { status: { status: { status: string } } }) => invoice.status.status.status,
  );
  expect(states).toEqual(["VOIDED", "COMPLETED"]);
});

test("[PLST3] the pages give every order once, 15 a page unless told otherwise; a wrong key gives none", async () => {
  const sim = await startSim();
  for (let n = 0; n < 17; n += 1)
    await sim.control.buy({
      provider: "sellapp",
      planId: VARIANTS.once,
      email: `c${n}@example.com`,
    });
  const url = `${sim.url}/sellapp/api/v2/invoices`;
  const first = (await list(url)).body;
  const second = (await list(first.links.next)).body;
  expect([first.data.length, second.data.length]).toEqual([15, 2]);
  expect(second.meta).toMatchObject({ current_page: 2, last_page: 2, total: 17, per_page: 15 });
  const ids = [...first.data, ...second.data].map(({ id }: { id: number }) => id);
  expect(new Set(ids).size).toBe(17);
  expect((await list(url, "wrong")).status).toBe(401);
});

test("[PSEL5] the seller's server cancels at the end of the period or at once, and no event tells it", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  await sim.control.buy({
    ...{ provider: "sellapp", planId: VARIANTS.monthly, email: "ada@example.com" },
  });
  const path = `${sim.url}/sellapp/api/v2/subscriptions`;
  const { id } = (await list(path)).body.data[0];
  const cancel = async (fields: object) => {
    const headers = { authorization: `Bearer ${SELLAPP_KEY}` };
    const init = { method: "PATCH", headers, body: JSON.stringify(fields) };
    const answer = await fetch(`${path}/${id}/cancel`, init);
    return { status: answer.status, body: await answer.json() };
  };
  const later = await cancel({ cancel_at_period_end: true });
  expect(later.body.data).toMatchObject({ status: "ACTIVE", cancel_at_period_end: true });
  const now = await cancel({ cancel_at_period_end: false });
  expect(now.body.data).toMatchObject({ id, status: "CANCELED" });
  expect((await cancel({ cancel_at_period_end: false })).status).toBe(409);
  await sim.control.settle();
  expect(typesAt(receiver, "sellapp")).toEqual(["order.created", "order.completed"]);
});
