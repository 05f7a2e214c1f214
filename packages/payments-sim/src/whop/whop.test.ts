import { expect, test } from "vitest";
import {
  DAY_MS,
  startReceiver,
  startSim,
  submit,
  typesAt,
  WHOP_KEY,
  WHOP_PLANS,
} from "../../test/sim-fixture.ts";

async function ask(url: string, init: RequestInit = {}, key = WHOP_KEY) {
  const answer = await fetch(url, { ...init, headers: { authorization: `Bearer ${key}` } });
  return { status: answer.status, body: await answer.json() };
}

test("[PWHO1] a purchase tells its payment and its membership, and the end of access", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  const purchase = await sim.control.buy({
    ...{
      provider: "whop",
      planId: WHOP_PLANS.monthly,
      email: "ada@example.com",
      userRef: "user_7",
    },
  });
  await sim.control.act(purchase, { do: "cancel" });
  await sim.control.advance(28 * DAY_MS);
  await sim.control.settle();
  expect(typesAt(receiver, "whop")).toEqual([
    ...["payment.created", "payment.succeeded", "membership.activated"],
    ...["membership.cancel_at_period_end_changed", "membership.deactivated"],
  ]);
  const [, succeeded, activated] = receiver.received.map(({ body }) => JSON.parse(body));
  expect(activated).toMatchObject({
    ...{ api_version: "v1", company_id: "biz_simulated" },
    data: {
      ...{ status: "active", metadata: { userId: "user_7" }, plan: { id: WHOP_PLANS.monthly } },
      ...{ user: { email: "ada@example.com" }, renewal_period_end: "2026-02-28T12:00:00.000Z" },
    },
  });
  expect(succeeded.data).toMatchObject({
    total: 29,
    membership: { id: purchase.id },
    status: "paid",
  });
});

test("[PWHO2] a declined renewal is tried every two days, then the membership expires", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  const purchase = await sim.control.buy({
    ...{ provider: "whop", planId: WHOP_PLANS.monthly, email: "ada@example.com" },
  });
  await sim.control.act(purchase, { do: "failRenewals", fails: true });
  await sim.control.advance(29 * DAY_MS);
  expect((await sim.control.purchases())[0]).toMatchObject({ status: "past_due", access: null });
  await sim.control.advance(6 * DAY_MS);
  await sim.control.settle();
  const types = typesAt(receiver, "whop");
  expect(types.filter((type) => type === "payment.failed")).toHaveLength(4);
  expect(types.at(-1)).toBe("membership.deactivated");
});

test("[PWHO3] refunds and disputes carry the payment and its membership", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  const purchase = await sim.control.buy({
    ...{ provider: "whop", planId: WHOP_PLANS.once, email: "ada@example.com" },
  });
  await sim.control.act(purchase, { do: "refund", amount: 500 });
  await sim.control.act(purchase, { do: "dispute" });
  const lost = await sim.control.act(purchase, { do: "loseDispute" });
  expect(lost).toMatchObject({ refunded: "partial", dispute: "lost", access: null });
  await sim.control.settle();
  const told = receiver.received.slice(-3).map(({ body }) => JSON.parse(body));
  expect(told.map(({ type }) => type)).toEqual([
    "refund.created",
    "dispute.created",
    "dispute.updated",
  ]);
  for (const { data } of told) expect(data.payment.membership.id).toBe(purchase.id);
  expect(told[0].data.amount).toBe(5);
  const payments = await ask(`${sim.url}/whop/api/v1/payments`);
  expect(payments.body.data[0]).toMatchObject({ substatus: "dispute_lost", refunded_amount: 5 });
});

test("[PLST2] following the cursors gives every membership once; a wrong key gives none", async () => {
  const sim = await startSim();
  const bought: string[] = [];
  for (let n = 0; n < 7; n += 1) {
    const order = { planId: WHOP_PLANS.once, email: `c${n}@example.com` };
    bought.unshift((await sim.control.buy({ provider: "whop", ...order })).id);
  }
  const seen: string[] = [];
  let cursor: string | null = "";
  while (cursor !== null) {
    const after: string = cursor === "" ? "" : `&after=${cursor}`;
    const { body } = await ask(
      `${sim.url}/whop/api/v1/memberships?company_id=biz_simulated&first=3${after}`,
    );
    seen.push(...body.data.map(({ id }: { id: string }) => id));
    cursor = body.page_info.has_next_page ? body.page_info.end_cursor : null;
  }
  expect(seen).toEqual(bought);
  expect((await ask(`${sim.url}/whop/api/v1/memberships`, {}, "wrong")).status).toBe(401);
});

test("[PWHO4] a checkout configuration brings its metadata through the page to the membership", async () => {
  const sim = await startSim();
  const { body: configuration } = await ask(`${sim.url}/whop/api/v1/checkout_configurations`, {
    method: "POST",
    body: JSON.stringify({
      ...{ plan_id: WHOP_PLANS.once, metadata: { userId: "user_7" } },
      redirect_url: "http://site.test/thanks",
    }),
  });
  const answer = await submit(configuration.purchase_url, {
    email: "ada@example.com",
    choice: "pay",
  });
  expect([answer.status, answer.headers.get("location")]).toEqual([303, "http://site.test/thanks"]);
  expect(await sim.control.purchases()).toMatchObject([
    { provider: "whop", userRef: "user_7", email: "ada@example.com", status: "active" },
  ]);
  const { body } = await ask(`${sim.url}/whop/api/v1/memberships`);
  expect(body.data[0].checkout_configuration_id).toBe(configuration.id);
});

test("[PWHO5] a plan is shown with its price in whole units and its period in days", async () => {
  const sim = await startSim();
  const plan = async (id: string) => (await ask(`${sim.url}/whop/api/v1/plans/${id}`)).body;
  expect(await plan(WHOP_PLANS.monthly)).toMatchObject({
    ...{ plan_type: "renewal", renewal_price: 29, billing_period: 30, currency: "usd" },
  });
  expect(await plan(WHOP_PLANS.once)).toMatchObject({
    ...{ plan_type: "one_time", initial_price: 35, billing_period: null, expiration_days: 30 },
  });
  expect((await ask(`${sim.url}/whop/api/v1/plans/plan_none`)).status).toBe(404);
});
