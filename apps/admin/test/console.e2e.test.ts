/** The operator's console in a real browser, over the official client, against the stand-in deployment. */
import { fileURLToPath } from "node:url";
import { PLAIN_RULES } from "@heliograph/domain";
import {
  type FakeDeployment,
  startFakeDeployment,
} from "@heliograph/live-client/test/fake-deployment";
import { type PageHarness, startPageHarness } from "@heliograph/live-client/test/page-harness";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { FakeConsole, fakeJwt } from "./fake-console.ts";

const appRoot = fileURLToPath(new URL("..", import.meta.url));
let deployment: FakeDeployment;
let harness: PageHarness;
let backend: FakeConsole;

beforeAll(async () => {
  deployment = await startFakeDeployment({ queries: {}, mutations: {} });
  harness = await startPageHarness(appRoot, deployment.url);
});

afterAll(async () => {
  await harness?.close();
  await deployment?.close();
});

beforeEach(() => {
  backend = new FakeConsole();
  deployment.functions = backend.functions();
  deployment.exchangeToken = (bearer) => {
    if (bearer === "good" && !backend.ended) {
      return { status: 200, body: { token: fakeJwt(), kind: "console", name: "npm start" } };
    }
    if (bearer === "bot")
      return { status: 200, body: { token: fakeJwt(), kind: "bot", name: "B" } };
    const code = { good: "revoked_token", old: "expired_token" }[bearer] ?? "unknown_token";
    return { status: 401, body: { code, message: "Refused." } };
  };
});

afterEach(() => harness.closePages());

async function openConsole(path = "/") {
  const opened = await harness.open(`${path}#token=good`);
  await opened.page.getByRole("navigation", { name: "Views" }).waitFor();
  return opened;
}

test("the token leaves the address, stays in this tab and opens the console", async () => {
  const { page, errors } = await openConsole();
  expect(page.url()).toBe(`${harness.origin}/`);
  expect(await page.evaluate(() => sessionStorage.getItem("heliograph.token"))).toBe("good");
  await page.getByRole("heading", { name: "No signals yet" }).waitFor();
  expect(errors).toEqual([]);
});

test("a screenful of signals shows at first, the rest when asked for, and none of it counts as new", async () => {
  for (let n = 1; n <= 14; n++) backend.feeds.post("pro", { content: `Signal ${n}` });
  const { page } = await openConsole();
  const cards = page.getByRole("feed").getByRole("article");
  await page.getByText("Signal 14", { exact: true }).waitFor();
  expect(await cards.count()).toBe(12);
  await page.getByRole("button", { name: "Show 50" }).click();
  await page.getByText("Signal 1", { exact: true }).waitFor();
  expect(await cards.count()).toBe(14);
  expect(await page.getByText("Measured").locator("..").textContent()).toContain("0");
  expect(await page.getByRole("button", { name: "Show 50" }).count()).toBe(0);
});

test("a signal shows with its stamps and what each target shows of it", async () => {
  const { page } = await openConsole();
  await page.getByRole("heading", { name: "No signals yet" }).waitFor(); // else it was there at first
  backend.mirrors = [mirror("VIP", "applied"), mirror("Alpha", "failed")];
  backend.feeds.post("pro", { kind: "entry", content: "**LONG** #ETH" });
  deployment.push();
  const card = page.getByRole("article").filter({ hasText: "LONG" });
  await card.getByText("Source to received").waitFor();
  await card.getByRole("listitem").filter({ hasText: "VIP" }).getByText("Applied").waitFor();
  await card.getByText("missing_permission: May not post here.").waitFor();
  await card.getByText(/Received to painted/).waitFor();
});

test("the latency view shows each surface against the target, by hour and by day", async () => {
  const { page } = await openConsole("/latency");
  const web = page.getByRole("row", { name: /Website, painted/ });
  await web.getByText("Within target").waitFor();
  await page
    .getByRole("row", { name: /Discord, acknowledged/ })
    .getByText("No data")
    .waitFor();
  await page.getByText("Target 100 ms").waitFor();
  await page.getByRole("radio", { name: "Last day" }).click();
  await web.getByText("Over target").waitFor();
});

test("a refused source says so at its field; a good one is listed", async () => {
  const { page } = await openConsole("/sources");
  const form = page.getByRole("form", { name: "Add a source" });
  await form.getByLabel("Name").fill("Momentum Desk");
  await form.getByRole("button", { name: "Add source" }).click();
  await form.getByText("A Discord id is 5 to 25 digits.").first().waitFor();
  await form.getByLabel("Channel id").fill("910000000000000009");
  await form.getByLabel("Server id").fill("900000000000000001");
  await form.getByRole("button", { name: "Add source" }).click();
  await form.getByText("Another source has this name.").waitFor();
  await form.getByLabel("Name").fill("Majors Room");
  await form.getByRole("button", { name: "Add source" }).click();
  await page.getByRole("row", { name: /Majors Room/ }).waitFor();
  expect(await form.getByLabel("Name").inputValue()).toBe("");
});

test("the capture view says why a source is not heard; a template is tried out before it is saved", async () => {
  const { page, errors } = await openConsole("/capture");
  const row = page.getByRole("row", { name: /Momentum Desk/ });
  await row.getByText("Failing").waitFor();
  await row.getByText("The bot cannot see this channel.").waitFor();
  await row.getByText(/3 read again/).waitFor();
  const form = page.getByRole("form", { name: "Add a template" });
  await form.getByLabel("Template").fill("{{ticker");
  await form.getByText(/Line 1, column 1: Close this/).waitFor();
  await form.getByLabel("Template").fill("**{{action:upper}}** {{ticker}} at {{close:number}}");
  await page.getByLabel("What it makes of the alert").getByText("BUY").waitFor();
  await page.getByText("BTCUSDT at 61,200.5").waitFor();
  await form.getByRole("button", { name: "Save template" }).click();
  await page.getByRole("row", { name: /All others/ }).waitFor();
  expect(errors).toEqual([]);
});

test("a route is added with a preview, changed, paused, and removed after asking", async () => {
  const { page } = await openConsole("/sources");
  await page.getByRole("button", { name: "New route" }).click();
  const form = page.getByRole("form", { name: "Add a route" });
  await form.getByLabel("Target name").fill("VIP");
  await form.getByLabel("Channel id").fill("930000000000000001");
  await form.getByLabel("Server id").fill("920000000000000001");
  await form.getByLabel("Line before each post").fill("VIP only");
  await form.getByLabel("Words to take out").fill("advert");
  await page.getByLabel("Sample post").fill("BTC advert long");
  const preview = page.getByRole("status", { name: "As it would be posted" });
  await preview.getByText("VIP only BTC long").waitFor();
  await form.getByRole("button", { name: "Add route" }).click();
  const row = page.getByRole("row", { name: /VIP/ });
  await row.getByRole("button", { name: "Edit" }).click();
  const edit = page.getByRole("form", { name: "Route VIP" });
  await edit.getByLabel("Posted as").selectOption("webhook");
  await edit.getByRole("button", { name: "Save" }).click();
  await row.getByText("by webhook, prefix, filters").waitFor();
  await row.getByRole("button", { name: "Pause" }).click();
  await row.getByText("Paused").waitFor();
  await row.getByRole("button", { name: "Remove" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Remove route" }).click();
  await page.getByRole("heading", { name: "No routes yet" }).waitFor();
});

test("a queue says why it waits, and is tried at once when asked for", async () => {
  backend.queues = [queue()];
  const { page } = await openConsole("/queues");
  const row = page.getByRole("row", { name: /VIP/ });
  await row.getByText("missing_access × 3").waitFor();
  await row.getByRole("button", { name: "Retry now" }).click();
  await page.getByRole("heading", { name: "Nothing waits" }).waitFor();
});

test("a bot is revoked after asking; the console goes on", async () => {
  const { page } = await openConsole("/machines");
  const bot = page.getByRole("row", { name: /Bot 1/ });
  await bot.getByRole("button", { name: "Revoke" }).click();
  await page.getByRole("alertdialog").getByRole("button", { name: "Revoke" }).click();
  await bot.getByText("revoked").waitFor();
  await page
    .getByRole("row", { name: /this console/ })
    .getByText("active")
    .waitFor();
});

test("a console that is revoked closes at once and forgets its token", async () => {
  const { page } = await openConsole("/machines");
  backend.ended = true;
  deployment.push();
  await page.getByRole("heading", { name: "This console was revoked" }).waitFor();
  expect(await page.evaluate(() => sessionStorage.getItem("heliograph.token"))).toBeNull();
  expect(await page.getByRole("table").count()).toBe(0);
});

test.each([
  ["/#token=old", "This console's token has expired"],
  ["/#token=nonsense", "This token is not known"],
  ["/#token=bot", "This token is not for a console"],
  ["/", "Sign in to the console"],
])("%s says: %s", async (path, title) => {
  const { page } = await harness.open(path);
  await page.getByRole("heading", { name: title }).waitFor();
});

test("another token opened in the same tab signs in", async () => {
  const { page } = await harness.open("/#token=old");
  await page.getByRole("heading", { name: "has expired" }).waitFor();
  await page.evaluate(() => {
    window.location.hash = "#token=good";
  });
  await page.getByRole("navigation", { name: "Views" }).waitFor();
});

test("views have addresses; back returns to the last one", async () => {
  const { page } = await openConsole();
  await page.getByRole("link", { name: "Machines" }).click();
  expect(page.url()).toBe(`${harness.origin}/machines`);
  await page.goBack();
  await page.getByRole("heading", { name: "No signals yet" }).waitFor();
});

test("the page of Discord says which bot is away, what to click and what is silent", async () => {
  const { page } = await openConsole("/discord");
  await page.getByRole("row", { name: /Heliograph.*Reconnecting.*42 ms.*0, 1 of 2/ }).waitFor();
  const patient = page.getByRole("row", { name: /Source Momentum Desk/ });
  await patient.getByText("Edit Channel > Permissions").waitFor();
  await page.getByRole("row", { name: /Momentum Desk Silent.*Within 1 h, as learned/ }).waitFor();
  await page.getByRole("link", { name: /Discord.*1/ }).waitFor();
});

test.each(["/", "/latency", "/sources", "/queues", "/discord", "/machines"])(
  "%s fits a phone",
  async (path) => {
    backend.routes = [
      {
        routeId: "r",
        sourceId: "source-1",
        guildId: "90001",
        channelId: "91002",
        name: "VIP",
        pingRoleId: null,
        shard: 0,
        paused: true,
        rules: PLAIN_RULES,
      },
    ];
    backend.queues = [queue()];
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    const { page } = await harness.open(`${path}#token=good`, phone);
    await page.getByRole("navigation", { name: "Views" }).waitFor();
    await page.getByText("Loading").first().waitFor({ state: "detached" });
    expect(await page.evaluate(() => window.innerWidth)).toBe(390);
  },
);

test("a lost line shows, and the console catches up by itself", async () => {
  const { page } = await openConsole();
  deployment.dropLine();
  await page.getByText("Reconnecting").waitFor();
  backend.feeds.post("pro", { content: "While away" });
  deployment.restoreLine();
  await page.getByRole("article").filter({ hasText: "While away" }).waitFor();
});

function queue() {
  return {
    ...{ channelId: "91002", guildId: "90001", targetName: "VIP" },
    ...{ due: 0, waiting: 3, failed: 0, oldestAtMs: Date.now(), nextAtMs: Date.now() },
    reasons: [{ code: "missing_access", message: "The bot cannot see this channel.", count: 3 }],
  };
}

function mirror(targetName: string, state: "applied" | "failed") {
  const failed = state === "failed";
  return {
    mirrorId: targetName,
    targetName,
    channelId: "1",
    state,
    wantedRevision: 1,
    appliedRevision: failed ? null : 1,
    deleted: false,
    attempt: 1,
    code: failed ? "missing_permission" : null,
    message: failed ? "May not post here." : null,
  };
}
