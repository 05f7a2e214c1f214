/**
 * The two sites: built and served as static files, or from Vite's dev server when
 * watching. They are built into the data folder, because the addresses of this
 * deployment are built in; when nothing has changed, the last build serves.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../deployment/convex-cli.ts";
import type { PortName } from "./flags.ts";
import type { Ground } from "./ground.ts";
import { READY_MS, respondsOk } from "./ready.ts";
import * as screen from "./screen.ts";
import { hashOfSources } from "./source-hash.ts";

const VITE = join(ROOT, "node_modules/vite/bin/vite.js");

interface Site {
  readonly name: Extract<PortName, "web" | "console">;
  readonly app: string;
}

const SITES: readonly Site[] = [
  { name: "web", app: "web" },
  { name: "console", app: "admin" },
];

/** Throws PartFailedError with what Vite said. */
export async function startSites(ground: Ground): Promise<void> {
  if (!ground.flags.watch) await Promise.all(SITES.map((site) => build(ground, site)));
  await Promise.all(SITES.map((site) => serve(ground, site)));
}

async function build(ground: Ground, site: Site): Promise<void> {
  const { app, name } = site;
  const stampFile = `${outDir(ground, site)}.sha256`;
  const stamp = hashOfSources(
    ROOT,
    [`apps/${app}`, "packages", "convex/_generated", "package-lock.json", "tsconfig.json"],
    addresses(ground),
  );
  if (readOrUndefined(stampFile) === stamp) return;
  await ground.finish({
    name: `${name}-build`,
    args: [VITE, "build", "--logLevel", "warn", ...out(ground, site), "--emptyOutDir"],
    cwd: join(ROOT, "apps", app),
    env: { ...process.env, ...addresses(ground) },
  });
  writeFileSync(stampFile, stamp);
}

async function serve(ground: Ground, site: Site): Promise<void> {
  const { name, app } = site;
  const { flags, origins } = ground;
  const where = ["--port", String(flags.ports[name]), "--strictPort", "--host", "127.0.0.1"];
  const how = flags.watch
    ? ["--logLevel", "warn", "--clearScreen", "false"]
    : ["preview", ...out(ground, site)];
  const part = ground.run({
    name,
    args: [VITE, ...how, ...where],
    cwd: join(ROOT, "apps", app),
    env: { ...process.env, ...addresses(ground) },
    ...(flags.watch && { onLine: (line: string) => screen.said(name, line) }),
  });
  await part.ready(() => respondsOk(origins[name]), READY_MS);
}

function addresses({ origins }: Ground): Record<string, string> {
  return { VITE_CONVEX_URL: origins.engine, VITE_CONVEX_SITE_URL: origins.site };
}

const outDir = ({ flags }: Ground, { name }: Site) => join(flags.dataDir, "sites", name);
const out = (ground: Ground, site: Site) => ["--outDir", outDir(ground, site)];

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
