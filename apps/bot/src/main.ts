/**
 * The bot as a process: reads its environment, runs until it is told to stop.
 *
 * Exit codes: 0 told to stop, 1 a bug, 2 wrong environment, 3 the backend does
 * not accept its machine token, 4 Discord does not accept it.
 */
import { hostname } from "node:os";
import { startBot } from "./bot.ts";
import { systemClock } from "./clock.ts";
import { ConfigError, readConfig } from "./config.ts";
import { connectBackend } from "./convex-backend.ts";
import { DiscordRefusal } from "./discord/discord-refusal.ts";
import { errorText, standardLog } from "./log.ts";

const log = standardLog;
const clock = systemClock;

async function main(): Promise<number> {
  const config = readConfig(process.env, `${hostname()}:${process.pid}`);
  const told = new Promise<"told">((resolve) => {
    process.once("SIGTERM", () => resolve("told"));
    process.once("SIGINT", () => resolve("told"));
  });
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
  const bot = await Promise.race([starting, told]);
  if (bot === "told") return 0; // it was still connecting and holds nothing
  const end = await Promise.race([bot.refused, told]);
  if (end !== "told") logRefusal(end);
  await bot.stop();
  log("bot.stopped");
  return end === "told" ? 0 : 4;
}

function logRefusal({ code, message }: DiscordRefusal): void {
  log("discord.refused", { code, message });
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (error instanceof DiscordRefusal) {
      logRefusal(error);
      process.exit(4);
    }
    const event = error instanceof ConfigError ? "config.invalid" : "bot.failed";
    log(event, { error: errorText(error) });
    process.exit(error instanceof ConfigError ? 2 : 1);
  },
);
