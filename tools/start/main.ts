/**
 * `npm start`: the whole product on one machine. Engine, deployment through the
 * official CLI, seed, simulated Discord, bot, both sites, a demo analyst.
 */

import { ROOT } from "../deployment/convex-cli.ts";
import { FlagError, readFlags } from "./flags.ts";
import { startHouse } from "./house.ts";
import { PartFailedError } from "./part.ts";
import * as screen from "./screen.ts";

async function main(): Promise<number> {
  const flags = readFlags(process.argv.slice(2), ROOT);
  const stopped = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => stopped.abort());
  }
  screen.title(flags.watch ? "Heliograph · development" : "Heliograph");
  const house = await startHouse(flags, stopped.signal);
  try {
    await house.failure(stopped.signal);
    return 0;
  } finally {
    screen.note("\nStopping ...");
    await house.stop();
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    if (error instanceof FlagError) screen.failure(error.message, []);
    else if (error instanceof PartFailedError) screen.failure(error.message, error.lastLines);
    else
      screen.failure(error instanceof Error ? (error.stack ?? error.message) : String(error), []);
    process.exit(error instanceof FlagError ? 2 : 1);
  },
);
