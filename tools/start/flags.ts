/**
 * The flags of `npm start`, and how they are kept: a port given once is used by
 * every later start on the same data, until another is given.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";

const DEFAULT_PORTS = {
  engine: 3210,
  site: 3211,
  web: 5173,
  console: 5174,
  discord: 4010,
  payments: 4020,
};
const DEFAULT_DATA = ".heliograph"; // in the repository, ignored by git
const KEPT_FILE = "ports.json";

export type PortName = keyof typeof DEFAULT_PORTS;
export type Ports = Readonly<Record<PortName, number>>;

export interface StartFlags {
  /** Folder that keeps everything between starts; absolute. */
  readonly dataDir: string;
  readonly ports: Ports;
  readonly quietDemo: boolean;
  readonly watch: boolean;
}

export type Invocation =
  | { readonly kind: "start"; readonly flags: StartFlags }
  | { readonly kind: "help" };

export const USAGE = `npm start -- [flags]

  --engine-port N     the deployment (default ${DEFAULT_PORTS.engine})
  --site-port N       its HTTP actions (default ${DEFAULT_PORTS.site})
  --web-port N        customer site (default ${DEFAULT_PORTS.web})
  --console-port N    operator console (default ${DEFAULT_PORTS.console})
  --discord-port N    simulated Discord (default ${DEFAULT_PORTS.discord})
  --payments-port N   simulated payment providers (default ${DEFAULT_PORTS.payments})
  --data DIR          where everything is kept between starts (default ${DEFAULT_DATA})
  --quiet-demo        no demo analyst
  --watch             what \`npm run dev\` does: push functions and reload pages on every save
  --help              this text

Ports are kept with the data: give one once, and later starts on the same data use it.`;

/** A flag that cannot be used: the message says which and what is allowed. */
export class FlagError extends Error {
  override readonly name = "FlagError";
}

/** Reads flags and the ports kept by earlier starts. `cwd`: what a relative --data starts from. Throws FlagError. */
export function readFlags(
  argv: readonly string[],
  where: { readonly root: string; readonly cwd: string },
): Invocation {
  const values = parse(argv);
  if (values.help === true) return { kind: "help" };
  const dataDir =
    values.data === undefined ? join(where.root, DEFAULT_DATA) : resolve(where.cwd, values.data);
  const kept = readKeptPorts(dataDir);
  const port = (name: PortName) => readPort(name, values[`${name}-port`], kept[name]);
  const ports = {
    engine: port("engine"),
    site: port("site"),
    web: port("web"),
    console: port("console"),
    discord: port("discord"),
    payments: port("payments"),
  };
  refuseSharedPort(ports);
  const quietDemo = values["quiet-demo"] ?? false;
  return { kind: "start", flags: { dataDir, ports, quietDemo, watch: values.watch ?? false } };
}

/** Later starts on this data use these ports. */
export function keepPorts({ dataDir, ports }: StartFlags): void {
  writeFileSync(join(dataDir, KEPT_FILE), `${JSON.stringify(ports, null, 2)}\n`);
}

/** Makes the data folder, readable by its owner only: it will hold secrets. Throws FlagError. */
export function makeDataDir({ dataDir }: StartFlags): void {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new FlagError(`--data ${dataDir} cannot be used: ${messageOf(error)}`);
  }
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
    "payments-port": text,
    data: text,
    "quiet-demo": flag,
    watch: flag,
    help: { type: "boolean", short: "h" },
  } as const;
  try {
    return parseArgs({ args: [...argv], options, allowPositionals: false }).values;
  } catch (error) {
    throw new FlagError(`${messageOf(error)}\n\n${USAGE}`);
  }
}

function readPort(name: PortName, given: string | undefined, kept: number): number {
  if (given === undefined) return kept;
  const value = Number(given);
  if (isPort(value)) return value;
  throw new FlagError(`--${name}-port takes a port between 1 and 65535, not "${given}".`);
}

function refuseSharedPort(ports: Ports): void {
  const taken = new Map<number, string>();
  for (const [name, port] of Object.entries(ports)) {
    const other = taken.get(port);
    if (other !== undefined) {
      throw new FlagError(
        `${other} and ${name} would share port ${port}: give one of them another with --${other}-port or --${name}-port.`,
      );
    }
    taken.set(port, name);
  }
}

function readKeptPorts(dataDir: string): Ports {
  const file = join(dataDir, KEPT_FILE);
  let kept: unknown;
  try {
    kept = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) throw new FlagError(`${file} is not JSON: remove it.`);
    return DEFAULT_PORTS; // the first start
  }
  const ports: Record<PortName, number> = { ...DEFAULT_PORTS };
  if (typeof kept !== "object" || kept === null) return ports;
  for (const [name, port] of Object.entries(kept)) {
    if (isPortName(name) && isPort(port)) ports[name] = port;
  }
  return ports;
}

function isPort(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value > 0 && value < 65_536;
}

function isPortName(name: string): name is PortName {
  return Object.hasOwn(DEFAULT_PORTS, name);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
