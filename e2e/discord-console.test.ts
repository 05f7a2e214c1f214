/** A seller's first hour with Discord: two bots, a target that is shut, what to click, a test, a route. */
import { randomBytes } from "node:crypto";
import { type DiscordSim, startDiscordSim } from "discord-sim";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test, vi } from "vitest";
import { issueMachine, seed } from "../tools/deployment/admin.ts";
import { type BotProcess, startBotProcess } from "../tools/deployment/discord-world.ts";
import { openConsoleSite } from "./sites.ts";
import { openBrowser, visit } from "./visitors.ts";

const deployment = inject("deployment");
const id = () => String(10n ** 17n + BigInt(`0x${randomBytes(7).toString("hex")}`));
const VIEW_CHANNEL = String(1n << 10n);
const WITHOUT_INVITES = String((1n << 40n) - 1n - 8n - 1n); // Administrator is bit 3, Create Invite bit 0
const [desk, club, calls, signals] = [id(), id(), id(), id()];
const run = randomBytes(3).toString("hex");
const closers: (() => unknown)[] = [];
let sim: DiscordSim;
let browser: Browser;
let site: { origin: string };

beforeAll(async () => {
  sim = await startDiscordSim({
    seed: {
      guilds: [
        { id: desk, name: `Desk ${run}`, channels: [{ id: calls, name: "calls" }] },
        {
          id: club,
          name: `Club ${run}`,
          channels: [{ id: signals, name: "signals" }],
          members: ["mara", `second-${run}`],
          everyonePermissions: VIEW_CHANNEL,
        },
      ],
      bots: [
        { token: "first-token", username: `first-${run}` },
        { token: "second-token", username: `second-${run}`, permissions: WITHOUT_INVITES },
      ],
      users: [{ username: "mara" }],
    },
  });
  closers.push(() => sim.close());
  const source = { name: `calls ${run}`, guildId: desk, channelId: calls, minTier: "pro" };
  await seed(deployment, { sources: [source], routes: [] });
  const opened = await openConsoleSite(deployment);
  closers.push(() => opened.close());
  site = opened;
  browser = await openBrowser();
  closers.push(() => browser.close());
});
afterAll(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const shut = (deny: string | null) =>
  sim.act(
    deny === null
      ? { kind: "removeOverwrite", channelId: signals, id: club }
      : { kind: "setOverwrite", channelId: signals, id: club, type: "role", deny },
  );

async function startBots(): Promise<BotProcess> {
  const bot = await startBotProcess(deployment, `bots-${run}`, {
    DISCORD_TOKEN: "first-token,second-token",
    DISCORD_API_URL: sim.apiUrl,
    HELIOGRAPH_BOT_SHARDS: "10", // others of this suite work on shard 0
    HELIOGRAPH_BOT_HEALTH_PORT: "0",
  });
  closers.push(() => bot.stop());
  return bot;
}

test("the console shows the bots, says what to click, tests a target and gives it its token", async () => {
  const bot = await startBots();
  const { token } = await issueMachine(deployment, { kind: "console", name: `console ${run}` });
  const { page, problems } = await visit(browser, `${site.origin}/discord#token=${token}`, {
    expected: /ConvexError/,
  });
  for (const name of ["first", "second"]) {
    await page.getByRole("row", { name: new RegExp(`${name}-${run}.*Online`) }).waitFor();
  }

  shut(VIEW_CHANNEL);
  await page.getByRole("link", { name: "Sources & routes" }).click();
  await page.getByRole("button", { name: "New route" }).click();
  const form = page.getByRole("form", { name: "Add a route" });
  await form.getByLabel("From source").selectOption({ label: `calls ${run}` });
  await form.getByLabel("Server", { exact: true }).selectOption({ label: `Club ${run}` });
  await form.getByLabel("Target name").fill(`members ${run}`);
  await form.getByText("The bot lacks View Channel in #signals").waitFor();
  await form.getByRole("button", { name: "Add route" }).click();
  await form.getByRole("alert").getByText("Edit Channel > Permissions").waitFor();

  shut(null);
  await form.getByText("Nothing stands in the way.").waitFor();
  await form.getByRole("button", { name: "Send a test message" }).click();
  await form.getByText("Last test passed").waitFor();
  expect(sim.messages(signals)).toEqual([]);
  await form.getByRole("button", { name: "Add route" }).click();
  await page.getByRole("row", { name: new RegExp(`members ${run}`) }).waitFor();

  sim.post({ channelId: calls, username: "mara", content: "BTC long 61,200" });
  await vi.waitFor(() => expect(sim.messages(signals)).toHaveLength(1), { timeout: 10_000 });
  expect(sim.messages(signals)[0]?.author.username).toBe(`second-${run}`);

  const { port } = await bot.logged("health.listening");
  const ask = async (path: string) => await fetch(`http://127.0.0.1:${port}${path}`);
  expect((await ask("/readyz")).status).toBe(200);
  const metrics = await (await ask("/metrics")).text();
  expect(metrics).toMatch(/lease_held\{bot="bots-\w+#1",shard="11"\} 1/);

  await page.getByRole("button", { name: `Edit calls ${run}` }).click();
  const settings = page.getByRole("dialog", { name: `Edit calls ${run}` });
  await settings.getByLabel("Picture hosts").fill("i.example.com");
  await settings.getByRole("button", { name: "Save" }).click();
  await page.getByRole("row", { name: new RegExp(`calls ${run}.*i\\.example\\.com`) }).waitFor();

  await page.getByRole("link", { name: "Discord" }).click();
  const opened = page.getByRole("form", { name: "Add a server" });
  await opened.getByLabel("Server").selectOption({ label: `Club ${run}` });
  await opened.getByText(`The bot lacks Create Invite in Club ${run}`).waitFor();
  await opened.getByRole("button", { name: "Add server" }).click();
  const asked = page.getByRole("alertdialog");
  await asked.getByText("who have linked Discord are added now").waitFor();
  await asked.getByRole("button", { name: "Add server" }).click();
  const listed = page.getByRole("row", { name: new RegExp(`Club ${run}.*Basic and above`) });
  await listed.getByText("switch on Create Invite").waitFor();
  await listed.getByRole("button", { name: "Remove" }).click();
  await asked.getByRole("button", { name: "Remove server" }).click();
  await listed.waitFor({ state: "detached" });

  await bot.stop();
  await page.getByRole("row", { name: new RegExp(`first-${run}.*Offline`) }).waitFor();
  expect(problems()).toEqual([]);
});
