/**
 * The bot as a process: reads its environment, runs one bot per token until it is told to stop.
 *
 * Exit codes: 0 told to stop, 1 a bug, 2 wrong environment, 3 the backend does
 * not accept its machine token, 4 Discord accepts none of its tokens.
 */
import { hostname } from "node:os";
import { type Bot, startBot } from "./bot.ts";
import { systemClock } from "./clock.ts";
import { type BotConfig, ConfigError, readConfigs, readHealthPort } from "./config.ts";
import { connectBackend } from "./convex-backend.ts";
import { DiscordRefusal } from "./discord/discord-refusal.ts";
import { startHealthServer } from "./health/health-server.ts";
import { errorText, standardLog } from "./log.ts";

const log = standardLog;
const clock = systemClock;

type End = "told" | "refused";

async function main(): Promise<number> {
  const configs = readConfigs(process.env, `${hostname()}:${process.pid}`);
  const healthPort = readHealthPort(process.env);
  const told = new Promise<"told">((resolve) => {
    process.once("SIGTERM", () => resolve("told"));
    process.once("SIGINT", () => resolve("told"));
  });
  const running = new Map<BotConfig, Bot | null>(configs.map((config) => [config, null]));
  if (healthPort !== null) {
    const { port } = await startHealthServer(healthPort, () => [...running].map(healthOf));
    log("health.listening", { port });
  }
  const ends = await Promise.all(configs.map((config) => runBot(config, told, running)));
  return ends.includes("told") ? 0 : 4;
}

/** Until it is told to stop, or Discord does not let it in: the other tokens go on without it. */
async function runBot(
  config: BotConfig,
  told: Promise<"told">,
  running: Map<BotConfig, Bot | null>,
): Promise<End> {
  const backend = connectBackend(config, { clock, log });
  backend.onRefused(({ code, message }) => {
    log("auth.revoked", {
      code,
      message,
      help: "Issue a new machine token of kind bot and restart.",
    });
    process.exit(3); // at once: nothing that it does from now on would count
  });
  const starting = startBot({ config, backend, clock, random: Math.random, log });
  const bot = await Promise.race([starting, told]).catch(refusedOrThrow);
  if (bot === "told") return "told"; // it was still connecting and holds nothing
  if (bot instanceof DiscordRefusal) {
    logRefusal(config, bot);
    await backend.close();
    return "refused";
  }
  running.set(config, bot);
  const end = await Promise.race([bot.refused, told]);
  if (end !== "told") logRefusal(config, end);
  await bot.stop();
  log("bot.stopped", { bot: config.holder });
  running.set(config, null);
  return end === "told" ? "told" : "refused";
}

function refusedOrThrow(error: unknown): DiscordRefusal {
  if (error instanceof DiscordRefusal) return error;
  throw error;
}

function healthOf([config, bot]: [BotConfig, Bot | null]) {
  if (bot !== null) return bot.health();
  const settled = { applied: 0, retry: 0, failed: 0 };
  const nothing = { gatewayPingMs: null, leases: [], settled, ingested: 0, latencies: [] };
  return { bot: config.holder, gatewayReady: false, backendConnected: false, ...nothing };
}

function logRefusal({ holder }: BotConfig, { code, message }: DiscordRefusal): void {
  log("discord.refused", { bot: holder, code, message });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    const event = error instanceof ConfigError ? "config.invalid" : "bot.failed";
    log(event, { error: errorText(error) });
    process.exit(error instanceof ConfigError ? 2 : 1);
  },
);
