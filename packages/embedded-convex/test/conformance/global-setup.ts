/**
 * One deployment for the whole suite, with its app pushed by the official CLI: the one
 * named by CONVEX_SELF_HOSTED_URL and CONVEX_SELF_HOSTED_ADMIN_KEY when both are set,
 * else an engine of its own, which is a process as in production.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exportJWK, generateKeyPair } from "jose";
import type { TestProject } from "vitest/node";
import { copyProject, type Target } from "../official-cli.ts";
import type { Deployment } from "./deployment.ts";

const COMMAND = fileURLToPath(new URL("../../bin/embedded-convex.mjs", import.meta.url));
const PROJECT_ROOT = fileURLToPath(new URL("../../../..", import.meta.url));

declare module "vitest" {
  interface ProvidedContext {
    conformance: Deployment;
  }
}

/** Runs before the suite; what it returns runs after it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { CONVEX_SELF_HOSTED_URL: url, CONVEX_SELF_HOSTED_ADMIN_KEY: adminKey } = process.env;
  const isGiven = url !== undefined && adminKey !== undefined;
  const own = isGiven ? null : await startOwn();
  const target = own ?? { url: url ?? "", adminKey: adminKey ?? "" };
  const { publicKey, privateKey } = await generateKeyPair("ES256", { extractable: true });
  const keys = { keys: [{ ...(await exportJWK(publicKey)), kid: "key-1", alg: "ES256" }] };
  await push(target, `data:application/json,${encodeURIComponent(JSON.stringify(keys))}`);
  project.provide("conformance", {
    url: target.url,
    siteUrl: await siteUrlOf(target),
    adminKey: target.adminKey,
    signingKey: JSON.stringify(await exportJWK(privateKey)),
  });
  return async () => own?.stop();
}

async function push(target: Target, jwks: string): Promise<void> {
  const project = copyProject("conformance", target);
  try {
    for (const command of [
      ["env", "set", `JWKS=${jwks}`],
      ["deploy", "--yes", "--typecheck", "disable"],
    ]) {
      const { code, stdout, stderr } = await project.convex(...command);
      if (code !== 0)
        throw new Error(`convex ${command[0]} ended with ${code}:\n${stdout}${stderr}`);
    }
  } finally {
    project.remove();
  }
}

async function siteUrlOf({ url, adminKey }: Target): Promise<string> {
  const response = await fetch(`${url}/api/v1/get_canonical_urls`, {
    headers: { Authorization: `Convex ${adminKey}` },
  });
  return ((await response.json()) as { convexSiteUrl: string }).convexSiteUrl;
}

async function startOwn(): Promise<Target & { stop(): Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), "conformance-"));
  const flags = ["--port", "0", "--site-port", "0", "--project-root", PROJECT_ROOT];
  const child = spawn(process.execPath, [
    "--disable-warning=ExperimentalWarning",
    COMMAND,
    ...["serve", "--data", dir, ...flags],
  ]);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let output = "";
  const url = await new Promise<string>((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => {
        output += String(text);
        const found = /deployment at (\S+),[\s\S]*Admin key in /.exec(output)?.[1];
        if (found !== undefined) resolve(found);
      });
    }
    void ended.then(() => reject(new Error(`the engine ended:\n${output}`)));
  });
  return {
    url,
    adminKey: readFileSync(join(dir, "admin-key"), "utf8").trim(),
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
