/**
 * `npm start`: the whole product on one machine. Engine, deployment through the
 * official CLI, seed, simulated Discord, bot, both sites, a demo analyst.
 *
 * Ends with 0 when it is told to stop, with 1 when a part fails, with 2 when a
 * flag cannot be used.
 */
import { ROOT } from "../deployment/convex-cli.ts";
import { FlagError, makeDataDir, readFlags, type StartFlags, USAGE } from "./flags.ts";
import { PortTakenError } from "./free-ports.ts";
import { Ground } from "./ground.ts";
import { furnish } from "./house.ts";
import { PartFailedError } from "./part.ts";
import * as screen from "./screen.ts";

/** One Ctrl-C may arrive up to three times: from the terminal, from npm and from the bootstrap. */
const SAME_SIGNAL_MS = 500;

async function main(): Promise<number> {
  const cwd = process.env.INIT_CWD ?? process.cwd(); // npm runs us in the repository's root
  const invocation = readFlags(process.argv.slice(2), { root: ROOT, cwd });
  if (invocation.kind === "help") {
    screen.note(USAGE);
    return 0;
  }
  makeDataDir(invocation.flags);
  await run(invocation.flags);
  return 0;
}

/** Resolves when told to stop and everything has; rejects when a part fails, and everything has stopped. */
async function run(flags: StartFlags): Promise<void> {
  const ground = new Ground(flags);
  const toldToStop = listenForSignals(ground);
  screen.title(flags.watch ? "Heliograph · development" : "Heliograph");
  try {
    await Promise.race([toldToStop, furnish(ground).then(() => ground.failure())]);
  } finally {
    screen.note("\nStopping ...");
    await ground.close();
  }
}

/** Resolves on the first signal, or when the bootstrap is gone. A later signal ends the parts at once. */
function listenForSignals(ground: Ground): Promise<void> {
  let firstMs: number | undefined;
  return new Promise((resolve) => {
    process.on("disconnect", resolve);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        firstMs ??= performance.now();
        if (performance.now() - firstMs > SAME_SIGNAL_MS) ground.kill();
        resolve();
      });
    }
  });
}

function tell(error: unknown): void {
  if (error instanceof PartFailedError) {
    screen.failure(error.message);
    screen.lastLines(error.lastLines, error.logFile);
  } else if (error instanceof FlagError || error instanceof PortTakenError) {
    screen.failure(error.message);
  } else {
    screen.failure(error instanceof Error ? (error.stack ?? error.message) : String(error));
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    tell(error);
    process.exit(error instanceof FlagError ? 2 : 1);
  },
);
