/**
 * The command line and the environment, read into one command with its settings, or
 * refused with what is wrong.
 *
 * [CLI1] Unknown flags, missing values and impossible ports are named.
 * [CONF2] A wrong value is refused with the name it was given under and what is allowed;
 *         so is a variable with our prefix that is no setting.
 */
import { parseArgs } from "node:util";
import {
  COMMANDS,
  type CommandName,
  isVariable,
  SETTINGS,
  type Setting,
  variableOf,
} from "./settings.ts";

type Name = keyof typeof SETTINGS;
type ValueOf<N extends Name> =
  (typeof SETTINGS)[N] extends Setting<infer T>
    ? (typeof SETTINGS)[N]["fallback"] extends null
      ? T | null
      : T
    : never;
export type Settings = { readonly [N in Name]: ValueOf<N> };
export type Environment = Readonly<Record<string, string | undefined>>;

/** `data` is where the command works; `verify` has either that or `from`. */
export type ParsedCommand =
  | { readonly kind: "serve"; readonly settings: Settings & { readonly data: string } }
  | { readonly kind: "backup"; readonly data: string; readonly to: string }
  | { readonly kind: "restore"; readonly from: string; readonly data: string }
  | { readonly kind: "verify"; readonly place: string; readonly isBackup: boolean }
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "wrong"; readonly message: string };

export function parseCommand(args: readonly string[], environment: Environment): ParsedCommand {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        ...Object.fromEntries(
          Object.values(SETTINGS).map(({ flag }) => [flag, { type: "string" as const }]),
        ),
        help: { type: "boolean", short: "h" },
        version: { type: "boolean" },
      },
    });
    if (values.help === true || positionals[0] === "help") return { kind: "help" };
    if (values.version === true) return { kind: "version" };
    const [command] = COMMANDS.filter((name) => positionals[0] === name);
    if (command === undefined || positionals.length !== 1) throw notACommand(positionals);
    return commandOf(command, readSettings(command, values, environment));
  } catch (error) {
    return { kind: "wrong", message: error instanceof Error ? error.message : String(error) };
  }
}

function notACommand(positionals: readonly string[]): Error {
  const names = COMMANDS.map((name) => `"${name}"`).join(", ");
  return new Error(`Expected one command of ${names}, got "${positionals.join(" ")}".`);
}

function commandOf(command: CommandName, settings: Settings): ParsedCommand {
  switch (command) {
    case "serve":
      return { kind: command, settings: { ...settings, data: required(settings, "data") } };
    case "backup":
      return { kind: command, data: required(settings, "data"), to: required(settings, "to") };
    case "restore":
      return { kind: command, from: required(settings, "from"), data: required(settings, "data") };
    case "verify": {
      if (settings.from !== null) return { kind: command, place: settings.from, isBackup: true };
      if (settings.data !== null) return { kind: command, place: settings.data, isBackup: false };
      throw new Error("--data or --from is missing.");
    }
    default:
      return command satisfies never;
  }
}

function required(settings: Settings, name: "data" | "to" | "from"): string {
  const value = settings[name];
  if (value !== null) return value;
  throw new Error(`--${name} is missing; it can be given as ${variableOf(SETTINGS[name])}, too.`);
}

type FlagValues = Readonly<Record<string, string | boolean | undefined>>;

function readSettings(command: CommandName, flags: FlagValues, environment: Environment): Settings {
  refuseUnknownVariables(environment);
  const all: readonly [string, Setting<unknown>][] = Object.entries(SETTINGS);
  const entries = all.map(([name, setting]) => [
    name,
    readSetting(command, setting, flags[setting.flag], environment),
  ]);
  return Object.fromEntries(entries) as Settings; // one entry for each name, of its own type
}

/** A flag that the command does not have is refused; a variable may be meant for another one. */
function readSetting<T>(
  command: CommandName,
  setting: Setting<T>,
  flag: string | boolean | undefined,
  environment: Environment,
): T | null {
  const isOurs = setting.commands.includes(command);
  if (typeof flag === "string") {
    if (!isOurs) throw new Error(`--${setting.flag} is no flag of "${command}".`);
    if (flag === "") throw new Error(`--${setting.flag} is empty.`);
    return settingValue(setting, `--${setting.flag}`, flag);
  }
  const variable = environment[variableOf(setting)];
  if (isOurs && variable !== undefined && variable !== "") {
    return settingValue(setting, variableOf(setting), variable);
  }
  return setting.fallback === null ? null : settingValue(setting, setting.flag, setting.fallback);
}

function settingValue<T>({ parse, allowed }: Setting<T>, name: string, text: string): T {
  const value = parse(text);
  if (value === null) throw new Error(`${name} must be ${allowed}, got "${text}".`);
  return value;
}

function refuseUnknownVariables(environment: Environment): void {
  const known = new Set(Object.values(SETTINGS).map(variableOf));
  const unknown = Object.keys(environment).find((name) => isVariable(name) && !known.has(name));
  if (unknown === undefined) return;
  throw new Error(`${unknown} is no setting. There are ${[...known].join(", ")}.`);
}
