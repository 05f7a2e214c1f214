/**
 * Starts the parts in the order they need each other:
 *
 *   engine -> push (convex/) -> seed -> simulated Discord and payments -> bot -> sites -> demo analyst
 */
import { join } from "node:path";
import { issueMachine, previewKeys, seed, seedCatalogue } from "../deployment/admin.ts";
import type { Deployment } from "../deployment/convex-cli.ts";
import { engineDir, pushOnce, pushOnEverySave, setEnvironment, startEngine } from "./backend.ts";
import { startDemoAnalyst } from "./demo-analyst.ts";
import { startBot, startDiscord } from "./discord.ts";
import { keepPorts } from "./flags.ts";
import { refuseTakenPorts } from "./free-ports.ts";
import type { Ground } from "./ground.ts";
import { startPayments } from "./payments.ts";
import { catalogueSeed } from "./payments-world.ts";
import * as screen from "./screen.ts";
import { startSites } from "./sites.ts";
import { BACKEND_SEED } from "./world.ts";

const DAY_MS = 24 * 60 * 60_000;

/** Resolves when everything is ready and its links have been shown. Rejects when a part fails meanwhile. */
export async function furnish(ground: Ground): Promise<void> {
  const { flags } = ground;
  const step = <T>(label: string, work: () => Promise<T>) =>
    screen.step(label, () => Promise.race([work(), ground.failure()]));

  const deployment = await screen.step("engine", () => startEngine(ground));
  // Only now: the engine knows better than a port whether these data are in use already.
  await refuseTakenPorts(flags.ports, ["discord", "payments", "web", "console"]);
  keepPorts(flags);
  await step("functions pushed with the official Convex CLI", async () => {
    await setEnvironment(ground, deployment);
    await (flags.watch ? pushOnEverySave : pushOnce)(ground, deployment);
  });
  await step("sources and routes", () => seed(deployment, BACKEND_SEED));
  await step("tiers and plans", () =>
    seedCatalogue(deployment, catalogueSeed(ground.origins.payments)),
  );
  await step("simulated payment providers", () => startPayments(ground));
  await step("simulated Discord", () => startDiscord(ground));
  await step("Discord bot", () => startBot(ground, deployment));
  await step("customer site and operator console", () => startSites(ground));
  if (!flags.quietDemo) startAnalyst(ground);
  await showLinks(ground, deployment);
}

function startAnalyst(ground: Ground): void {
  const analyst = startDemoAnalyst(
    ground.origins.discord,
    join(ground.flags.dataDir, "demo.json"),
    (error) => screen.note(`Demo analyst: ${error instanceof Error ? error.message : error}`),
  );
  ground.beforeClosing(() => analyst.stop());
}

async function showLinks(ground: Ground, deployment: Deployment): Promise<void> {
  const { origins, logDir } = ground;
  const keys = await previewKeys(deployment);
  const { token } = await issueMachine(deployment, {
    kind: "console",
    name: "npm start",
    ttlMs: DAY_MS,
  });
  screen.title("Ready");
  screen.links([
    [
      "Customer feed",
      `${origins.web}/#keys=${keys.join(",")}`,
      "what a paying customer sees (link valid for a day)",
    ],
    [
      "Operator console",
      `${origins.console}/#token=${token}`,
      "signals, mirrors, latency (link valid for a day)",
    ],
    [
      "Discord (simulated)",
      origins.discord,
      "post here as the analyst; watch the mirrored channels",
    ],
    [
      "Pricing",
      `${origins.web}/pricing`,
      "sign up, buy at the simulated providers, see the feed unlock",
    ],
    ["Mail (kept)", `${origins.console}/mail#token=${token}`, "the codes that signing up sends"],
    [
      "Payments (simulated)",
      origins.payments,
      "Stripe, Whop and Sell.app: refunds, disputes, renewals, faults",
    ],
    [
      "Deployment",
      origins.engine,
      `HTTP actions at ${origins.site}; admin key in ${join(engineDir(ground), "admin-key")}`,
    ],
  ]);
  screen.note(`Logs are in ${logDir}. Ctrl-C stops everything; the data is kept.`);
}
