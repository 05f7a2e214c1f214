/** Both pages as they are built: under their strict content policy, with nothing in the way. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FakeDeployment, startFakeDeployment } from "./fake-deployment.ts";
import { FakeFeeds, fakeKey } from "./fake-feeds.ts";
import { startBuiltPageHarness } from "./page-harness.ts";

const feeds = new FakeFeeds();
let deployment: FakeDeployment;
let outDir: string;

beforeAll(async () => {
  const { position, segment } = feeds;
  const queries = { "feed:position": position, "feed:segment": segment };
  deployment = await startFakeDeployment({ queries, mutations: {} });
  outDir = mkdtempSync(join(tmpdir(), "heliograph-pages-"));
});

afterAll(async () => {
  await deployment?.close();
  rmSync(outDir, { recursive: true, force: true });
});

const rootOf = (app: string) => fileURLToPath(new URL(`../../../apps/${app}`, import.meta.url));

test("the built feed shows signals, dialogs and tooltips without breaking its policy", async () => {
  const harness = await startBuiltPageHarness(rootOf("web"), deployment.url, outDir);
  try {
    feeds.post("pro", { kind: "entry", content: "**LONG** #ETH" });
    const { page, errors } = await harness.open(`/#keys=${fakeKey("pro")}`);
    await page.getByRole("article").filter({ hasText: "LONG" }).waitFor();
    await page.keyboard.press("?");
    await page.getByRole("dialog", { name: "Keyboard shortcuts" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("article").locator("time").hover();
    await page.getByRole("tooltip").waitFor();
    expect(errors).toEqual([]);
  } finally {
    await harness.close();
  }
});

test("inline scripts and foreign connections are refused by the built pages", async () => {
  const harness = await startBuiltPageHarness(rootOf("admin"), deployment.url, outDir);
  try {
    const { page, errors } = await harness.open("/");
    await page.getByRole("heading", { name: "Sign in to the console" }).waitFor();
    expect(errors).toEqual([]);
    const outcome = await page.evaluate(async () => {
      const script = document.createElement("script");
      try {
        script.textContent = "window.hacked = true";
      } catch {
        return "refused as untrusted";
      }
      document.head.append(script);
      return "hacked" in window ? "ran" : "refused";
    });
    expect(outcome).toBe("refused as untrusted");
    const reached = await page.evaluate(() =>
      fetch("http://127.0.0.1:9/").then(
        () => "reached",
        () => "refused",
      ),
    );
    expect(reached).toBe("refused");
    expect(errors.join("\n")).toContain("Content Security Policy");
  } finally {
    await harness.close();
  }
});
