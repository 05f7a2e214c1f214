/** The bot as it is, in a process of its own that tells when each post left and when Discord had it. */
import { startBot } from "../../../apps/bot/src/bot.ts";
import { systemClock } from "../../../apps/bot/src/clock.ts";
import { readConfigs } from "../../../apps/bot/src/config.ts";
import { connectBackend } from "../../../apps/bot/src/convex-backend.ts";
import type { FromBot } from "./messages.ts";

const tell = (message: FromBot) => process.send?.(message);

async function main(): Promise<void> {
  const [config] = readConfigs(process.env, "bench");
  if (config === undefined) throw new Error("no bot is configured");
  const log = (event: string) => {
    if (event === "lease.held") tell({ kind: "ready" });
  };
  const backend = connectBackend(config, { clock: systemClock, log });
  await startBot({
    config,
    backend,
    clock: systemClock,
    random: Math.random,
    log,
    onReceipt: (surface, { committedAtMs }) => {
      const ageMs = Date.now() - committedAtMs;
      tell({ kind: "seen", sighting: { surface, committedAtMs, ageMs } });
    },
  });
}

process.once("disconnect", () => process.exit(0));
main().catch((error: unknown) => {
  tell({ kind: "failed", message: error instanceof Error ? error.message : String(error) });
});
