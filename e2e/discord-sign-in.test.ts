/** Signing in with Discord in a real browser: the site, the deployment and a simulated Discord. */
import { startDiscordSim } from "discord-sim";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { runAsAdmin } from "../tools/deployment/admin.ts";
import { runCli } from "../tools/deployment/convex-cli.ts";
import { openSites, type Sites } from "./sites.ts";
import { openBrowser, visit } from "./visitors.ts";

const deployment = inject("deployment");
const APPLICATION = { clientId: "4242", clientSecret: "a secret of the tests" };
const closers: (() => unknown)[] = [];
let sites: Sites;
let browser: Browser;

beforeAll(async () => {
  [sites, browser] = await Promise.all([openSites(deployment), openBrowser()]);
  const redirectUris = [`${deployment.siteUrl}/api/auth/callback/discord`];
  const sim = await startDiscordSim({
    seed: {
      users: [{ username: "dora", displayName: "Dora", email: "dora@example.com" }],
      applications: [{ ...APPLICATION, redirectUris }],
    },
  });
  closers.push(() => sim.close());
  for (const [name, value] of [
    ["AUTH_DISCORD_ID", APPLICATION.clientId],
    ["AUTH_DISCORD_SECRET", APPLICATION.clientSecret],
    ["HELIOGRAPH_DISCORD_OAUTH_URL", sim.url],
    ["SITE_URL", sites.web],
    ["HELIOGRAPH_CONSOLE_URL", sites.console],
  ] as const) {
    await runCli(deployment, ["env", "set", name, value]);
  }
});
afterAll(async () => {
  for (const close of closers) await close();
  await browser?.close();
  await sites?.close();
});

async function signInAsDora(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Continue with Discord" }).click();
  await page.getByLabel(/Dora/).check();
  await page.getByRole("button", { name: "Authorize" }).click();
}

test("a person signs in with Discord, twice, and is the same user with a proven e-mail", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 2; i += 1) {
    const { page } = await visit(browser, `${sites.web}/sign-in`);
    await signInAsDora(page);
    await page.waitForURL(`${sites.web}/account`);
    await page.getByText("dora@example.com").waitFor();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download" }).click(),
    ]);
    const stream = await download.createReadStream();
    const text = Buffer.concat(await stream.toArray()).toString();
    expect(text).toContain('"kind": "discord"');
    ids.push(JSON.parse(text).account[0].userId);
    await page.context().close();
  }
  expect(ids[0]).toBe(ids[1]);
});

test("staff who have no password sign in at the console with Discord", async () => {
  const { page } = await visit(browser, `${sites.console}/staff`);
  await signInAsDora(page);
  await page.getByText("This account has no role here").waitFor();
  await runAsAdmin(deployment, "staff:makeOwner", { email: "dora@example.com" });
  await page.getByRole("row").filter({ hasText: "dora@example.com" }).getByText("owner").waitFor();
  expect(page.url()).toBe(`${sites.console}/staff`);
});
