/** The simulated Discord and the bot that works in it. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { issueMachine } from "../deployment/admin.ts";
import { type Deployment, ROOT } from "../deployment/convex-cli.ts";
import { engineDir } from "./backend.ts";
import type { Ground } from "./ground.ts";
import { READY_MS, respondsOk } from "./ready.ts";
import { BOT_TOKEN, discordSeed } from "./world.ts";

export async function startDiscord(ground: Ground): Promise<void> {
  const { dataDir, ports } = ground.flags;
  const seedFile = join(dataDir, "discord-seed.json");
  writeFileSync(seedFile, JSON.stringify(discordSeed(ground.origins)));
  const discord = ground.run({
    name: "discord",
    args: [
      join(ROOT, "packages/discord-sim/src/cli.ts"),
      "serve",
      ...["--port", String(ports.discord)],
      ...["--state", join(dataDir, "discord.json"), "--seed", seedFile],
    ],
  });
  await discord.ready(() => respondsOk(`${ground.origins.discord}/api/v10/gateway`), READY_MS);
}

/** Resolves when the bot acts: it holds its lease, which after a crash takes until the old one is over. */
export async function startBot(ground: Ground, deployment: Deployment): Promise<void> {
  let acts = false;
  const bot = ground.run({
    name: "bot",
    args: [join(ROOT, "apps/bot/src/main.ts")],
    env: {
      ...process.env,
      CONVEX_SELF_HOSTED_URL: deployment.url,
      HELIOGRAPH_SITE_URL: ground.origins.site,
      HELIOGRAPH_BOT_TOKEN: await botToken(ground, deployment),
      DISCORD_TOKEN: BOT_TOKEN,
      DISCORD_API_URL: `${ground.origins.discord}/api`,
    },
    onLine(line) {
      acts ||= line.includes('"lease.held"');
    },
  });
  await bot.ready(() => acts, READY_MS);
}

/** Kept, so that the list of machines does not grow with every start; a new one when it was revoked. */
async function botToken(ground: Ground, deployment: Deployment): Promise<string> {
  const file = join(engineDir(ground), "bot-token");
  const kept = readToken(file);
  if (kept !== undefined && (await isAccepted(ground.origins.site, kept))) return kept;
  const { token } = await issueMachine(deployment, { kind: "bot", name: "bot" });
  writeFileSync(file, token, { mode: 0o600 });
  return token;
}

async function isAccepted(siteUrl: string, token: string): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` };
  const response = await fetch(`${siteUrl}/auth/machine`, { method: "POST", headers });
  await response.body?.cancel();
  return response.status !== 401;
}

function readToken(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined; // the first start
  }
}
