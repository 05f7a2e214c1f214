/**
 * Every setting of the command: its flag, its environment variable, what it may be.
 * The help text and the table in the README are made of this list or checked against it.
 *
 * [CONF1] Each flag `--some-name` has the variable EMBEDDED_CONVEX_SOME_NAME; the flag
 *         wins over the variable, the variable over the default.
 */
import { LOG_FORMATS, LOG_LEVELS } from "../operations/log-lines.ts";
import { START_CHECKS } from "../store/start-check.ts";

export const COMMANDS = ["serve", "backup", "restore", "verify"] as const;
export type CommandName = (typeof COMMANDS)[number];

export interface Setting<T> {
  /** Without the dashes. */
  readonly flag: string;
  readonly placeholder: string;
  readonly meaning: string;
  /** As it would be written; null when there is none. */
  readonly fallback: string | null;
  readonly commands: readonly CommandName[];
  /** Null when the text is not `allowed`. */
  readonly parse: (text: string) => T | null;
  /** Ends the sentence "--flag must be ...". */
  readonly allowed: string;
}

const PREFIX = "EMBEDDED_CONVEX_";
const MAX_DRAIN_SECONDS = 3_600;

export function variableOf({ flag }: { readonly flag: string }): string {
  return PREFIX + flag.toUpperCase().replaceAll("-", "_");
}

/** Is it one of our variables, known or misspelt? */
export function isVariable(name: string): boolean {
  return name.startsWith(PREFIX);
}

export const SETTINGS = {
  data: {
    flag: "data",
    placeholder: "DIR",
    meaning: "where everything is kept; made when missing",
    fallback: null,
    commands: ["serve", "backup", "restore", "verify"],
    ...place(),
  },
  host: {
    flag: "host",
    placeholder: "H",
    meaning: "address to listen on; the default is this machine only",
    fallback: "127.0.0.1",
    commands: ["serve"],
    ...matching(/^[\w.:%-]+$/, "an address or a host name"),
  },
  port: {
    flag: "port",
    placeholder: "N",
    meaning: "main port; 0 takes a free one",
    fallback: "3210",
    commands: ["serve"],
    ...integer(65_535, "a port number"),
  },
  sitePort: {
    flag: "site-port",
    placeholder: "N",
    meaning: "port of HTTP actions; 0 takes a free one",
    fallback: "3211",
    commands: ["serve"],
    ...integer(65_535, "a port number"),
  },
  instanceName: {
    flag: "instance-name",
    placeholder: "NAME",
    meaning: "left part of a new admin key",
    fallback: null,
    commands: ["serve"],
    ...matching(/^[A-Za-z0-9_.-]+$/, "letters, digits and _.- only"),
  },
  cloudOrigin: {
    flag: "cloud-origin",
    placeholder: "URL",
    meaning: "where clients reach the main port, when not at http://H:N",
    fallback: null,
    commands: ["serve"],
    ...origin(),
  },
  siteOrigin: {
    flag: "site-origin",
    placeholder: "URL",
    meaning: "where clients reach the port of HTTP actions",
    fallback: null,
    commands: ["serve"],
    ...origin(),
  },
  projectRoot: {
    flag: "project-root",
    placeholder: "DIR",
    meaning: 'whose node_modules "use node" modules import from',
    fallback: null,
    commands: ["serve"],
    ...place(),
  },
  check: {
    flag: "check",
    placeholder: "auto|full|off",
    meaning: "how the data is checked at the start",
    fallback: "auto",
    commands: ["serve"],
    ...oneOf(START_CHECKS),
  },
  drainSeconds: {
    flag: "drain-seconds",
    placeholder: "N",
    meaning: "how long SIGTERM only ends readiness before anything closes",
    fallback: "0",
    commands: ["serve"],
    ...integer(MAX_DRAIN_SECONDS, `a whole number of seconds up to ${MAX_DRAIN_SECONDS}`),
  },
  logFormat: {
    flag: "log-format",
    placeholder: "text|json",
    meaning: "lines for people, or one JSON object a line on stderr",
    fallback: "text",
    commands: ["serve"],
    ...oneOf(LOG_FORMATS),
  },
  logLevel: {
    flag: "log-level",
    placeholder: "debug|info|warn|error",
    meaning: "the lowest level that is logged",
    fallback: "info",
    commands: ["serve"],
    ...oneOf(LOG_LEVELS),
  },
  to: {
    flag: "to",
    placeholder: "DIR",
    meaning: "the backup to make; must not exist yet",
    fallback: null,
    commands: ["backup"],
    ...place(),
  },
  from: {
    flag: "from",
    placeholder: "DIR",
    meaning: "a backup",
    fallback: null,
    commands: ["restore", "verify"],
    ...place(),
  },
} as const satisfies Readonly<Record<string, Setting<unknown>>>;

type Parser<T> = Pick<Setting<T>, "parse" | "allowed">;

function place(): Parser<string> {
  return { parse: (text) => text, allowed: "a path" };
}

function matching(form: RegExp, allowed: string): Parser<string> {
  return { parse: (text) => (form.test(text) ? text : null), allowed };
}

function integer(max: number, allowed: string): Parser<number> {
  const parse = (text: string) =>
    /^\d{1,9}$/.test(text) && Number(text) <= max ? Number(text) : null;
  return { parse, allowed };
}

function oneOf<T extends string>(values: readonly T[]): Parser<T> {
  const parse = (text: string) => values.find((value) => value === text) ?? null;
  return { parse, allowed: `one of ${values.join(", ")}` };
}

function origin(): Parser<string> {
  const parse = (text: string) => {
    const url = URL.parse(text);
    return url !== null && /^https?:$/.test(url.protocol) ? text : null;
  };
  return { parse, allowed: "an address that begins with http:// or https://" };
}
