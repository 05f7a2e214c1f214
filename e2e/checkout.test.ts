/** Buying, as a person does it: the built site in a browser, a real deployment, simulated payment providers. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConvexHttpClient } from "convex/browser";
import { startPaymentsSim } from "payments-sim";
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from "vitest";
import { api } from "../convex/_generated/api.js";
import { issueMachine, seedCatalogue } from "../tools/deployment/admin.ts";
import { runCli } from "../tools/deployment/convex-cli.ts";
import { toDotenv } from "../tools/deployment/secrets.ts";
import {
  catalogueSeed,
  paymentsConfig,
  paymentsEnvironment,
} from "../tools/start/payments-world.ts";
import { exchange } from "./machines.ts";
import { openSites, type Sites } from "./sites.ts";
import { openBrowser, type Visitor, visit } from "./visitors.ts";

const deployment = inject("deployment");
const PASSWORD = "oak lamp river nine";
let sim: Awaited<ReturnType<typeof startPaymentsSim>>;
let sites: Sites;
let browser: Browser;
const visitors: Visitor[] = [];

beforeAll(async () => {
  [sites, browser] = await Promise.all([openSites(deployment), openBrowser()]);
  sim = await startPaymentsSim({
    config: paymentsConfig({ site: deployment.siteUrl, web: sites.web }),
  });
  const environment = { ...paymentsEnvironment(sim.url), SITE_URL: sites.web };
  const dir = mkdtempSync(join(tmpdir(), "heliograph-checkout-"));
  writeFileSync(join(dir, "environment"), toDotenv(environment), { mode: 0o600 });
  await runCli(deployment, ["env", "set", "--from-file", join(dir, "environment"), "--force"]);
  rmSync(dir, { recursive: true });
  await seedCatalogue(deployment, catalogueSeed(sim.url));
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([sites?.close(), sim?.close()]);
});
afterEach(async () => {
  const left = visitors.splice(0);
  for (const { page } of left) await page.context().close();
  expect(left.flatMap(({ problems }) => problems())).toEqual([]);
});

/** A page of the site for somebody who has just signed up and proved their e-mail. */
async function openAs(email: string, path: string): Promise<Page> {
  const tokens = await signUp(email);
  const visitor = await visit(browser, `${sites.web}${path}`);
  visitors.push(visitor);
  const { page } = visitor;
  await page.evaluate(
    ({ token, refreshToken, suffix }) => {
      localStorage.setItem(`__convexAuthJWT_${suffix}`, token);
      localStorage.setItem(`__convexAuthRefreshToken_${suffix}`, refreshToken);
    },
    { ...tokens, suffix: (sites.line?.url ?? deployment.url).replace(/[^a-zA-Z0-9]/g, "") },
  );
  await page.reload();
  return page;
}

async function signUp(email: string) {
  const client = new ConvexHttpClient(deployment.url, { logger: false });
  const password = { email, password: PASSWORD };
  await client.action(api.auth.signIn, {
    provider: "password",
    params: { flow: "signUp", ...password },
  });
  const code = await readCode(email);
  const { tokens } = await client.action(api.auth.signIn, {
    provider: "password",
    params: { flow: "email-verification", ...password, code },
  });
  if (tokens == null) throw new Error(`${email} was not signed in`);
  return tokens;
}

async function readCode(email: string): Promise<string> {
  const { token } = await issueMachine(deployment, { kind: "console", name: "checkout" });
  const jwt = await exchange(deployment, token);
  const client = new ConvexHttpClient(deployment.url, { logger: false });
  client.setAuth(jwt ?? "");
  const answer = await client.query(api.mail.outbox, {});
  const mails = answer.state === "current" ? answer.mails : [];
  const text = mails.find(({ to }) => to === email)?.text ?? "";
  return /code=(\w+)/.exec(text)?.[1] ?? "";
}

const said = (page: Page, text: string) => page.getByText(text, { exact: true }).first().waitFor();
const pay = (page: Page) =>
  page
    .getByRole("button", { name: /^(Pay|Join for) / })
    .first()
    .click();

test("who buys in the hosted checkout comes back to a page that unlocks by itself, and locks when it is refunded", async () => {
  const page = await openAs("buyer@example.com", "/pricing");
  // By keyboard, as everything on the page can be done.
  const button = page.getByRole("button", { name: "Pay by card: Pro, 30 days", disabled: false });
  await button.waitFor();
  await button.press("Enter");
  await page.waitForURL(`${sim.url}/**`);
  const waiting = await page.context().newPage();
  await waiting.goto(`${sites.web}/checkout/return`);
  await said(waiting, "Waiting for the confirmation");
  await pay(page);
  await page.waitForURL(`${sites.web}/checkout/return**`);
  await said(page, "The feed is open");
  await said(waiting, "The feed is open");
  const [purchase] = await sim.control.purchases();
  if (purchase === undefined) throw new Error("nothing was bought");
  await sim.control.act(purchase, { do: "refund" });
  await said(page, "The payment did not stand");
});

test("the same checkout is opened again while it is not paid, and goes on from the page that says one has left", async () => {
  const page = await openAs("hesitant@example.com", "/pricing");
  const button = page.getByRole("button", { name: "Pay by card: Advanced, monthly" });
  await button.click();
  await page.waitForURL(`${sim.url}/**`);
  const first = page.url();
  await page.getByText("Cancel and go back").click();
  await said(page, "You left the checkout");
  await page.getByRole("link", { name: "Back to the plans" }).click();
  await button.click();
  await page.waitForURL(first);
  await pay(page);
  await said(page, "The feed is open");
  await page.getByRole("link", { name: "Pricing" }).click();
  await said(page, "Your plan");
  await said(page, "You have a subscription that opens this already.");
});

test.each([
  ["whop@example.com", "Pay on Whop: Basic, monthly"],
  ["sellapp@example.com", "Pay on Sell.app: Basic, 30 days"],
])(
  '%s pays with "%s", and the user id in the link brings it to the right account',
  async (email, name) => {
    const page = await openAs(email, "/pricing");
    await page.getByRole("button", { name }).click();
    await page.waitForURL(`${sim.url}/**`);
    await page.getByRole("textbox", { name: "E-mail" }).fill("another@example.com");
    await pay(page);
    await page.waitForURL(`${sites.web}/checkout/return**`);
    await said(page, "The feed is open");
  },
);

test("a plan that is taken off sale leaves the open pricing page at once", async () => {
  const visitor = await visit(browser, `${sites.web}/pricing`);
  visitors.push(visitor);
  const { page } = visitor;
  await said(page, "Pro, yearly");
  const { token } = await issueMachine(deployment, { kind: "console", name: "catalogue" });
  const console = await visit(browser, `${sites.console}/#token=${token}`);
  visitors.push(console);
  await console.page.getByRole("link", { name: "Catalogue" }).click();
  await console.page.getByRole("button", { name: "Archive Pro, yearly" }).click();
  await console.page.getByRole("alertdialog").getByRole("button", { name: "Archive" }).click();
  const yearly = page.getByText("Pro, yearly", { exact: true });
  await vi.waitFor(async () => expect(await yearly.count()).toBe(0), { timeout: 5_000 });
  await console.page.getByRole("button", { name: "Publish Pro, yearly" }).click();
  await said(page, "Pro, yearly");
});

test("the feed says when the plan renews, and deleting the account cancels it at the provider", async () => {
  const page = await openAs("leaver@example.com", "/pricing");
  await page.getByRole("button", { name: "Pay by card: Basic, monthly" }).click();
  await page.waitForURL(`${sim.url}/**`);
  await pay(page);
  await said(page, "The feed is open");
  await page.goto(`${sites.web}/`);
  await page.getByText(/^Your (plan renews|trial ends) on /).waitFor();
  await page.getByRole("link", { name: "Your plan" }).click();
  await page.getByRole("button", { name: "Delete my account" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/^Cancelled with the account, without a refund: Basic, monthly/).waitFor();
  await dialog.getByLabel("Password").fill(PASSWORD);
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await said(page, "Sign in to see the feed");
  await vi.waitFor(
    async () => {
      const bought = await sim.control.purchases();
      expect(bought.find(({ email }) => email === "leaver@example.com")?.status).toBe("canceled");
    },
    { timeout: 10_000 },
  );
});
