import { expect, test } from "vitest";
import {
  DAY_MS,
  PRICES,
  startReceiver,
  startSim,
  stripeClient,
  submit,
  typesAt,
} from "../../test/sim-fixture.ts";

const ONCE = {
  mode: "payment" as const,
  line_items: [{ price: PRICES.once, quantity: 1 }],
  success_url: "http://site.test/thanks?s={CHECKOUT_SESSION_ID}",
  cancel_url: "http://site.test/pricing",
  payment_intent_data: { metadata: { userId: "user_7" } },
};

test("[PHOS1] the checkout page shows what is bought as text, and leads to the success page with the session", async () => {
  const sim = await startSim();
  const session = await stripeClient(sim).checkout.sessions.create(ONCE);
  const page = await (await fetch(session.url ?? "")).text();
  expect(page).toContain("Signals &amp; more");
  expect(page).toContain("$35.00");
  expect(page).toContain('href="http://site.test/pricing"');
  expect(page).not.toMatch(/<script|card number/i);
  const paid = await submit(session.url ?? "", { email: "ada@example.com", choice: "pay" });
  expect(paid.status).toBe(303);
  expect(paid.headers.get("location")).toBe(`http://site.test/thanks?s=${session.id}`);
});

test("[PHOS2] a declined card leaves the session open; the next try uses the same intent", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  const stripe = stripeClient(sim);
  const session = await stripe.checkout.sessions.create(ONCE);
  const declined = await submit(session.url ?? "", { email: "ada@example.com", choice: "decline" });
  expect(await declined.text()).toContain("Your card was declined.");
  expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe("open");
  await submit(session.url ?? "", { email: "ada@example.com", choice: "pay" });
  await sim.control.settle();
  expect(typesAt(receiver, "stripe")).toEqual([
    ...["payment_intent.created", "charge.failed", "payment_intent.payment_failed"],
    ...["charge.succeeded", "payment_intent.succeeded", "checkout.session.completed"],
  ]);
  const [intent] = (await stripe.paymentIntents.list()).data;
  expect(intent?.metadata).toEqual({ userId: "user_7" });
});

test("[PCHK2] a bank transfer completes the session unpaid; days later it succeeds or fails", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  const stripe = stripeClient(sim);
  for (const choice of ["later", "laterFails"]) {
    const session = await stripe.checkout.sessions.create(ONCE);
    await submit(session.url ?? "", { email: "ada@example.com", choice });
    expect((await stripe.checkout.sessions.retrieve(session.id)).payment_status).toBe("unpaid");
  }
  expect((await sim.control.purchases()).map(({ access }) => access)).toEqual([null, null]);
  await sim.control.advance(4 * DAY_MS);
  await sim.control.settle();
  expect(typesAt(receiver, "stripe")).toEqual(
    expect.arrayContaining([
      ...["checkout.session.async_payment_succeeded", "checkout.session.async_payment_failed"],
    ]),
  );
  expect((await sim.control.purchases()).map(({ paid }) => paid)).toEqual([true, false]);
});

test("[PHOS3] a session nobody paid expires after a day and says so", async () => {
  const receiver = await startReceiver();
  const sim = await startSim(receiver);
  const session = await stripeClient(sim).checkout.sessions.create(ONCE);
  await sim.control.advance(DAY_MS);
  await sim.control.settle();
  expect(typesAt(receiver, "stripe")).toEqual(["checkout.session.expired"]);
  expect(await (await fetch(session.url ?? "")).text()).toContain("has expired");
});

test("[PHOS4] in the portal a customer cancels, resumes, changes the plan, and pays what is owed", async () => {
  const sim = await startSim();
  const stripe = stripeClient(sim);
  const order = { planId: PRICES.monthly, email: "ada@example.com" };
  const { id, customerId } = await sim.control.buy({ provider: "stripe", ...order });
  const portal = await stripe.billingPortal.sessions.create({
    ...{ customer: customerId ?? "", return_url: "http://site.test/account" },
  });
  expect(await (await fetch(portal.url)).text()).toContain('href="http://site.test/account"');
  const click = async (choice: string, plan = "") =>
    (await submit(portal.url, { subscription: id, choice, plan })).text();
  await click("cancel");
  expect((await stripe.subscriptions.retrieve(id)).cancel_at_period_end).toBe(true);
  await click("resume");
  await click("change", PRICES.pricier);
  expect((await sim.control.purchases())[0]?.planId).toBe(PRICES.pricier);
  const [proration] = (await stripe.invoices.list({ subscription: id })).data;
  expect(proration).toMatchObject({ billing_reason: "subscription_update", amount_paid: 3_000 });
  await click("badCard");
  await sim.control.advance(29 * DAY_MS);
  expect((await stripe.subscriptions.retrieve(id)).status).toBe("past_due");
  await click("goodCard");
  expect(await click("payNow")).toContain("Done.");
  expect((await stripe.subscriptions.retrieve(id)).status).toBe("active");
});

test("[PHOS5] nobody reaches another customer's subscription through their portal", async () => {
  const sim = await startSim();
  const stripe = stripeClient(sim);
  const order = { provider: "stripe" as const, planId: PRICES.monthly };
  const own = await sim.control.buy({ ...order, email: "ada@example.com" });
  const other = await sim.control.buy({ ...order, email: "eve@example.com" });
  const portal = await stripe.billingPortal.sessions.create({ customer: own.customerId ?? "" });
  const answer = await submit(portal.url, { subscription: other.id, choice: "cancel" });
  expect(await answer.text()).toContain("somebody else");
  expect((await stripe.subscriptions.retrieve(other.id)).cancel_at_period_end).toBe(false);
});
