/**
 * The flags of `npm start`, and how they are kept: a port given once is used by
 * every later start until another is given.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

export interface Ports {
  readonly engine: number;
  readonly site: number;
  readonly web: number;
  readonly console: number;
  readonly discord: number;
}

export interface StartFlags {
  /** Folder that keeps everything between starts. */
  readonly dataDir: string;
  readonly ports: Ports;
  readonly quietDemo: boolean;
  readonly watch: boolean;
}

const DEFAULT_PORTS: Ports = { engine: 3210, site: 3211, web: 5173, console: 5174, discord: 4010 };

export const USAGE = `npm start -- [flags]
  --engine-port N     the deployment (default 3210)
  --site-port N       its HTTP actions (default 3211)
  --web-port N        customer site (default 5173)
  --console-port N    operator console (default 5174)
  --discord-port N    simulated Discord (default 4010)
  --data DIR          where everything is kept between starts (default .heliograph)
  --quiet-demo        no demo analyst
  --watch             what \`npm run dev\` does: push functions and reload pages on every save
Ports are kept between starts.`;

/** A flag that cannot be used: the message says which and what is allowed. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}

/** Reads flags and the settings kept by earlier starts. Throws FlagError. */
export function readFlags(argv: readonly string[], root: string): StartFlags {
  const values = parse(argv);
  const dataDir =
    values.data === undefined ? join(root, ".heliograph") : join(process.cwd(), values.data);
  const kept = readKeptPorts(dataDir);
  const ports: Ports = {
    engine: port("engine-port", values["engine-port"], kept.engine),
    site: port("site-port", values["site-port"], kept.site),
    web: port("web-port", values["web-port"], kept.web),
    console: port("console-port", values["console-port"], kept.console),
    discord: port("discord-port", values["discord-port"], kept.discord),
  };
  if (new Set(Object.values(ports)).size < Object.values(ports).length) {
    throw new FlagError(
      `Two parts would share a port: ${JSON.stringify(ports)}. Give each its own.`,
    );
  }
  mkdirSync(dataDir, { recursive: true });
  writeFileSync(join(dataDir, "ports.json"), `${JSON.stringify(ports, null, 2)}\n`);
  return { dataDir, ports, quietDemo: values["quiet-demo"] ?? false, watch: values.watch ?? false };
}

function parse(argv: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  const options = {
    "engine-port": text,
    "site-port": text,
    "web-port": text,
    "console-port": text,
    "discord-port": text,
    data: text,
    "quiet-demo": flag,
    watch: flag,
  };
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
  } catch (error) {
    throw new FlagError(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}

function port(flag: string, given: string | undefined, kept: number): number {
  if (given === undefined) return kept;
  const value = Number(given);
  if (Number.isInteger(value) && value > 0 && value < 65_536) return value;
  throw new FlagError(`--${flag} must be a port between 1 and 65535, not "${given}".`);
}

function readKeptPorts(dataDir: string): Ports {
  let text: string;
  try {
    text = readFileSync(join(dataDir, "ports.json"), "utf8");
  } catch {
    return DEFAULT_PORTS; // the first start
  }
  const kept: unknown = JSON.parse(text);
  return { ...DEFAULT_PORTS, ...(typeof kept === "object" ? kept : {}) };
}
