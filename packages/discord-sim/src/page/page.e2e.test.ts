import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { consentUrl } from "../../test/sign-in.ts";
import { PNG, SEED, startSim } from "../../test/sim-fixture.ts";
import { type DiscordSim, startDiscordSim } from "../index.ts";

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

type Visit = { page: Page; problems: string[]; signals: ReturnType<Page["locator"]> };

async function visit(sim: DiscordSim): Promise<Visit> {
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  await page.goto(sim.url);
  await page.locator('#connection[data-state="live"]').waitFor();
  return { page, problems, signals: page.getByRole("region", { name: "# signals" }) };
}

test("[DPAGE1] posts, edits and deletes appear live, and markup in them stays words", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const { page, problems, signals } = await visit(sim);
  await signals.getByText("No messages yet").waitFor();
  const evil =
    "<img src=x onerror=\"document.title='owned'\"> [click](javascript:alert(1)) <script>document.title='owned'</script>";
  const embeds = [{ title: evil, description: evil, fields: [{ name: evil, value: evil }] }];
  const { id: messageId } = sim.post({ channelId, username: "analyst", content: evil, embeds });
  const message = signals.locator(".message");
  await message.getByText("onerror").first().waitFor();
  expect(await message.locator("img, script, a").count()).toBe(0);
  expect(await page.title()).toBe("Simulated Discord");

  sim.edit({ channelId, messageId, content: "**calm**" });
  await message.locator("strong", { hasText: "calm" }).waitFor();
  await message.getByText("(edited)").waitFor();
  sim.remove({ channelId, messageId });
  await message.waitFor({ state: "detached" });
  expect(problems).toEqual([]);
});

test("[DPAGE3] by keyboard alone a person posts, edits, replies and deletes", async () => {
  const sim = await startSim();
  const { page, problems, signals } = await visit(sim);
  const messages = () => sim.messages(sim.channelId("Desk", "signals"));

  await signals.getByRole("textbox", { name: "Message #signals" }).focus();
  await page.keyboard.type("LONG BTC");
  await signals
    .locator("input[type=file]")
    .setInputFiles({ name: "chart.png", mimeType: "image/png", buffer: PNG });
  await page.keyboard.press("Enter");
  await signals.getByRole("img", { name: "chart.png" }).waitFor();
  expect(messages()[0]).toMatchObject({
    content: "LONG BTC",
    author: { username: "analyst" },
    attachments: [{ width: 3 }],
  });

  await signals.getByRole("button", { name: "Edit message of Ana Lyst" }).press("Enter");
  await page.keyboard.press("ControlOrMeta+A");
  await page.keyboard.type("SHORT BTC");
  await signals.getByRole("button", { name: "Save" }).press("Enter");
  await signals.getByText("(edited)").waitFor();

  await signals.getByRole("button", { name: "Reply to message of Ana Lyst" }).press("Enter");
  await page.keyboard.type("closed");
  await page.keyboard.press("Enter");
  await signals.locator(".reply", { hasText: "SHORT BTC" }).waitFor();
  expect(messages()[1]?.referenced_message?.content).toBe("SHORT BTC");

  await signals.getByRole("button", { name: "Delete message of Ana Lyst" }).first().press("Enter");
  await page.getByRole("dialog").getByRole("button", { name: "Delete" }).press("Enter");
  await signals.getByText("Original message was deleted").waitFor();
  expect(messages().map(({ content }) => content)).toEqual(["closed"]);
  expect(problems).toEqual([]);
});

test("[DPAGE3] what the simulator refuses is said in words beside the form", async () => {
  const sim = await startSim();
  const { page, signals } = await visit(sim);
  sim.post({ channelId: sim.channelId("Desk", "signals"), username: "analyst", content: "x" });
  await page.route("**/messages", (route) => route.abort());
  await signals.getByRole("textbox").fill("will not arrive");
  await signals.getByRole("button", { name: "Send" }).click();
  await signals.getByRole("alert").getByText("The simulator cannot be reached.").waitFor();
  expect(await signals.getByRole("textbox").inputValue()).toBe("will not arrive");
});

test("[DPAGE4] after the simulator was away the page says so, comes back and shows what it missed", async () => {
  const first = await startDiscordSim({ seed: SEED });
  const ids = { guild: first.guilds()[0]?.id ?? "", channel: first.channelId("Desk", "signals") };
  first.post({ channelId: ids.channel, username: "analyst", content: "before" });
  const { page, signals } = await visit(first);
  await signals.getByText("before").waitFor();
  await first.close();
  await page.getByText("Connection lost").waitFor();

  const guilds = [
    { id: ids.guild, name: "Desk", channels: [{ id: ids.channel, name: "signals" }] },
  ];
  const second = await startSim({ port: first.port, seed: { ...SEED, guilds } });
  second.post({ channelId: ids.channel, username: "analyst", content: "missed" });
  await page.getByText("Live", { exact: true }).waitFor();
  await signals.getByText("missed").waitFor();
  expect(await signals.getByText("before").count()).toBe(0);
});

test("[DPAGE5] a thread is started from a message, stands below its channel and opens beside it", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  sim.post({ channelId, username: "analyst", content: "LONG BTC" });
  const { page, problems, signals } = await visit(sim);
  await signals
    .getByRole("button", { name: "Start a thread from message of Ana Lyst" })
    .press("Enter");
  const thread = page.getByRole("region", { name: "↳ LONG BTC" });
  await thread.getByRole("textbox").fill("why?");
  await thread.getByRole("button", { name: "Send" }).click();
  await thread.getByText("why?", { exact: true }).waitFor();
  await signals.getByRole("button", { name: "Thread: LONG BTC" }).waitFor();
  const opened = sim.channels().find(({ parentId }) => parentId === channelId);
  expect(sim.messages(opened?.id ?? "").map(({ content }) => content)).toContain("why?");
  expect(problems).toEqual([]);
});

test("[DPAGE6] members stand with their roles, live, and roles are given and taken there", async () => {
  const sim = await startSim();
  const guildId = sim.guildId("Desk");
  const rolesOf = () => {
    const reader = sim.members(guildId).find(({ username }) => username === "reader");
    return reader?.roles.map(({ name }) => name);
  };
  const { page, problems } = await visit(sim);
  const desk = page.locator("#guilds section", { hasText: "Desk" });
  await desk.getByText("Members (4)").click();
  await desk.getByLabel("Give a role to reader").selectOption("Basic");
  await desk.getByRole("button", { name: "Take Basic from reader" }).waitFor();
  expect(rolesOf()).toEqual(["Basic"]);
  await desk.getByRole("button", { name: "Take Basic from reader" }).press("Enter");
  await desk.getByLabel("Give a role to reader").getByText("Basic").waitFor({ state: "attached" });
  expect(rolesOf()).toEqual([]);
  sim.act({ kind: "leave", guildId, userId: sim.userId("reader") });
  await desk.getByText("Members (3)").waitFor();
  expect(problems).toEqual([]);
});

test("[DPAGE7] a poll is voted on, a forward and a pin are shown as such", async () => {
  const sim = await startSim();
  const channelId = sim.channelId("Desk", "signals");
  const poll = { question: "Up?", answers: ["yes", "no"] };
  const { id: messageId } = sim.post({ channelId, username: "analyst", poll });
  const { problems, signals } = await visit(sim);
  await signals.getByRole("button", { name: "yes (0)" }).click();
  await signals.getByRole("button", { name: "yes (1)" }).waitFor();
  const source = sim.post({
    channelId: sim.channelId("Club", "mirror"),
    username: "reader",
    content: "seen before",
  });
  const forward = { channelId: source.channel_id, messageId: source.id };
  sim.post({ channelId, username: "reader", forward });
  await signals.locator(".forwarded", { hasText: "seen before" }).waitFor();
  sim.act({ kind: "pin", channelId, messageId, userId: sim.userId("analyst") });
  await signals.getByText("pinned a message to this channel.").waitFor();
  expect(problems).toEqual([]);
});

test("[DOAUTH6] on the consent page a person chooses who they are and goes back to the application", async () => {
  const sim = await startSim();
  const page = await browser.newPage();
  onTestFinished(() => page.close());
  const redirect_uri = `${sim.url}/page/icon.svg`; // any address that answers
  await page.goto(consentUrl(sim, { redirect_uri, scope: "identify guilds.join", state: "s" }));
  await page.getByLabel("reader (reader)").check();
  await page.getByRole("button", { name: "Authorize" }).click();
  await page.waitForURL(/code=/);
  expect(new URL(page.url()).searchParams.get("state")).toBe("s");
});
