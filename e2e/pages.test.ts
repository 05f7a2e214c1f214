/** The built sites in a real browser, on a real deployment, with Discord simulated and a bot at work. */
import type { Browser, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, inject, test, vi } from "vitest";
import { api } from "../convex/_generated/api.js";
import { chartPng } from "../tools/demo/charts.ts";
import { issueMachine, runAsAdmin, shardKeys } from "../tools/deployment/admin.ts";
import { type DiscordWorld, openDiscordWorld } from "../tools/deployment/discord-world.ts";
import { readFeed } from "../tools/deployment/read-feed.ts";
import { connectMachine } from "./machines.ts";
import { keptSignIn, type SignedUp, signUpPerson } from "./people.ts";
import { openSites, type Sites } from "./sites.ts";
import { openBrowser, PHONE, type VisitOptions, type Visitor, visit } from "./visitors.ts";

const deployment = inject("deployment");
const HOUR_MS = 3_600_000;
const SHARD = 41; // of this file alone: its keys are rotated
let world: DiscordWorld;
let sites: Sites;
let browser: Browser;
const visitors: Visitor[] = [];
const secrets: string[] = [];

beforeAll(async () => {
  [world, sites, browser] = await Promise.all([
    openDiscordWorld(deployment, { unlimited: true }),
    openSites(deployment),
    openBrowser(),
  ]);
  const bot = await world.startBot("pages");
  await bot.logged("lease.held");
});
afterAll(async () => {
  await browser?.close();
  await Promise.all([sites?.close(), world?.close()]);
});

/** What no page may do in any test. */
afterEach(async () => {
  const left = visitors.splice(0);
  for (const { page } of left) await page.context().close();
  expect(left.flatMap(({ problems }) => problems())).toEqual([]);
  // A fragment stays in the browser; whatever stands before it is sent.
  const sent = left.flatMap(({ requested }) => requested.map((url) => url.split("#")[0] ?? ""));
  expect(sent.filter((url) => secrets.some((secret) => url.includes(secret)))).toEqual([]);
});

async function open(address: string, options?: VisitOptions): Promise<Page> {
  const visitor = await visit(browser, address, options);
  visitors.push(visitor);
  return visitor.page;
}

/** The customer's site, live and complete. */
async function openFeed(options?: VisitOptions): Promise<Page> {
  const keys = await shardKeys(deployment, SHARD);
  secrets.push(...keys);
  const page = await open(`${sites.web}/#keys=${keys.join(",")}`, options);
  await status(page, "Live");
  await status(page, /^Complete/);
  return page;
}

async function openConsole(options?: VisitOptions): Promise<Page & { machineId?: string }> {
  const { token, machineId } = await issueMachine(deployment, { kind: "console", name: "pages" });
  secrets.push(token);
  const page = await open(`${sites.console}/#token=${token}`, options);
  await page.getByRole("heading", { name: "Signals", exact: true }).waitFor();
  await status(page, "Live");
  return Object.assign(page, { machineId });
}

const HERE_IN = /^here in ([\d.]+) (m?s)$/;
const LATE_MS = 30_000; // a busy machine is slow; a clock an hour off reads a minute, where receipts end
const status = (page: Page, text: string | RegExp) =>
  page.getByRole("status").filter({ hasText: text }).first().waitFor();
const card = (page: Page, text: string) => page.getByRole("article").filter({ hasText: text });
const holds = (fact: () => unknown, timeout = 10_000) =>
  vi.waitFor(fact, { timeout, interval: 50 });

test("a post typed into Discord shows on the site, in the console and mirrored; edit and deletion follow", async () => {
  const [discord, feed, console] = await Promise.all([
    open(world.sim.url),
    openFeed(),
    openConsole(),
  ]);
  const source = discord.getByRole("region", { name: "# calls" });
  const mirror = discord.getByRole("region", { name: "# signals" }).locator(".message");
  const shown = (text: string) =>
    [card(feed, text), card(console, text), mirror.filter({ hasText: text })] as const;

  await source.getByRole("textbox").fill("LONG SOL 142.50, stop 138");
  await source.getByRole("textbox").press("Enter");
  for (const place of shown("LONG SOL 142.50, stop 138")) await place.waitFor();
  await card(feed, "LONG SOL").getByText(HERE_IN).waitFor();
  await card(console, "LONG SOL").getByText("Received to painted").waitFor();
  await card(console, "LONG SOL").getByText("Applied").waitFor();

  await source.getByRole("button", { name: "Edit message of mara" }).press("Enter");
  await source.getByRole("textbox", { name: "New text" }).fill("LONG SOL 142.50, stop 140");
  await source.getByRole("button", { name: "Save" }).press("Enter");
  for (const place of shown("LONG SOL 142.50, stop 140")) await place.waitFor();
  for (const place of shown("stop 138")) expect(await place.count()).toBe(0);
  await card(feed, "stop 140")
    .getByText(/Edited/)
    .waitFor();

  await source.getByRole("button", { name: "Delete message of mara" }).press("Enter");
  await discord.getByRole("dialog").getByRole("button", { name: "Delete" }).press("Enter");
  for (const place of shown("LONG SOL")) await place.waitFor({ state: "detached" });
  await card(feed, "Deleted by the source").waitFor();
  await card(console, "Deleted by the source").first().waitFor();
});

const CUT_LINE = /WebSocket connection to|ERR_|Attempting reconnect/; // the browser's own words

test("a picture shows on the site and in the mirror from copies of ours, and goes with its post", async () => {
  const feed = await openFeed();
  const data = chartPng("solBreakout");
  const messageId = world.post("SOL breakout, see chart", [
    { name: "chart.png", contentType: "image/png", data },
  ]);
  const picture = card(feed, "SOL breakout").getByRole("img", { name: "chart.png" });
  await picture.waitFor();
  const link = (await picture.getAttribute("src")) ?? "";
  expect(link).toMatch(`${deployment.siteUrl}/media/`);
  await holds(async () =>
    expect(await picture.evaluate((img: HTMLImageElement) => img.naturalWidth)).toBeGreaterThan(0),
  );
  const mirrored = () =>
    world.sim
      .messages(world.targetChannelId)
      .find(({ content }) => content.includes("SOL breakout"));
  const shown = () => mirrored()?.embeds[0]?.image?.url ?? "";
  await holds(() => expect(shown()).toMatch(`/attachments/${world.targetChannelId}/`));
  expect(Buffer.from(await (await fetch(shown())).arrayBuffer()).equals(data)).toBe(true);

  world.remove(messageId);
  await holds(() => expect(mirrored()).toBeUndefined());
  expect((await fetch(link)).status).toBe(403);
});

test("after a lost line the feed is complete, with nothing missing and nothing twice", async ({
  skip,
}) => {
  const { line } = sites;
  if (line === null) return skip("a line can be laid and cut only to a deployment over http");
  world.post("kept through the outage");
  const edited = world.post("edited in the outage: old");
  const removed = world.post("removed in the outage");
  await holds(() => expect(world.mirrored()).toContain("removed in the outage"));
  const [feed, console] = await Promise.all([
    openFeed({ expected: CUT_LINE }),
    openConsole({ expected: CUT_LINE }),
  ]);
  await card(feed, "removed in the outage").waitFor();

  await line.cut();
  await Promise.all([status(feed, "Not connected"), status(console, /Reconnecting|Offline/)]);
  for (let n = 1; n <= 25; n += 1) world.post(`during the outage ${n}.`);
  world.edit(edited, "edited in the outage: new");
  world.remove(removed);
  await holds(() => expect(world.mirrored()).toContain("during the outage 25."), 30_000);
  await holds(() => expect(world.mirrored()).not.toContain("removed in the outage"), 30_000);
  await line.restore();

  const stored = await readFeed(deployment, await shardKeys(deployment, SHARD), "pro");
  const newest = stored.at(-1)?.seq ?? 0;
  await Promise.all([status(feed, `Complete through Pro #${newest}`), status(console, "Live")]);
  await card(console, "during the outage 25.").waitFor();
  await card(feed, "edited in the outage: new").waitFor();
  await card(feed, "removed in the outage").waitFor({ state: "detached" });
  const seqs = await feed
    .locator("[data-feed=pro][data-seq]")
    .evaluateAll((cards) => cards.map((element) => Number(element.getAttribute("data-seq"))));
  expect(seqs.slice(0, 28)).toEqual(Array.from({ length: 28 }, (_, back) => newest - back));
  for (let n = 1; n <= 25; n += 1)
    expect(await card(feed, `during the outage ${n}.`).count()).toBe(1);
  expect(await card(feed, "kept through the outage").count()).toBe(1);
}, 90_000);

/** The delays that the page itself shows, in ms, least first. */
async function shownDelays(page: Page): Promise<number[]> {
  const texts = await page.getByText(HERE_IN).allTextContents();
  const delays = texts.map((text) => {
    const [, count, unit] = HERE_IN.exec(text) ?? [];
    return Number(count) * (unit === "s" ? 1_000 : 1);
  });
  return delays.sort((a, b) => a - b);
}

test("viewers whose clocks are an hour off see and report the latency that the right ones do", async () => {
  const { client } = await connectMachine(deployment, "console", "summary");
  const web = async () => {
    await runAsAdmin(deployment, "receipts:rollUp", {});
    const answer = await client.query(api.receipts.summary, { window: "hour" });
    if (answer.state !== "current") throw new Error(`the console is ${answer.state}`);
    const found = answer.surfaces.find(({ surface }) => surface === "web");
    if (found === undefined) throw new Error("the summary has no web");
    return found;
  };
  const viewers = await Promise.all(
    [0, HOUR_MS, -HOUR_MS].map((clockAheadMs) => openFeed({ clockAheadMs })),
  );
  const aheads = await Promise.all(viewers.map((page) => page.evaluate(() => Date.now())));
  expect((aheads[1] ?? 0) - (aheads[0] ?? 0)).toBeGreaterThan(HOUR_MS - 10_000);
  const before = await web();
  for (let n = 1; n <= 5; n += 1) {
    world.post(`measured ${n}.`);
    for (const page of viewers) await card(page, `measured ${n}.`).getByText(HERE_IN).waitFor();
  }
  const delays = await Promise.all(viewers.map(shownDelays));
  for (const shown of delays) {
    expect(shown).toHaveLength(5);
    expect(Math.min(...shown)).toBeGreaterThan(0);
    expect(Math.abs((shown[2] ?? 0) - (delays[0]?.[2] ?? 0))).toBeLessThan(5_000);
  }
  for (const page of viewers) {
    const ages = await card(page, "measured 5.").locator("time").first().textContent();
    expect(ages).toMatch(/^(now|\d+s ago)$/);
    await page.goto("about:blank"); // who leaves reports what was gathered
  }
  await holds(async () => expect((await web()).count).toBeGreaterThanOrEqual(before.count + 15));
  const after = await web();
  expect(after.p99).toBeLessThan(LATE_MS);
  expect(after.p50).toBeGreaterThan(0);
  await client.close();
}, 90_000);

test("a rotated key keeps what is shown, says what to do, and brings nothing new", async () => {
  world.post("before the rotation");
  const feed = await openFeed();
  await card(feed, "before the rotation").waitFor();
  await runAsAdmin(deployment, "access:rotate", { feed: "pro", shard: SHARD });
  await status(feed, "This link was renewed: open your newest feed link.");
  world.post("after the rotation");
  const renewed = await openFeed();
  await card(renewed, "after the rotation").waitFor();
  expect(await card(feed, "before the rotation").count()).toBe(1);
  expect(await card(feed, "after the rotation").count()).toBe(0);

  const keys = await shardKeys(deployment, SHARD);
  await feed.evaluate((hash) => window.location.assign(hash), `#keys=${keys.join(",")}`);
  await card(feed, "after the rotation").waitFor();
  expect(feed.url()).toBe(`${sites.web}/`);
});

test("a revoked console says so, shows nothing more and forgets its token", async () => {
  world.post("before the revocation");
  const console = await openConsole({ expected: /status of 401/ });
  await card(console, "before the revocation").waitFor();
  await runAsAdmin(deployment, "machines:revokeNow", { machineId: console.machineId ?? "" });
  await console.getByRole("heading", { name: "This console was revoked" }).waitFor();
  expect(await console.getByRole("article").count()).toBe(0);
  expect(await console.getByRole("status").filter({ hasText: "Live" }).count()).toBe(0);
  expect(await console.evaluate(() => JSON.stringify({ ...sessionStorage }))).toBe("{}");
  await console.reload();
  await console.getByRole("heading", { name: "Sign in to the console" }).waitFor();
});

test("secrets leave the address at once and stay in the tab", async () => {
  const [feed, console] = await Promise.all([openFeed(), openConsole()]);
  for (const [page, origin] of [
    [feed, sites.web],
    [console, sites.console],
  ] as const) {
    expect(page.url()).toBe(`${origin}/`);
    await page.reload();
    await status(page, "Live");
    expect(page.url()).toBe(`${origin}/`);
    expect(await page.evaluate(() => window.history.length)).toBeLessThanOrEqual(2);
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).toBe("{}");
  }
});

const HOSTILE = [
  'h1: <img src=x onerror="window.hacked=1"><script>window.hacked=1</script><svg onload=window.hacked=1>',
  "h2: [open](javascript:window.hacked=1) <javascript:window.hacked=1> [binance.com](https://evil.example/x) data:text/html,<b>x</b>",
  `h3: ${"W".repeat(1_900)}`,
  `h4: https://example.com/${"a".repeat(900)}?${"b=".repeat(400)}`,
  "h5: \u202Eevil txet desrever\u202C مرحبا بالعالم שלום עולם 1234 \u2066x\u2069",
  `h6: ${"Z\u0351\u0346\u0310\u0313\u0300\u0301\u0316\u0317\u0318\u0319".repeat(80)}`,
  `h7: ${"**_~~||".repeat(250)}`,
  `h8: ${"> ".repeat(400)}deep\n${"- ".repeat(200)}\n${"#".repeat(200)}`,
  `h9: \`\`\`${"x".repeat(1_500)}\`\`\` \`${"y".repeat(300)}\``,
  `h10: ${"\n".repeat(1_000)}end ${"👩‍👩‍👧‍👦".repeat(60)}`,
  "h11: @everyone @here <@123456789012345678> <#1> <@&2> <t:99999999999999:R> <:x:1>",
];

test("hostile posts are inert and keep within a phone's width", async () => {
  const pages = [await openFeed(PHONE), await openConsole(PHONE)];
  for (const text of HOSTILE) world.post(text);
  for (const page of pages) {
    for (const text of HOSTILE) {
      const name = text.split(" ", 1)[0] ?? "";
      const shown = card(page, name);
      await shown.first().waitFor();
      expect(await shown.locator("script, iframe, object, svg[onload], img[onerror]").count()).toBe(
        0,
      );
    }
    expect(await page.evaluate(() => "hacked" in window)).toBe(false);
    const hrefs = await page
      .locator("article a")
      .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
    expect(hrefs.filter((href) => !/^https?:\/\//.test(href))).toEqual([]);
    expect(await page.evaluate(widths)).toEqual({ page: 390, content: 390, tooWide: [] });
  }
  expect(world.mirrored().join("\n")).not.toMatch(/@everyone|@here/);
});

/** Runs in the page: how wide it is, and what stands out of the screen without a scroller of its own. */
function widths() {
  const isScrolled = (element: Element): boolean => {
    const { overflowX } = getComputedStyle(element);
    if (overflowX !== "visible" && element !== document.documentElement) return true;
    return element.parentElement !== null && isScrolled(element.parentElement);
  };
  const tooWide = [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > 390.5 && !isScrolled(element))
    .map((element) => `${element.tagName} ${element.textContent?.slice(0, 40)}`);
  return { page: window.innerWidth, content: document.documentElement.scrollWidth, tooWide };
}

test("the feed works by keyboard, and one sees where one is", async () => {
  for (const text of ["first by keyboard", "second by keyboard"]) world.post(text);
  const feed = await openFeed();
  await card(feed, "second by keyboard").waitFor();
  const focused = () =>
    feed.evaluate(() => {
      const element = document.activeElement;
      if (element === null || element === document.body) return { text: "", outline: 0 };
      const { outlineStyle, outlineWidth } = getComputedStyle(element);
      const outline = outlineStyle === "none" ? 0 : Number.parseFloat(outlineWidth);
      return { text: element.textContent ?? "", outline };
    });
  for (const [key, text] of [
    ["j", "second by keyboard"],
    ["j", "first by keyboard"],
    ["k", "second by keyboard"],
  ] as const) {
    await feed.keyboard.press(key);
    const { text: seen, outline } = await focused();
    expect(seen).toContain(text);
    expect(outline).toBeGreaterThanOrEqual(2);
  }
  await feed.keyboard.press("?");
  await feed.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await feed.keyboard.press("Escape");
  await feed.getByRole("dialog").waitFor({ state: "detached" });
  await holds(async () => expect((await focused()).text).toContain("second by keyboard"));
});

test("a dialog closed by a tap leaves no tooltip behind", async () => {
  const feed = await openFeed(PHONE);
  await feed.getByRole("button", { name: "Keyboard shortcuts" }).tap();
  await feed.getByRole("button", { name: "Close" }).tap();
  await feed.getByRole("dialog").waitFor({ state: "detached" });
  const help = feed.getByRole("button", { name: "Keyboard shortcuts" });
  await holds(async () =>
    expect(await help.evaluate((button) => button === document.activeElement)).toBe(true),
  );
  expect(await feed.getByRole("tooltip").count()).toBe(0);
});

test("every stop of the Tab key is visible, on both sites", async () => {
  for (const page of [await openFeed(), await openConsole()]) {
    for (let stop = 1; stop <= 12; stop += 1) {
      await page.keyboard.press("Tab");
      const outline = await page.evaluate(() => {
        const element = document.activeElement ?? document.body;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return { what: element.outerHTML.slice(0, 120), style: outlineStyle, width: outlineWidth };
      });
      expect(outline).toMatchObject({ style: "solid", width: "2px" });
    }
  }
});

test.each(["light", "dark"] as const)(
  "the built sites have their %s theme",
  async (colorScheme) => {
    for (const page of [await openFeed({ colorScheme }), await openConsole({ colorScheme })]) {
      const { ground, ink } = await page.evaluate(() => {
        const { backgroundColor, color } = getComputedStyle(document.documentElement);
        return { ground: backgroundColor, ink: color };
      });
      const dark = /^rgb\(\d{1,2}, \d{1,2}, \d{1,2}\)$/;
      const light = /^rgb\(2\d\d, 2\d\d, 2\d\d\)$/;
      expect(ground).toMatch(colorScheme === "dark" ? dark : light);
      expect(ink).toMatch(colorScheme === "dark" ? light : dark);
    }
  },
);

/** The site in the browser of somebody who is signed in. */
async function openSignedIn(person: SignedUp): Promise<Page> {
  const url = sites.line?.url ?? deployment.url;
  const localStorage = Object.entries(keptSignIn(url, person)).map(([name, value]) => {
    return { name, value };
  });
  secrets.push(person.token, person.refreshToken);
  const storageState = { cookies: [], origins: [{ origin: sites.web, localStorage }] };
  return await open(sites.web, { storageState });
}

test("a person's feed opens when access comes, keeps its screen when keys are renewed and locks when access ends, without a reload", async () => {
  const { client } = await connectMachine(deployment, "console", "access");
  const [person, neighbour] = await Promise.all(
    ["viewer", "neighbour"].map((name) => signUpPerson(deployment, `${name}@pages.example`)),
  );
  if (person === undefined || neighbour === undefined) throw new Error("two people were signed up");
  const give = async ({ userId }: SignedUp) => {
    const gift = { userId, tier: "pro", untilMs: null, reason: "pages" } as const;
    return (await client.mutation(api.access.giveGrant, gift)).grantId;
  };
  world.post("before access came");
  await holds(() => expect(world.mirrored()).toContain("before access came"));
  const page = await openSignedIn(person);
  await page.getByRole("heading", { name: "You have no plan yet" }).waitFor();
  await page.evaluate(() => {
    document.body.dataset.mark = "not reloaded";
  });

  const grantId = await give(person);
  await card(page, "before access came").waitFor();
  await status(page, /^Complete/);

  const neighbours = await give(neighbour);
  await page.evaluate(() => {
    const counts: number[] = [];
    const count = () => counts.push(document.querySelectorAll("[data-signal]").length);
    new MutationObserver(count).observe(document.body, { childList: true, subtree: true });
    Object.assign(window, { counts });
    count();
  });
  await client.mutation(api.access.revokeGrant, { grantId: neighbours }); // renews the shard's keys
  world.post("after the keys were renewed");
  await card(page, "after the keys were renewed").waitFor();
  await status(page, /^Complete/);
  const counts: number[] = await page.evaluate(() => Reflect.get(window, "counts"));
  expect(Math.min(...counts)).toBe(counts[0]);

  await client.mutation(api.access.revokeGrant, { grantId });
  await page.getByRole("heading", { name: /^Your access ended at/ }).waitFor();
  expect(await card(page, "before access came").count()).toBe(0);
  world.post("after access ended");
  await holds(() => expect(world.mirrored()).toContain("after access ended"));
  expect(await card(page, "after access ended").count()).toBe(0);
  expect(await page.evaluate(() => document.body.dataset.mark)).toBe("not reloaded");
  await client.close();
}, 90_000);

test("staff find a customer, give access with a reason, see why it is there, and take it back", async () => {
  const email = "found@pages.example";
  const person = await signUpPerson(deployment, email);
  const page = await openConsole();
  await page.getByRole("link", { name: "Customers" }).click();
  await page.getByRole("textbox", { name: "E-mail or id" }).fill("found@");
  await page.getByRole("button", { name: "Find" }).press("Enter");
  await page.getByRole("link", { name: email }).click();
  await page.getByText(person.userId).waitFor();

  const give = page.getByRole("form", { name: "Give access" });
  await give.getByRole("button", { name: "Give access" }).click();
  await give.getByText("Say why this access is given.").waitFor();
  await give.getByRole("combobox", { name: "Tier" }).selectOption("advanced");
  await give.getByRole("textbox", { name: "Reason" }).fill("won the raffle");
  await give.getByRole("button", { name: "Give access" }).click();
  const grants = page.getByRole("table", { name: "Grants" });
  const timeline = page.getByRole("table", { name: "Access over time" });
  await grants.getByText("won the raffle").waitFor();
  await timeline.getByRole("row", { name: /Advanced .*won the raffle/ }).waitFor();

  const whatIf = page.getByRole("form", { name: "What if" });
  await whatIf.getByLabel("As of").fill("2200-01-01T00:00");
  await whatIf.getByRole("button", { name: "Look" }).click();
  const explained = page.getByRole("region", { name: "What if" });
  await explained.getByText("Advanced without a known end").waitFor();
  await explained.getByRole("row", { name: /Advanced .*in force Grant won the raffle/ }).waitFor();

  await grants.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke grant" }).click();
  await timeline.getByRole("row", { name: /None .*won the raffle/ }).waitFor();
  if (process.env.SHOT !== undefined) {
    await page.screenshot({ path: process.env.SHOT, fullPage: true });
  }
}, 60_000);
