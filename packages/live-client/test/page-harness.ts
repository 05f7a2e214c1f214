/**
 * Drives a page of ours in the system's Chromium against a stand-in deployment.
 * Everything is on loopback, on free ports, and closed by `close`.
 */
import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { createServer, type ViteDevServer } from "vite";

const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const ARGUMENTS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

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

/** Serves the app in `appRoot` with Vite and starts a browser. */
export async function startPageHarness(
  appRoot: string,
  deploymentUrl: string,
): Promise<PageHarness> {
  process.env.VITE_CONVEX_URL = deploymentUrl;
  process.env.VITE_CONVEX_SITE_URL = deploymentUrl;
  const vite = await createServer({
    root: appRoot,
    configFile: `${appRoot}/vite.config.ts`,
    logLevel: "error",
    server: { host: "127.0.0.1", port: 0 },
  });
  await vite.listen();
  const executablePath = process.env.CHROMIUM_PATH ?? CHROMIUM.find((path) => existsSync(path));
  if (executablePath === undefined) throw new Error(`No Chromium at ${CHROMIUM.join(", ")}`);
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS });
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

function portOf(vite: ViteDevServer): number {
  const address = vite.httpServer?.address();
  if (address == null || typeof address === "string") throw new Error("Vite listens on no port");
  return address.port;
}
