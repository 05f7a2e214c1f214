/**
 * `embedded-convex serve`: the deployment as a process.
 *
 * [CLI2] It prints where the admin key lies, never the key.
 * [CLI3] SIGTERM and SIGINT answer what is running and end with 0; a second one ends at once.
 * [CLI4] A directory in use and a taken port are refused with a message and exit code 1;
 *        wrong flags with 2.
 * [CLI5] A failed write ends the process with 1: nothing unwritten is ever shown.
 * [CLI6] Nobody reading the output any more does not stop the deployment.
 */
import { adminKeyPath } from "./auth/admin-key.ts";
import { parseFlags, type ServeFlags, USAGE } from "./cli-flags.ts";
import { StoreError } from "./errors.ts";
import type { Logger } from "./rooms.ts";
import { type EmbeddedConvex, startEmbeddedConvex } from "./server.ts";

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;

const parsed = parseFlags(process.argv.slice(2));
switch (parsed.kind) {
  case "help":
    say(USAGE);
    break;
  case "wrong":
    complain(`${parsed.message}\n\n${USAGE}`);
    process.exitCode = EXIT_USAGE;
    break;
  case "serve":
    await serve(parsed.flags);
    break;
  default:
    parsed satisfies never;
}

async function serve(flags: ServeFlags): Promise<void> {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => undefined);
  let running: EmbeddedConvex;
  try {
    running = await startEmbeddedConvex(optionsOf(flags));
  } catch (error) {
    complain(`${startFailure(error, flags)}\n`);
    process.exit(EXIT_FAILED);
  }
  let stopping = false;
  const stop = () => {
    if (stopping) process.exit(EXIT_FAILED);
    stopping = true;
    void running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        complain(`Could not close cleanly: ${error}\n`);
        process.exit(EXIT_FAILED);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
  // Last: who reads this may send a signal at once.
  say(`Convex deployment at ${running.url}, HTTP actions at ${running.siteUrl}\n`);
  say(`Admin key in ${adminKeyPath(flags.data)}\n`);
}

function optionsOf(flags: ServeFlags) {
  const { data, host, port, sitePort, instanceName, cloudOrigin, siteOrigin, projectRoot } = flags;
  return {
    dir: data,
    host,
    port,
    sitePort,
    logger,
    ...(instanceName === null ? {} : { instanceName }),
    ...(cloudOrigin === null ? {} : { cloudOrigin }),
    ...(siteOrigin === null ? {} : { siteOrigin }),
    ...(projectRoot === null ? {} : { projectRoot }),
    onFailure: (error: Error) => {
      complain(`The data could not be written, so the deployment stops: ${error.message}\n`);
      complain("Nothing acknowledged is lost. See that the disk works and has room, then start.\n");
      process.exit(EXIT_FAILED);
    },
  };
}

function startFailure(error: unknown, { host }: ServeFlags): string {
  if (error instanceof StoreError) return error.message;
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  if (code === "EADDRINUSE") {
    return `Port ${port} on ${host} is in use. Stop what listens there, or give another with --port or --site-port.`;
  }
  if (code === "EACCES" || code === "EADDRNOTAVAIL") {
    return `Cannot listen on ${host} port ${port}: ${code}.`;
  }
  return `Cannot start: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}

function logger(level: Parameters<Logger>[0], event: string, fields: object = {}): void {
  if (level === "debug") return;
  complain(`${JSON.stringify({ level, event, ...fields })}\n`);
}

function say(text: string): void {
  process.stdout.write(text);
}

function complain(text: string): void {
  process.stderr.write(text);
}
