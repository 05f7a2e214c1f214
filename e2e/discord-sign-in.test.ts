/** Signing in with Discord and linking it, in a real browser: the site, the deployment, a simulated Discord, the bot. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { api } from "../convex/_generated/api.js";
import { runAsAdmin } from "../tools/deployment/admin.ts";
import { runCli } from "../tools/deployment/convex-cli.ts";
import { type DiscordWorld, openDiscordWorld } from "../tools/deployment/discord-world.ts";
import { connectMachine } from "./machines.ts";
import { keptSignIn, type SignedUp, signUpPerson } from "./people.ts";
import { openSites, type Sites } from "./sites.ts";
import { openBrowser, visit } from "./visitors.ts";

const deployment = inject("deployment");
const closers: (() => unknown)[] = [];
let sites: Sites;
let browser: Browser;
let world: DiscordWorld;

beforeAll(async () => {
  [sites, browser, world] = await Promise.all([
    openSites(deployment),
    openBrowser(),
    openDiscordWorld(deployment),
  ]);
  closers.push(
    () => world.close(),
    () => browser.close(),
    () => sites.close(),
  );
  for (const name of ["Dora", "Emil"]) {
    const [username, email] = [name.toLowerCase(), `${name.toLowerCase()}@example.com`];
    world.sim.act({ kind: "addUser", username, displayName: name, email });
  }
  for (const [name, value] of [
    ["AUTH_DISCORD_ID", world.sim.userId("Heliograph")],
    ["AUTH_DISCORD_SECRET", "secret-of-Heliograph"],
    ["HELIOGRAPH_DISCORD_OAUTH_URL", world.sim.url],
    ["HELIOGRAPH_DISCORD_BOT_TOKEN", world.botToken],
    ["SITE_URL", sites.web],
    ["HELIOGRAPH_CONSOLE_URL", sites.console],
  ] as const) {
    await runCli(deployment, ["env", "set", name, value]);
  }
});
afterAll(async () => {
  for (const close of closers) await close();
});

/** Agrees at Discord as this person. */
async function agree(page: Page, name: RegExp): Promise<void> {
  await page.getByLabel(name).check();
  await page.getByRole("button", { name: "Authorize" }).click();
}

/** The account page of somebody who is signed in already. */
async function openAccount(person: SignedUp) {
  const visitor = await visit(browser, `${sites.web}/pricing`);
  const kept = keptSignIn(sites.line?.url ?? deployment.url, person);
  await visitor.page.evaluate((entries) => {
    for (const [name, value] of Object.entries(entries)) localStorage.setItem(name, value);
  }, kept);
  await visitor.page.goto(`${sites.web}/account`);
  return visitor;
}

test("a person signs in with Discord, twice, and is the same user with a proven e-mail", async () => {
  const ids: string[] = [];
  for (let i = 0; i < 2; i += 1) {
    const { page } = await visit(browser, `${sites.web}/sign-in`);
    await page.getByRole("button", { name: "Continue with Discord" }).click();
    await agree(page, /Dora/);
    await page.waitForURL(`${sites.web}/account`);
    await page.getByText("dora@example.com").waitFor();
    await page.getByText("@dora").waitFor(); // linked by signing in
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

test("a buyer links Discord, is added to the plan's server, leaves it, returns and unlinks", async () => {
  const guildId = world.sim.guildId("Members");
  const emil = world.sim.userId("emil");
  const isMember = () => world.sim.members(guildId).some(({ userId }) => userId === emil);
  const server = { guildId, name: "Members", minTier: "basic", joinAtPurchase: true };
  await runAsAdmin(deployment, "setup:seed", { sources: [], routes: [], servers: [server] });
  const [buyer, thief] = await Promise.all([
    signUpPerson(deployment, `buyer-${guildId}@example.com`),
    signUpPerson(deployment, `thief-${guildId}@example.com`),
    world.startBot("members"),
  ]);
  const console = await connectMachine(deployment, "console", "gives access");
  closers.push(() => console.client.close());
  const gift = { userId: buyer.userId, tier: "basic", untilMs: null, reason: "e2e" } as const;
  await console.client.mutation(api.access.giveGrant, gift);

  const { page, problems, requested } = await openAccount(buyer);
  await page.getByRole("button", { name: "Link Discord" }).click();
  await agree(page, /Emil/);
  await page.waitForURL(`${sites.web}/account`);
  await page.getByText("@emil").waitFor();
  const row = page.getByRole("row").filter({ hasText: "Members" });
  await row.getByText("Joined").waitFor();
  expect(isMember()).toBe(true);
  expect(requested.filter((url) => url.includes("code=") && !url.includes("/link/"))).toEqual([]);

  // The same account is nobody else's, and what a link leads to is said in words.
  const other = await openAccount(thief);
  await other.page.getByRole("button", { name: "Link Discord" }).click();
  await agree(other.page, /Emil/);
  await other.page.getByText("is linked to another account here").waitFor();
  expect(new URL(other.page.url()).search).toBe("");
  await other.page.goto(`${sites.web}/link/discord?code=stolen&state=stolen`);
  await other.page.getByText("This was used already, or never begun here").waitFor();

  const again = async () => await page.getByRole("button", { name: "Add me again" }).click();
  world.sim.act({ kind: "leave", guildId, userId: emil });
  await page.getByText("is billed as before").waitFor();
  world.sim.act({ kind: "ban", guildId, userId: emil });
  await again();
  await page.getByText("You are banned there").waitFor();
  world.sim.act({ kind: "unban", guildId, userId: emil });
  world.sim.act({ kind: "setScreening", guildId, on: true });
  await again();
  await page.getByText("accept its rules").waitFor();
  world.sim.act({ kind: "passScreening", guildId, userId: emil });
  await row.getByText("Joined").waitFor();
  expect(isMember()).toBe(true);

  await page.getByRole("button", { name: "Unlink", exact: true }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Unlink" }).click();
  await page.getByText("No Discord account is linked.").waitFor();
  expect(problems()).toEqual([]);
});

test("staff who have no password sign in at the console with Discord", async () => {
  const { page } = await visit(browser, `${sites.console}/staff`);
  await page.getByRole("button", { name: "Continue with Discord" }).click();
  await agree(page, /Dora/);
  await page.getByText("This account has no role here").waitFor();
  await runAsAdmin(deployment, "staff:makeOwner", { email: "dora@example.com" });
  await page.getByRole("row").filter({ hasText: "dora@example.com" }).getByText("owner").waitFor();
  expect(page.url()).toBe(`${sites.console}/staff`);
});
