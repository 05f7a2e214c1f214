/**
 * The command line of `embedded-convex serve`, read into options or refused with what is wrong.
 *
 * [CLI1] Unknown flags, missing values and impossible ports are named.
 */
import { parseArgs } from "node:util";

export interface ServeFlags {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  readonly sitePort: number;
  readonly instanceName: string | null;
  readonly cloudOrigin: string | null;
  readonly siteOrigin: string | null;
  readonly projectRoot: string | null;
}

export type ParsedFlags =
  | { readonly kind: "serve"; readonly flags: ServeFlags }
  | { readonly kind: "help" }
  | { readonly kind: "wrong"; readonly message: string };

export const USAGE = `embedded-convex serve --data DIR [flags]

  --data DIR            where everything is kept (made when missing)
  --port N              main port (default 3210)
  --site-port N         port of HTTP actions (default 3211)
  --host H              address to listen on (default 127.0.0.1: this machine only)
  --instance-name NAME  left part of a new admin key
  --cloud-origin URL    where clients reach the main port, when not at http://H:N
  --site-origin URL     where clients reach the site port
  --project-root DIR    whose node_modules "use node" modules import from
`;

const NAME = /^[A-Za-z0-9_.-]+$/;

export function parseFlags(args: readonly string[]): ParsedFlags {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        data: { type: "string" },
        host: { type: "string", default: "127.0.0.1" },
        port: { type: "string", default: "3210" },
        "site-port": { type: "string", default: "3211" },
        "instance-name": { type: "string" },
        "cloud-origin": { type: "string" },
        "site-origin": { type: "string" },
        "project-root": { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) return { kind: "help" };
    if (positionals.length !== 1 || positionals[0] !== "serve") {
      throw new Error(`Expected the command "serve", got "${positionals.join(" ")}".`);
    }
    if (values.data === undefined || values.data === "") throw new Error("--data is missing.");
    const flags = {
      data: values.data,
      host: values.host,
      port: portOf(values.port, "--port"),
      sitePort: portOf(values["site-port"], "--site-port"),
      instanceName: nameOf(values["instance-name"]),
      cloudOrigin: originOf(values["cloud-origin"], "--cloud-origin"),
      siteOrigin: originOf(values["site-origin"], "--site-origin"),
      projectRoot: values["project-root"] ?? null,
    };
    return { kind: "serve", flags };
  } catch (error) {
    return { kind: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
}

function portOf(text: string, flag: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new Error(`${flag} must be a port number, got "${text}".`);
}

function nameOf(name: string | undefined): string | null {
  if (name === undefined) return null;
  if (NAME.test(name)) return name;
  throw new Error(`--instance-name may have letters, digits and _.- only, got "${name}".`);
}

function originOf(text: string | undefined, flag: string): string | null {
  if (text === undefined) return null;
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return text;
  throw new Error(`${flag} must begin with http:// or https://, got "${text}".`);
}
