/**
 * The command line: `cli.ts serve --port 4010 --state FILE`.
 *
 * Without a seed file a small world is there to try: one server with two
 * channels, a bot with the token "sim-bot-token" and a person called "analyst".
 */
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { startDiscordSim } from "./index.ts";
import type { Seed } from "./state/seed.ts";

const USAGE = `Usage: discord-sim serve [--port 4010] [--host 127.0.0.1] [--state FILE] [--seed FILE.json]
`;
const DEFAULT_PORT = "4010";

const DEMO_SEED: Seed = {
  guilds: [{ name: "Try-out", channels: [{ name: "general" }, { name: "second" }] }],
  bots: [{ token: "sim-bot-token", username: "sim-bot" }],
  users: [{ username: "analyst", displayName: "Analyst" }],
};

async function serve(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      port: { type: "string", default: DEFAULT_PORT },
      host: { type: "string", default: "127.0.0.1" },
      state: { type: "string" },
      seed: { type: "string" },
    },
  });
  const port = Number(values.port);
  if (positionals[0] !== "serve" || !Number.isInteger(port)) throw new UsageError(USAGE);
  const seed = values.seed === undefined ? DEMO_SEED : readSeed(values.seed);
  const stateFile = values.state === undefined ? {} : { stateFile: values.state };
  const sim = await startDiscordSim({ port, host: values.host, seed, ...stateFile });
  process.stdout.write(`Simulated Discord: page ${sim.url}, REST ${sim.apiUrl}\n`);
  await untilToldToStop();
  await sim.close();
}

class UsageError extends Error {}

function readSeed(path: string): Seed {
  return JSON.parse(readFileSync(path, "utf8")) as Seed;
}

function untilToldToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

try {
  await serve();
} catch (error) {
  const text = error instanceof Error ? describe(error) : String(error);
  process.stderr.write(`discord-sim: ${text}\n`);
  process.exitCode = 1;
}

/** With the reason behind it: the message of a broken state file names the file, its cause says what is wrong. */
function describe(error: Error): string {
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
}
