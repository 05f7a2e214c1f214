/** The bot as a process: reads its environment, runs until it is told to stop. */
import { hostname } from "node:os";
import { startBot } from "./bot.ts";
import { systemClock } from "./clock.ts";
import { ConfigError, readConfig } from "./config.ts";
import { connectBackend } from "./convex-backend.ts";
import { errorText, standardLog } from "./log.ts";

async function main(): Promise<void> {
  const config = readConfig(process.env, `${hostname()}:${process.pid}`);
  const backend = connectBackend(config, standardLog);
  backend.onRevoked(() => {
    standardLog("auth.revoked", {
      help: "This bot's machine token was revoked: issue a new one and restart.",
    });
    process.exit(3);
  });
  const bot = await startBot({ config, backend, clock: systemClock, log: standardLog });
  const stop = () => {
    bot.stop().then(
      () => process.exit(0),
      (error) => {
        standardLog("bot.stop_failed", { error: errorText(error) });
        process.exit(1);
      },
    );
  };
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
}

main().catch((error: unknown) => {
  const event = error instanceof ConfigError ? "config.invalid" : "bot.failed";
  standardLog(event, { error: errorText(error) });
  process.exit(error instanceof ConfigError ? 2 : 1);
});
