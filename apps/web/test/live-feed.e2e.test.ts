/** The live feed in a real browser, over the official client, against the stand-in deployment. */
import { fileURLToPath } from "node:url";
import { FEEDS } from "@heliograph/domain";
import {
  type FakeDeployment,
  startFakeDeployment,
} from "@heliograph/live-client/test/fake-deployment";
import { FakeFeeds, fakeKey } from "@heliograph/live-client/test/fake-feeds";
import { type PageHarness, startPageHarness } from "@heliograph/live-client/test/page-harness";
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";

const appRoot = fileURLToPath(new URL("..", import.meta.url));
let deployment: FakeDeployment;
let harness: PageHarness;
let feeds: FakeFeeds;

beforeAll(async () => {
  deployment = await startFakeDeployment({
    queries: {
      "feed:position": (args) => feeds.position(args),
      "feed:segment": (args) => feeds.segment(args),
    },
    mutations: { "receipts:reportFeed": () => ({ state: "recorded" }) },
  });
  harness = await startPageHarness(appRoot, deployment.url);
});

afterAll(async () => {
  await harness?.close();
  await deployment?.close();
});

beforeEach(() => {
  feeds = new FakeFeeds();
  deployment.serverSkewMs = 0;
});

afterEach(() => harness.closePages());

const link = (epoch = 1) => `#keys=${FEEDS.map((feed) => fakeKey(feed, epoch)).join(",")}`;
const card = (page: Page, text: string) => page.locator("[data-signal]", { hasText: text });
const status = (page: Page, text: string | RegExp) =>
  page.getByRole("status").filter({ hasText: text }).first().waitFor();

async function openFeed(signals: number) {
  const before = feeds.of("basic").length;
  for (let n = 1; n <= signals; n += 1)
    feeds.post("basic", { content: `Note ${n}.`, agoMs: 60_000 });
  const opened = await harness.open(`/${link()}`);
  await status(
    opened.page,
    signals === 0 ? "no signals yet" : `Complete through Basic #${before + signals}`,
  );
  return opened;
}

test("the keys leave the address and stay in this tab", async () => {
  const { page } = await openFeed(3);
  expect(page.url()).toBe(`${harness.origin}/`);
  expect(await page.evaluate(() => sessionStorage.getItem("heliograph.keys"))).toBe(
    link().slice("#keys=".length),
  );
  await page.reload();
  await status(page, "Complete through Basic #3");
});

test("a post shows at once, newest on top, with its kind and its measured delay", async () => {
  const { page, errors } = await openFeed(20);
  feeds.post("pro", { kind: "entry", content: "**LONG** #ETH", source: { name: "Momentum" } });
  deployment.push();
  await card(page, "LONG").waitFor();
  const first = page.locator("[data-signal]").first();
  expect(await first.textContent()).toMatch(/Momentum\s*Entry[\s\S]*Pro #1/);
  await card(page, "LONG")
    .getByText(/here in \d+ ms/)
    .waitFor();
  expect(await page.locator("[data-signal] strong").first().textContent()).toBe("LONG");
  expect(errors).toEqual([]);
});

test("an edit replaces the text and says how much later it came; a delete leaves a tombstone", async () => {
  const { page } = await openFeed(2);
  const signal = feeds.post("basic", { content: "Stop 3,365" });
  deployment.push();
  await card(page, "Stop 3,365").waitFor();
  feeds.edit(signal, "Stop 3,350", signal.postedAtMs + 14_000);
  deployment.push();
  await card(page, "Stop 3,350").getByText("Edited 14 s later").waitFor();
  feeds.remove(signal);
  deployment.push();
  await page.getByText("Deleted by the source").waitFor();
  expect(await card(page, "3,350").count()).toBe(0);
});

test("signals deleted before they were seen share one quiet line", async () => {
  for (const content of ["a", "b", "c"]) feeds.remove(feeds.post("basic", { content }));
  const { page } = await openFeed(2);
  await page.getByText("3 signals were deleted by the source, Basic #1 to #3").waitFor();
  expect(await page.locator("[data-state=deleted]").count()).toBe(0);
});

test("after a lost line everything missed is fetched and the proof names the last one", async () => {
  const { page } = await openFeed(10);
  deployment.dropLine();
  await status(page, "Reconnecting");
  await status(page, "Not connected. Complete through Basic #10");
  for (let n = 11; n <= 60; n += 1) feeds.post("basic", { content: `Note ${n}.` });
  deployment.restoreLine();
  await status(page, "Complete through Basic #60");
  await page.evaluate(() => window.scrollTo(0, 400));
  await page.evaluate(() => window.scrollTo(0, document.body.scrollHeight));
  await card(page, "Note 1.").waitFor();
  const seqs = await page
    .locator("[data-signal]")
    .evaluateAll((cards) => cards.map((element) => Number(element.getAttribute("data-seq"))));
  expect(seqs).toEqual(Array.from({ length: 60 }, (_, index) => 60 - index));
});

test("a rotated key keeps what is shown; a new link in the same tab goes on", async () => {
  const { page } = await openFeed(5);
  feeds.rotate();
  deployment.push();
  await status(page, "This link was renewed");
  expect(await page.locator("[data-signal]").count()).toBe(5);
  feeds.post("basic", { content: "Only for the new key" });
  deployment.push();
  await page.evaluate((hash) => {
    window.location.hash = hash;
  }, link(2));
  await card(page, "Only for the new key").waitFor();
  await status(page, "Complete through Basic #6");
  expect(page.url()).not.toContain("keys=");
});

test("hostile text stays text and breaks no policy", async () => {
  const { page, errors } = await openFeed(0);
  feeds.post("basic", {
    content:
      '<img src=x onerror="window.hacked=1"> [go](javascript:window.hacked=1) <script>window.hacked=1</script> [binance.com](https://evil.example) <@123> tail',
    author: { name: "<b>Mallory</b>" },
  });
  deployment.push();
  await card(page, "tail").waitFor();
  expect(await card(page, "tail").locator("img, script, b").count()).toBe(0);
  const links = card(page, "tail").locator("a");
  expect(await links.evaluateAll((all) => all.map((a) => a.textContent))).toEqual([
    "https://evil.example",
  ]);
  expect(await links.first().getAttribute("rel")).toContain("noopener");
  expect(await page.evaluate(() => "hacked" in window)).toBe(false);
  expect(errors).toEqual([]);
});

test.each([3_600_000, -3_600_000])(
  "a server whose clock is %i ms off measures the same delay",
  async (serverSkewMs) => {
    deployment.serverSkewMs = serverSkewMs;
    const { page } = await openFeed(1);
    feeds.post("basic", { content: "Skewed", serverSkewMs });
    deployment.push();
    // A wrong offset would give no measurement, or one clamped to 0 ms.
    await card(page, "Skewed")
      .getByText(/here in [1-9]\d{0,2} ms/)
      .waitFor();
  },
);

test("j and k move between signals, ? shows the keys, Escape closes them", async () => {
  const { page } = await openFeed(4);
  const focused = () => page.evaluate(() => document.activeElement?.getAttribute("data-seq"));
  await page.keyboard.press("j");
  expect(await focused()).toBe("4");
  await page.keyboard.press("j");
  expect(await focused()).toBe("3");
  await page.keyboard.press("k");
  expect(await focused()).toBe("4");
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });
});

test("while the reader is further down nothing moves, and a pill counts what is new", async () => {
  const { page } = await openFeed(30);
  await page.evaluate(() => window.scrollTo(0, 900));
  const reading = card(page, "Note 20.");
  await reading.waitFor();
  const topBefore = (await reading.boundingBox())?.y;
  feeds.post("basic", { content: "New one" });
  deployment.push();
  await page.getByRole("button", { name: "1 new signal" }).waitFor();
  expect((await reading.boundingBox())?.y).toBeCloseTo(topBefore ?? Number.NaN, 0);
  await page.getByRole("button", { name: "1 new signal" }).click();
  await page.getByRole("button", { name: "1 new signal" }).waitFor({ state: "detached" });
});

test("a reply shows the beginning of its original and leads to it", async () => {
  const original = feeds.post("pro", { kind: "entry", content: "**LONG** #ETH 3,412" });
  const { page } = await openFeed(30);
  feeds.post("pro", {
    kind: "close",
    content: "Out.",
    replyTo: { feed: "pro", seq: original.seq },
  });
  deployment.push();
  await card(page, "Out.")
    .getByRole("button", { name: /Pro #1 LONG #ETH 3,412/ })
    .click();
  await expect
    .poll(() => page.evaluate(() => document.activeElement?.getAttribute("data-feed")))
    .toBe("pro");
});

test("without keys, and with a broken link, the page says what to do", async () => {
  const bare = await harness.open("/");
  await bare.page.getByRole("heading", { name: "Sign in to see the feed" }).waitFor();
  const broken = await harness.open("/#keys=v1.basic.cut");
  await broken.page.getByRole("heading", { name: "holds no valid feed key" }).waitFor();
});
