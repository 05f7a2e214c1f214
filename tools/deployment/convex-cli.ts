/**
 * Runs the official `convex` CLI against a deployment given by URL and admin key.
 *
 * `CI=1` always: without it a failing command tries to reach its error reporter
 * and hangs on a machine without internet. The variables that would redirect the
 * CLI to a cloud deployment are removed.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const CLI = join(ROOT, "node_modules/convex/bin/main.js");
const REDIRECTING = [
  "CONVEX_DEPLOY_KEY",
  "CONVEX_DEPLOYMENT_TOKEN",
  "CONVEX_DEPLOYMENT",
  "CONVEX_URL",
];
const PROXIES = ["HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"];

export interface Deployment {
  readonly url: string;
  readonly adminKey: string;
}

/** The CLI said no; the message holds what it printed. */
export class ConvexCliError extends Error {
  override readonly name = "ConvexCliError";
}

/** Environment in which the CLI talks to `deployment` and to nothing else. */
export function cliEnvironment(deployment: Deployment): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && !REDIRECTING.includes(entry[0]) && !PROXIES.includes(entry[0]),
  );
  return {
    ...Object.fromEntries(inherited),
    CI: "1",
    CONVEX_SELF_HOSTED_URL: deployment.url,
    CONVEX_SELF_HOSTED_ADMIN_KEY: deployment.adminKey,
  };
}

/** Command line of the CLI, for a process that someone else runs. */
export function cliCommand(args: readonly string[]): { command: string; args: string[] } {
  return { command: process.execPath, args: [CLI, ...args] };
}

/** Runs one command to its end and returns its standard output. Throws ConvexCliError. */
export function runCli(
  deployment: Deployment,
  args: readonly string[],
  options: { readonly cwd?: string } = {},
): Promise<string> {
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: options.cwd ?? ROOT,
    env: cliEnvironment(deployment),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let all = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    all += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    all += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(out);
      else
        reject(new ConvexCliError(`convex ${args[0]} failed (exit code ${code}):\n${all.trim()}`));
    });
  });
}

/** Pushes this repository's `convex/`. No env file is read or written. */
export async function deploy(deployment: Deployment): Promise<void> {
  const { url, adminKey } = deployment;
  await runCli(deployment, [
    "deploy",
    "--url",
    url,
    "--admin-key",
    adminKey,
    "--typecheck",
    "disable",
  ]);
}
