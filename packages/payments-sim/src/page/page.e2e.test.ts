import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import {
  PRICES,
  startReceiver,
  startSim,
  stripeClient,
  WHOP_PLANS,
} from "../../test/sim-fixture.ts";
import type { PaymentsSim } from "../index.ts";

const ARGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let browser: Browser;

beforeAll(async () => {
  const known = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(
    existsSync,
  );
  browser = await chromium.launch({
    args: ARGS,
    ...(known !== undefined && { executablePath: known }),
  });
});

afterAll(() => browser.close());

async function visit(sim: PaymentsSim): Promise<{ page: Page; problems: string[] }> {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(sim.url);
  await page.locator('#connection[data-state="live"]').waitFor();
  return { page, problems };
}

test("[PPAGE1] purchases and deliveries appear live, and markup in them stays words", async () => {
  const sim = await startSim(await startReceiver());
  const { page, problems } = await visit(sim);
  const evil = "<img/src=x/onerror=document.title='owned'>@example.com";
  const order = { planId: WHOP_PLANS.once, email: evil, userRef: "<script>1</script>" };
  await sim.control.buy({ provider: "whop", ...order });
  await page.locator("#purchases").getByText(evil).waitFor();
  await page.locator("#deliveries").getByText("membership.activated").waitFor();
  expect(await page.locator("#purchases img, #purchases script").count()).toBe(0);
  expect(await page.title()).toBe("Simulated payments");
  expect(problems).toEqual([]);
});

test("[PPAGE2] a person buys, refunds, lets a renewal fail, moves the clock, sets faults and sends again", async () => {
  const sim = await startSim(await startReceiver());
  const { page, problems } = await visit(sim);
  const row = page.locator("#purchases tr").first();
  const act = async (text: string, said: RegExp) => {
    await row.getByRole("combobox").selectOption({ label: text });
    await row.getByRole("button", { name: "Do it" }).click();
    await page.getByText(said).waitFor();
  };
  await page
    .getByLabel("Plan")
    .first()
    .selectOption({ label: "stripe: Signals & more, Monthly, 29.00 USD" });
  await page.getByLabel("E-mail").fill("ada@example.com");
  await page.getByRole("button", { name: "Buy" }).click();
  await row.getByText("until 2026-02-28").waitFor();
  await act("Refund half", /^Done: refund/);
  await act("Let renewals fail", /^Done: failRenewals/);
  await page.getByLabel("Move the clock by").fill("28");
  await page.getByRole("button", { name: "Move" }).click();
  await page.getByText("The clock has moved.").waitFor();
  await expect.poll(async () => (await sim.control.purchases())[0]?.status).toBe("past_due");
  await page.getByLabel("Sent twice (0 to 1)").fill("0.5");
  await page.getByRole("button", { name: "Set" }).click();
  await page.getByText("The faults are set.").waitFor();
  expect((await sim.control.state()).faults.duplicateRate).toBe(0.5);
  await page
    .getByRole("button", { name: /^Send .* again$/ })
    .first()
    .click();
  await page.getByText(/^Sent again: /).waitFor();
  expect(problems).toEqual([]);
});

test("[PHOS1] in a browser a person pays and comes back to the seller's site", async () => {
  const receiver = await startReceiver();
  const sim = await startSim();
  const session = await stripeClient(sim).checkout.sessions.create({
    mode: "payment",
    line_items: [{ price: PRICES.once, quantity: 1 }],
    success_url: `${receiver.url}/thanks?s={CHECKOUT_SESSION_ID}`,
  });
  const { page, problems } = await visit(sim);
  await page.goto(session.url ?? "");
  await page.getByLabel("E-mail").fill("ada@example.com");
  await page.getByRole("button", { name: "Pay $35.00" }).click();
  await page.waitForURL(`${receiver.url}/thanks?s=${session.id}`);
  expect((await sim.control.purchases())[0]).toMatchObject({
    paid: true,
    email: "ada@example.com",
  });
  expect(problems.filter((text) => !text.includes("favicon"))).toEqual([]);
});
