/** The two sites: built once and served as static files, or from the dev server when watching. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { StartFlags } from "./flags.ts";
import { PartFailedError, type PartSpec } from "./part.ts";

type SiteEnvironment = Readonly<Record<string, string>>;

const vite = (root: string) => join(root, "node_modules/vite/bin/vite.js");

/** Builds both sites for this deployment. Throws PartFailedError with what the build said. */
export async function buildSites(root: string, env: SiteEnvironment): Promise<void> {
  await Promise.all(["web", "admin"].map((app) => build(root, app, env)));
}

function build(root: string, app: string, env: SiteEnvironment): Promise<void> {
  const child = spawn(process.execPath, [vite(root), "build", "--logLevel", "warn"], {
    cwd: join(root, "apps", app),
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => lines.push(chunk.toString().trimEnd()));
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0
        ? resolve()
        : reject(new PartFailedError(app, `could not be built (exit code ${code})`, lines)),
    );
  });
}

/** How to run the two sites, and where they answer. */
export function siteParts(root: string, flags: StartFlags, env: SiteEnvironment) {
  const part = (name: string, app: string, port: number) => {
    const where = ["--port", String(port), "--strictPort", "--host", "127.0.0.1"];
    const spec: Omit<PartSpec, "logDir"> & { address: string } = {
      name,
      command: process.execPath,
      args: [vite(root), ...(flags.watch ? [] : ["preview"]), ...where],
      cwd: join(root, "apps", app),
      env,
      address: `http://127.0.0.1:${port}/`,
    };
    return spec;
  };
  return [part("web", "web", flags.ports.web), part("console", "admin", flags.ports.console)];
}
