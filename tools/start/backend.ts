/** The deployment: the engine as a part, and this repository's functions pushed to it with the official CLI. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cliCommand, cliEnvironment, type Deployment, ROOT } from "../deployment/convex-cli.ts";
import { keptSecrets, toDotenv } from "../deployment/secrets.ts";
import { refuseTakenPorts } from "./free-ports.ts";
import type { Ground } from "./ground.ts";
import { type Part, PartFailedError } from "./part.ts";
import { paymentsEnvironment } from "./payments-world.ts";
import { READY_MS } from "./ready.ts";
import * as screen from "./screen.ts";
import { discordEnvironment } from "./world.ts";

const OWNER_ONLY = { mode: 0o600 };

/** The engine's folder; what belongs to this deployment and goes when it goes lies in it. */
export const engineDir = ({ flags }: Ground) => join(flags.dataDir, "engine");

/** Throws PartFailedError with the engine's own words when the data is in use, PortTakenError for a port. */
export async function startEngine(ground: Ground): Promise<Deployment> {
  const { flags, origins } = ground;
  mkdirSync(engineDir(ground), { recursive: true, mode: 0o700 });
  try {
    await runEngine(ground, flags.ports.engine, flags.ports.site);
  } catch (error) {
    if (isAboutPort(error)) {
      await refuseDataInUse(ground);
      await refuseTakenPorts(flags.ports, ["engine", "site"]);
    }
    throw error;
  }
  const adminKey = readFileSync(join(engineDir(ground), "admin-key"), "utf8").trim();
  return { url: origins.engine, adminKey };
}

async function runEngine(ground: Ground, port: number, sitePort: number): Promise<Part> {
  let listens = false; // by its own word: whoever has the port already would answer a probe, too
  const engine = ground.run({
    name: "engine",
    args: [
      join(ROOT, "packages/embedded-convex/src/cli.ts"),
      "serve",
      ...["--data", engineDir(ground)],
      ...["--port", String(port), "--site-port", String(sitePort)],
    ],
    onLine(line) {
      listens ||= line.startsWith("Convex deployment at");
    },
  });
  await engine.ready(() => listens, READY_MS);
  return engine;
}

/**
 * A port in use usually means that Heliograph runs already, which the engine says better: on ports
 * that are free it looks at the data.
 */
async function refuseDataInUse(ground: Ground): Promise<void> {
  const engine = await runEngine(ground, 0, 0);
  await engine.stop();
}

/** The engine names its own flags in that case; a person needs those of `npm start`. */
function isAboutPort(error: unknown): boolean {
  return error instanceof PartFailedError && error.lastLines.some((line) => /^Port \d+/.test(line));
}

/** Sets the secrets and addresses that the functions read, when the deployment does not have these yet. */
export async function setEnvironment(ground: Ground, deployment: Deployment): Promise<void> {
  const dotenv = toDotenv({
    ...keptSecrets(join(ground.flags.dataDir, "secrets.json")),
    SITE_URL: ground.origins.web,
    HELIOGRAPH_CONSOLE_URL: ground.origins.console,
    ...paymentsEnvironment(ground.origins.payments),
    ...discordEnvironment(ground.origins.discord),
  });
  const stamp = createHash("sha256").update(dotenv).digest("hex");
  const stampFile = join(engineDir(ground), "environment.sha256");
  if (readOrUndefined(stampFile) === stamp) return;
  const file = join(engineDir(ground), "environment");
  writeFileSync(file, dotenv, OWNER_ONLY);
  try {
    const args = ["env", "set", "--from-file", file, "--force"];
    await ground.finish({ name: "convex-env", ...cli(ground, deployment, args) });
  } finally {
    rmSync(file);
  }
  writeFileSync(stampFile, stamp, OWNER_ONLY);
}

/** Pushes `convex/` once. */
export async function pushOnce(ground: Ground, deployment: Deployment): Promise<void> {
  const args = ["deploy", "--typecheck", "disable"];
  await ground.finish({ name: "convex-deploy", ...cli(ground, deployment, args) });
}

/**
 * Pushes `convex/` on every save, until everything stops. Resolves after the first push that
 * succeeds, however long the developer needs to make it one: what is wrong is on the screen.
 */
export async function pushOnEverySave(ground: Ground, deployment: Deployment): Promise<void> {
  let pushed = false;
  const watcher = ground.run({
    name: "convex-dev",
    ...cli(ground, deployment, ["dev", "--tail-logs", "disable", "--typecheck", "try"]),
    onLine(line) {
      pushed ||= line.includes("functions ready");
      screen.said("convex", line);
    },
  });
  await watcher.ready(() => pushed, Number.POSITIVE_INFINITY);
}

/**
 * The deployment is named in a file of its owner: on the command line the admin key would show in
 * the list of processes, and without either the CLI would read, and mix in, an `.env.local`.
 */
function cli(ground: Ground, deployment: Deployment, args: readonly string[]) {
  const file = join(engineDir(ground), "cli.env");
  const { url, adminKey } = deployment;
  const named = { CONVEX_SELF_HOSTED_URL: url, CONVEX_SELF_HOSTED_ADMIN_KEY: adminKey };
  writeFileSync(file, toDotenv(named), OWNER_ONLY);
  return {
    args: cliCommand([...args, "--env-file", file]).args,
    env: cliEnvironment(deployment),
  };
}

function readOrUndefined(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}
