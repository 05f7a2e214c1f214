/**
 * The deployment that end-to-end tests run against: the one the environment
 * names (any engine), or a fresh embedded one.
 */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Deployment, deploy, runCli } from "./convex-cli.ts";
import { freshDeployment } from "./fresh-deployment.ts";
import { makeSecrets, toDotenv } from "./secrets.ts";

export interface TestDeployment extends Deployment {
  readonly siteUrl: string;
}

/** Both variables, or none: half a deployment is a mistake. */
export function namedDeployment(env: NodeJS.ProcessEnv): Deployment | undefined {
  const url = env.CONVEX_SELF_HOSTED_URL;
  const adminKey = env.CONVEX_SELF_HOSTED_ADMIN_KEY;
  if (url === undefined && adminKey === undefined) return undefined;
  if (url === undefined || adminKey === undefined) {
    throw new Error(
      "Set both CONVEX_SELF_HOSTED_URL and CONVEX_SELF_HOSTED_ADMIN_KEY, or neither.",
    );
  }
  return { url, adminKey };
}

/** Pushes `convex/` to the named or a fresh deployment. A named one keeps its secrets if it has any. */
export async function openTestDeployment(): Promise<{
  deployment: TestDeployment;
  close(): Promise<void>;
}> {
  const named = namedDeployment(process.env);
  if (named === undefined) {
    const { engine, close } = await freshDeployment();
    const { url, adminKey, siteUrl } = engine;
    return { deployment: { url, adminKey, siteUrl }, close };
  }
  await setSecretsOnce(named);
  await deploy(named);
  return { deployment: { ...named, siteUrl: await readSiteUrl(named) }, close: async () => {} };
}

async function setSecretsOnce(deployment: Deployment): Promise<void> {
  const present = await runCli(deployment, ["env", "list"]);
  if (present.includes("HELIOGRAPH_FEED_KEY_SECRET=")) return;
  const dir = mkdtempSync(join(tmpdir(), "heliograph-env-"));
  try {
    const file = join(dir, "environment");
    writeFileSync(file, toDotenv(makeSecrets()), { mode: 0o600 });
    await runCli(deployment, ["env", "set", "--from-file", file]);
  } finally {
    rmSync(dir, { recursive: true });
  }
}

async function readSiteUrl({ url, adminKey }: Deployment): Promise<string> {
  const headers = { authorization: `Convex ${adminKey}` };
  const response = await fetch(`${url}/api/v1/get_canonical_urls`, { headers });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: is the admin key right?`);
  const answer: { convexSiteUrl: string } = await response.json();
  return answer.convexSiteUrl;
}
