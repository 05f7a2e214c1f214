/**
 * Drives a page of ours in the system's Chromium against a stand-in deployment.
 * Everything is on loopback, on free ports, and closed by `close`.
 */
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { build, createServer, type PreviewServer, preview, type ViteDevServer } from "vite";
import { CHROMIUM_FLAGS, findChromium } from "../../../tools/browser/chromium.ts";

export type PageHarness = {
  /** The page's origin. */
  origin: string;
  /** A page of its own context; errors of its console are gathered. */
  open: (
    path: string,
    options?: BrowserContextOptions,
  ) => Promise<{ page: Page; errors: string[] }>;
  /** Closes every page opened so far. */
  closePages: () => Promise<void>;
  close: () => Promise<void>;
};

/** Serves the app in `appRoot` with Vite's dev server and starts a browser. */
export async function startPageHarness(
  appRoot: string,
  deploymentUrl: string,
  siteUrl = deploymentUrl,
): Promise<PageHarness> {
  pointPageAt(deploymentUrl, siteUrl);
  const vite = await createServer({
    ...pageConfig(appRoot),
    server: { host: "127.0.0.1", port: 0 },
  });
  await vite.listen();
  return await harnessOver(vite);
}

/** Builds the app in `appRoot` into `outDir`, serves what was built, and starts a browser. */
export async function startBuiltPageHarness(
  appRoot: string,
  deploymentUrl: string,
  outDir: string,
  siteUrl = deploymentUrl,
): Promise<PageHarness> {
  pointPageAt(deploymentUrl, siteUrl);
  const config = { ...pageConfig(appRoot), build: { outDir, emptyOutDir: true } };
  await build(config);
  return await harnessOver(await preview({ ...config, preview: { host: "127.0.0.1", port: 0 } }));
}

function pageConfig(appRoot: string) {
  return { root: appRoot, configFile: `${appRoot}/vite.config.ts`, logLevel: "error" as const };
}

function pointPageAt(deploymentUrl: string, siteUrl: string): void {
  process.env.VITE_CONVEX_URL = deploymentUrl;
  process.env.VITE_CONVEX_SITE_URL = siteUrl;
}

async function harnessOver(vite: ViteDevServer | PreviewServer): Promise<PageHarness> {
  const browser = await startBrowser();
  const origin = `http://127.0.0.1:${portOf(vite)}`;
  return {
    origin,
    open: (path, options) => openPage(browser, `${origin}${path}`, options),
    closePages: async () => {
      await Promise.all(browser.contexts().map((context) => context.close()));
    },
    close: async () => {
      await browser.close();
      await vite.close();
    },
  };
}

async function startBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined)
    throw new Error("No Chromium: name its binary in CHROMIUM_PATH");
  return await chromium.launch({ executablePath, args: CHROMIUM_FLAGS });
}

async function openPage(browser: Browser, url: string, options?: BrowserContextOptions) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") errors.push(message.text());
  });
  page.on("pageerror", (error) => errors.push(error.message));
  await page.goto(url);
  return { page, errors };
}

function portOf(vite: ViteDevServer | PreviewServer): number {
  const address = vite.httpServer?.address();
  if (address == null || typeof address === "string") throw new Error("Vite listens on no port");
  return address.port;
}
