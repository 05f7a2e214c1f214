/**
 * `embedded-convex serve`: the deployment as a process.
 *
 * [CLI2] It prints where the admin key lies, never the key.
 * [CLI3] SIGTERM and SIGINT answer what is running and end with 0; a second one ends at once.
 * [CLI4] A directory in use and a taken port are refused with a message and exit code 1.
 * [CLI5] A failed write ends the process with 1: nothing unwritten is ever shown.
 */
import { adminKeyPath } from "../auth/admin-key.ts";
import { createLogger } from "../operations/log-lines.ts";
import type { Logger } from "../rooms.ts";
import { type EmbeddedConvex, type EmbeddedConvexOptions, startEmbeddedConvex } from "../server.ts";
import { exitCodeOf, failureOf } from "./failure-text.ts";
import { complain, say, survivePipes } from "./output.ts";
import type { ParsedCommand } from "./parse-command.ts";
import { EXIT } from "./usage.ts";

type ServeSettings = (ParsedCommand & { readonly kind: "serve" })["settings"];

/** How the process tells what becomes of it: as log lines, and to people in plain words, too. */
interface Voice {
  readonly logger: Logger;
  started(running: EmbeddedConvex): void;
  /** The last words. */
  failed(event: string, error: unknown): void;
}

export async function serve(settings: ServeSettings): Promise<void> {
  survivePipes();
  const voice = settings.logFormat === "json" ? machineVoice(settings) : humanVoice(settings);
  let running: EmbeddedConvex;
  try {
    running = await startEmbeddedConvex(optionsOf(settings, voice));
  } catch (error) {
    voice.failed("engine.start_failed", error);
    process.exit(exitCodeOf(error));
  }
  closeOnSignals(running, voice);
  voice.started(running); // last: who reads this may send a signal at once
}

function closeOnSignals(running: EmbeddedConvex, voice: Voice): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) process.exit(EXIT.failed);
    stopping = true;
    voice.logger("info", "engine.stopping", { signal });
    void running.close().then(
      () => {
        voice.logger("info", "engine.stopped");
        process.exit(EXIT.ok);
      },
      (error: unknown) => {
        voice.failed("engine.close_failed", error);
        process.exit(EXIT.failed);
      },
    );
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

function optionsOf(settings: ServeSettings, voice: Voice): EmbeddedConvexOptions {
  const { data, host, port, sitePort, check, drainSeconds } = settings;
  const { instanceName, cloudOrigin, siteOrigin, projectRoot } = settings;
  return {
    dir: data,
    ...{ host, port, sitePort, check, logger: voice.logger },
    drainMs: drainSeconds * 1_000,
    ...(instanceName === null ? {} : { instanceName }),
    ...(cloudOrigin === null ? {} : { cloudOrigin }),
    ...(siteOrigin === null ? {} : { siteOrigin }),
    ...(projectRoot === null ? {} : { projectRoot }),
    onFailure: (error: Error) => {
      voice.failed("engine.failed", error);
      process.exit(exitCodeOf(error));
    },
  };
}

function loggerOf({ logFormat, logLevel }: ServeSettings): Logger {
  return createLogger({
    format: logFormat,
    level: logLevel,
    nowMs: () => Date.now(),
    write: complain,
  });
}

function machineVoice(settings: ServeSettings): Voice {
  const logger = loggerOf(settings);
  return {
    logger,
    started: ({ url, siteUrl }) =>
      logger("info", "engine.started", { url, siteUrl, keyFile: adminKeyPath(settings.data) }),
    failed: (event, error) => logger("error", event, { ...failureOf(error, settings) }),
  };
}

function humanVoice(settings: ServeSettings): Voice {
  return {
    logger: loggerOf(settings),
    started: ({ url, siteUrl }) => {
      say(`Convex deployment at ${url}, HTTP actions at ${siteUrl}\n`);
      say(`Admin key in ${adminKeyPath(settings.data)}\n`);
    },
    failed: (event, error) => {
      const { code, message } = failureOf(error, settings);
      const unwritten = event === "engine.failed" && code === "StoreFailure";
      const why = unwritten ? "The data could not be written, so the deployment stops: " : "";
      complain(`${why}${message}\n`);
    },
  };
}
