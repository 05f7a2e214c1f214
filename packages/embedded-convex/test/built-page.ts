/** A fixture's page, built by Vite, served on loopback and driven in the system's Chromium. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { build, preview } from "vite";

const PATIENCE_MS = 30_000; // a page waits for a server that shares two cores with other tests

export interface BuiltPage {
  readonly origin: string;
  /** A browser profile of its own: pages in it share their storage, as tabs do. */
  profile(): Promise<BrowserContext>;
  close(): Promise<void>;
}

/** `env` is what the page sees as import.meta.env; names begin with VITE_. */
export async function startBuiltPage(
  root: string,
  env: Readonly<Record<`VITE_${string}`, string>>,
): Promise<BuiltPage> {
  const define = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [`import.meta.env.${name}`, JSON.stringify(value)]),
  );
  const config = { root, configFile: false as const, logLevel: "error" as const, define };
  await build(config);
  const server = await preview({ ...config, preview: { host: "127.0.0.1", port: 0 } });
  const browser = await chromium.launch({
    executablePath: chromiumPath(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  const address = server.httpServer.address();
  if (address === null || typeof address === "string") throw new Error("Vite listens on no port");
  return {
    origin: `http://127.0.0.1:${address.port}`,
    profile: async () => {
      const context = await browser.newContext();
      context.setDefaultTimeout(PATIENCE_MS);
      return context;
    },
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}

/** Of the environment's CHROMIUM_PATH, the system's or Playwright's: the first there is. */
function chromiumPath(): string {
  const { CHROMIUM_PATH, PATH = "" } = process.env;
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const onPath = PATH.split(delimiter).flatMap((dir) => names.map((name) => join(dir, name)));
  const found = [CHROMIUM_PATH, ...onPath, chromium.executablePath()].find(
    (path) => path !== undefined && existsSync(path),
  );
  if (found === undefined) throw new Error("No Chromium: name its binary in CHROMIUM_PATH");
  return found;
}
