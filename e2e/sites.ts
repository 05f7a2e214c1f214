/** Both sites, built for the deployment under test and served as files, over a line that can be cut. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { preview } from "vite";
import { ROOT } from "../tools/deployment/convex-cli.ts";
import type { TestDeployment } from "../tools/deployment/given-deployment.ts";
import { type Line, layLine } from "./line.ts";

export interface Sites {
  /** Origins without a slash at the end. */
  readonly web: string;
  readonly console: string;
  /** To the functions, and with them the socket; HTTP actions go their own way. Null over https. */
  readonly line: Line | null;
  close(): Promise<void>;
}

export async function openSites(deployment: TestDeployment): Promise<Sites> {
  const line = deployment.url.startsWith("http:") ? await layLine(deployment.url) : null;
  const dir = mkdtempSync(join(tmpdir(), "heliograph-sites-"));
  const env = {
    VITE_CONVEX_URL: line?.url ?? deployment.url,
    VITE_CONVEX_SITE_URL: deployment.siteUrl,
  };
  const [web, console] = await Promise.all(
    ["web", "admin"].map(async (app) => {
      const outDir = join(dir, app);
      await build(app, outDir, env);
      return await serve(app, outDir);
    }),
  );
  if (web === undefined || console === undefined) throw new Error("two sites were to be served");
  return {
    web: web.origin,
    console: console.origin,
    line,
    async close() {
      await Promise.all([web.close(), console.close(), line?.close()]);
      rmSync(dir, { recursive: true });
    },
  };
}

/** The console alone, as files. */
export async function openConsoleSite(
  deployment: TestDeployment,
): Promise<{ origin: string; close(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), "heliograph-console-"));
  const { url: VITE_CONVEX_URL, siteUrl: VITE_CONVEX_SITE_URL } = deployment;
  await build("admin", dir, { VITE_CONVEX_URL, VITE_CONVEX_SITE_URL });
  const { origin, close } = await serve("admin", dir);
  return {
    origin,
    async close() {
      await close();
      rmSync(dir, { recursive: true });
    },
  };
}

/** As `npm start` does it. Throws with what the build said. */
async function build(app: string, outDir: string, env: Record<string, string>): Promise<void> {
  const vite = join(ROOT, "node_modules/vite/bin/vite.js");
  const child = spawn(
    process.execPath,
    [vite, "build", "--logLevel", "error", "--outDir", outDir],
    {
      cwd: join(ROOT, "apps", app),
      env: { ...process.env, NODE_ENV: "production", ...env }, // not the test runner's NODE_ENV
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`apps/${app} could not be built (exit code ${code}): ${said}`);
}

/** In this process: it ends with it, whatever happens. */
async function serve(app: string, outDir: string) {
  const server = await preview({
    root: join(ROOT, "apps", app),
    configFile: join(ROOT, "apps", app, "vite.config.ts"),
    logLevel: "error",
    build: { outDir },
    preview: { host: "127.0.0.1", port: 0 },
  });
  const address = server.httpServer.address();
  if (address === null || typeof address === "string") throw new Error(`${app} has no port`);
  return { origin: `http://127.0.0.1:${address.port}`, close: () => server.close() };
}
