import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import { expect, test } from "vitest";
import {
  PRICES,
  type Received,
  SELLAPP_SECRET,
  STRIPE_SECRET,
  startReceiver,
  startSim,
  VARIANTS,
  WHOP_PLANS,
  WHOP_SECRET,
} from "../../test/sim-fixture.ts";

test("[PSIG1] the official library verifies Stripe's events, with the pinned api_version", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  await sim.control.buy({ provider: "stripe", planId: PRICES.once, email: "ada@example.com" });
  await sim.control.settle();
  for (const { body, headers } of receiver.received) {
    const event = Stripe.webhooks.constructEvent(
      body,
      headers["stripe-signature"] ?? "",
      STRIPE_SECRET,
    );
    expect(event.api_version).toBe(Stripe.API_VERSION);
  }
  expect(receiver.received.length).toBeGreaterThan(3);
});

async function whopDelivery(webhook: object): Promise<Received> {
  const receiver = await startReceiver();
  const sim = await startSim(receiver, {
    whop: { webhooks: [{ url: `${receiver.url}/webhooks/whop`, secret: WHOP_SECRET, ...webhook }] },
  });
  await sim.control.buy({ provider: "whop", planId: WHOP_PLANS.once, email: "ada@example.com" });
  await sim.control.settle();
  const delivery = receiver.received.at(-1);
  if (delivery === undefined) throw new Error("nothing was delivered");
  return delivery;
}

test("[PSIG2] standardwebhooks verifies Whop's events by either derivation of the key", async () => {
  const raw = await whopDelivery({});
  const guide = new Webhook(Buffer.from(WHOP_SECRET).toString("base64"));
  expect(guide.verify(raw.body, raw.headers)).toMatchObject({ type: "membership.activated" });
  const secret = `whsec_${Buffer.from("a secret of 24 bytes ...").toString("base64")}`;
  const standard = await whopDelivery({ secret, key: "standard" });
  expect(new Webhook(secret).verify(standard.body, standard.headers)).toMatchObject({
    ...{ api_version: "v1", data: { user: { email: "ada@example.com" } } },
  });
});

test("[PSIG3] Whop's legacy v5 has its own header, names and times in seconds", async () => {
  const { headers, body } = await whopDelivery({ version: "v5" });
  const [, t = "", v1] =
    /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers["x-whop-signature"] ?? "") ?? [];
  expect(v1).toBe(createHmac("sha256", WHOP_SECRET).update(`${t}.${body}`).digest("hex"));
  const event = JSON.parse(body);
  expect(event).toMatchObject({ api_version: "v5", action: "membership.went_valid" });
  expect(event.data).toMatchObject({ valid: true, plan_id: WHOP_PLANS.once });
  expect(Number.isInteger(event.data.expires_at)).toBe(true);
});

test("[PSIG4] Sell.app signs the raw body in lower-case hex", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  await sim.control.buy({ provider: "sellapp", planId: VARIANTS.once, email: "ada@example.com" });
  await sim.control.settle();
  for (const { body, headers } of receiver.received)
    expect(headers.signature).toBe(createHmac("sha256", SELLAPP_SECRET).update(body).digest("hex"));
  expect(receiver.received).toHaveLength(2);
});

test("[PSIG5] asked to, it signs with another secret, and the receiver can tell", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  await sim.control.faults({ wrongSecretNext: 1 });
  receiver.answers.push(400);
  await sim.control.buy({ provider: "stripe", planId: PRICES.free, email: "ada@example.com" });
  await sim.control.settle();
  const verify = ({ body, headers }: Received) =>
    Stripe.webhooks.constructEvent(body, headers["stripe-signature"] ?? "", STRIPE_SECRET);
  const [first, ...rest] = receiver.received;
  expect(() => first && verify(first)).toThrow(/signature/);
  for (const delivery of rest) verify(delivery);
  const log = await sim.control.deliveries();
  expect(
    log.flatMap(({ attempts }) => attempts).filter(({ wrongSecret }) => wrongSecret),
  ).toHaveLength(1);
});
