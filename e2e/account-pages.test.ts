/** Accounts in a real browser, on the built sites: from sign-up to deletion, and staff at the console. */
import { randomBytes } from "node:crypto";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from "vitest";
import { api } from "../convex/_generated/api.js";
import { runAsAdmin } from "../tools/deployment/admin.ts";
import { connectMachine } from "./machines.ts";
import { keptSignIn, signUpPerson } from "./people.ts";
import { openSites, type Sites } from "./sites.ts";
import { openBrowser, type VisitOptions, type Visitor, visit } from "./visitors.ts";

const deployment = inject("deployment");
const PASSWORD = "oak lamp river nine";
let sites: Sites;
let browser: Browser;
const visitors: Visitor[] = [];
const closers: (() => unknown)[] = [];

beforeAll(async () => {
  [sites, browser] = await Promise.all([openSites(deployment), openBrowser()]);
});
afterAll(async () => {
  await browser?.close();
  await sites?.close();
});
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
  const left = visitors.splice(0);
  for (const { page } of left) await page.context().close();
  // The client writes the backend's refusals to the browser's console as well.
  const problems = left.flatMap(({ problems }) => problems());
  expect(problems.filter((problem) => !problem.includes("ConvexError"))).toEqual([]);
});

const newAddress = () => `p-${randomBytes(5).toString("hex")}@example.com`;

async function open(address: string, options: VisitOptions = {}): Promise<Page> {
  const visitor = await visit(browser, address, options);
  visitors.push(visitor);
  return visitor.page;
}

async function newestMail(to: string): Promise<string> {
  const { client } = await connectMachine(deployment, "console", "mail reader");
  closers.push(() => client.close());
  const outbox = await client.query(api.mail.outbox, {});
  const mails = outbox.state === "current" ? outbox.mails : [];
  return mails.find((mail) => mail.to === to)?.text ?? "";
}

const holds = async (field: Locator, value: RegExp) =>
  await vi.waitFor(async () => expect(await field.inputValue()).toMatch(value));

const press = (page: Page, name: string | RegExp) => page.getByRole("button", { name }).click();

/** Signs up through the pages; ends on the feed. */
async function signUp(page: Page, email: string): Promise<void> {
  await page.goto(`${sites.web}/sign-up`);
  await page.getByLabel("E-mail", { exact: true }).fill(email);
  await page.getByLabel("New password", { exact: true }).fill(PASSWORD);
  await press(page, "Sign up");
  await page.getByLabel("Code", { exact: true }).waitFor();
  const code = /Your code is (\S+)/.exec(await newestMail(email))?.[1] ?? "";
  await page.getByLabel("Code", { exact: true }).fill(code);
  await press(page, "Confirm");
  await page.getByRole("link", { name: "Account" }).waitFor();
}

test("a person signs up, is told at once that another device signed them out, and deletes the account", async () => {
  const email = newAddress();
  const first = await open(`${sites.web}/sign-up`);
  await signUp(first, email);
  const second = await open(`${sites.web}/sign-in`);
  await second.getByLabel("E-mail", { exact: true }).fill(email);
  await second.getByLabel("Password", { exact: true }).fill("not the password");
  await press(second, "Sign in");
  await second.getByText("Wrong e-mail or password.").waitFor();
  await second.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await press(second, "Sign in");
  for (const page of [first, second]) {
    await page.getByRole("link", { name: "Account" }).click();
    await page.getByText(email).first().waitFor();
  }
  await press(second, "Sign out everywhere else");
  await first.getByText("You are not signed in").waitFor();
  await press(second, "Delete my account");
  const dialog = second.getByRole("dialog");
  await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await dialog.getByRole("button", { name: "Delete for good" }).click();
  await second.getByRole("link", { name: "Sign in" }).first().waitFor();
});

test("a mail's link fills in the code, and leaves no secret in the address", async () => {
  const email = newAddress();
  const page = await open(`${sites.web}/reset`);
  await signUp(page, email);
  await page.goto(`${sites.web}/reset`);
  await page.getByLabel("E-mail", { exact: true }).fill(email);
  await press(page, "Send the code");
  await page.getByLabel("Code", { exact: true }).waitFor();
  const link = /\/reset#(\S+)/.exec(await newestMail(email))?.[1] ?? "";
  await page.goto(`${sites.web}/reset#${link}`); // in the tab where the code is asked for: no page is loaded
  await holds(page.getByLabel("Code", { exact: true }), /^\w{8}$/);
  expect(page.url()).toBe(`${sites.web}/reset`);
  const verify = await open(`${sites.web}/verify`);
  await verify.goto(`${sites.web}/verify#email=jo%40example.com&code=ABCD2345`);
  await holds(verify.getByLabel("Code", { exact: true }), /^ABCD2345$/);
  await holds(verify.getByLabel("E-mail", { exact: true }), /^jo@example.com$/);
  const other = await open(`${sites.web}/reset#${link}`);
  expect(await other.getByLabel("Code", { exact: true }).inputValue()).toMatch(/^\w{8}$/);
  expect(other.url()).toBe(`${sites.web}/reset`);
  await other.getByLabel("New password", { exact: true }).fill("password12");
  await press(other, "Set the password");
  await other.getByText(/Use several words/).waitFor();
  await other.getByLabel("New password", { exact: true }).fill("another long phrase 7");
  await press(other, "Set the password");
  await other.getByRole("link", { name: "Account" }).waitFor();
});

test("who proves an address of another account is told what to do", async () => {
  const { email: taken } = await signUpPerson(deployment, newAddress());
  const page = await open(`${sites.web}/sign-up`);
  await signUp(page, newAddress());
  await page.getByRole("link", { name: "Account" }).click();
  await page.getByLabel("E-mail you paid with", { exact: true }).fill(taken);
  await page.getByRole("form", { name: /Claim/ }).getByRole("button").click();
  await page.getByText(`A code is on its way to ${taken}`).waitFor();
  const code = /Your code is (\S+)/.exec(await newestMail(taken))?.[1] ?? "";
  await page.getByLabel("Code", { exact: true }).fill(code);
  await press(page, "Confirm");
  await page
    .getByRole("alert")
    .getByText(/ask support to merge the two accounts/)
    .waitFor();
});

test("pages that cannot reach the deployment say so, and open by themselves", async ({ skip }) => {
  const { line, web } = sites;
  if (line === null) return skip("no line is laid over https");
  const person = await signUpPerson(deployment, newAddress());
  const kept = Object.entries(keptSignIn(line.url, person));
  const localStorage = kept.map(([name, value]) => ({ name, value }));
  const storageState = { cookies: [], origins: [{ origin: web, localStorage }] };
  await line.cut();
  const openCut = async (path: string, title: string) => {
    const page = await open(web + path, { storageState, expected: /WebSocket|ERR_/ });
    await page.context().setOffline(true); // the browser notices at once, and not after a few tries
    await page.getByRole("heading", { name: `${title} cannot be reached` }).waitFor();
    return page;
  };
  const account = await openCut("/account", "Your account");
  const pricing = await openCut("/pricing", "The plans");
  const order = await openCut("/checkout/return?checkout=x", "Your order");
  const feed = await openCut("/", "The feed");
  await line.restore();
  for (const page of [account, pricing, order, feed]) await page.context().setOffline(false);
  await account.getByText(person.email).first().waitFor();
  await pricing.getByText("cannot be reached").waitFor({ state: "detached" });
  await order.getByText("There is no such order").waitFor();
  await feed.getByText("You have no plan yet").waitFor();
});

test("an owner invites somebody, who accepts on the site and opens the console; the log shows it", async () => {
  const [ownerMail, guestMail] = [newAddress(), newAddress()];
  const owner = await open(`${sites.web}/sign-up`);
  await signUp(owner, ownerMail);
  await runAsAdmin(deployment, "staff:makeOwner", { email: ownerMail });
  const console = await open(sites.console);
  await console.getByLabel("E-mail", { exact: true }).fill(ownerMail);
  await console.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await press(console, "Sign in");
  await console.getByRole("link", { name: "Staff" }).click();
  await console.getByLabel("E-mail", { exact: true }).fill(guestMail);
  await console.getByLabel("Role", { exact: true }).selectOption("support");
  await press(console, "Invite");
  await console.getByRole("row").filter({ hasText: guestMail }).getByText("open").waitFor();
  const token = /invitation#(\S+)/.exec(await newestMail(guestMail))?.[1] ?? "";
  const guest = await open(`${sites.web}/invitation#${token}`);
  await guest.getByRole("link", { name: "Sign up" }).last().waitFor();
  await signUp(guest, guestMail);
  await press(guest, "Accept");
  await guest.getByText("You are support now").waitFor();
  await console.getByRole("row").filter({ hasText: guestMail }).getByText("accepted").waitFor();
  await console.getByRole("link", { name: "Audit log" }).click();
  await console.getByRole("row").filter({ hasText: "staff.accept" }).first().waitFor();
  await console.getByRole("link", { name: "Machines" }).click();
  await console.getByLabel("Name", { exact: true }).fill("Bot 9");
  await console.getByLabel("Kind", { exact: true }).selectOption("bot");
  await press(console, "Issue");
  await console.getByText(/hg_bot_\w{64}/).waitFor();
  await console.getByRole("link", { name: "Mail" }).click();
  await console.getByRole("button", { name: "Read" }).first().click();
  await console.getByRole("dialog").waitFor();
});
