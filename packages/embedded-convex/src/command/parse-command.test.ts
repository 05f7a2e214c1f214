import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { type Environment, parseCommand } from "./parse-command.ts";
import { SETTINGS, type Setting, variableOf } from "./settings.ts";
import { usageText } from "./usage.ts";

const settingsOf = (args: readonly string[], environment: Environment = {}) => {
  const parsed = parseCommand(["serve", "--data", "d", ...args], environment);
  if (parsed.kind !== "serve") throw new Error(JSON.stringify(parsed));
  return parsed.settings;
};
const all: readonly Setting<unknown>[] = Object.values(SETTINGS);

test("[CLI1] without flags it listens on this machine only, on Convex's ports", () => {
  expect(settingsOf([])).toEqual({
    data: "d",
    host: "127.0.0.1",
    port: 3210,
    sitePort: 3211,
    instanceName: null,
    cloudOrigin: null,
    siteOrigin: null,
    projectRoot: null,
    check: "auto",
    drainSeconds: 0,
    logFormat: "text",
    logLevel: "info",
    to: null,
    from: null,
  });
});

test.each([
  [["serve"], "--data is missing"],
  [["serve", "--data"], "--data"],
  [["serve", "--data", ""], "--data is empty"],
  [["serve", "--data", "d", "--colour", "red"], "--colour"],
  [["serve", "--data", "d", "--port", "http"], '--port must be a port number, got "http"'],
  [["serve", "--data", "d", "--site-port", "70000"], "--site-port must be a port number"],
  [["serve", "--data", "d", "--instance-name", "a|b"], "--instance-name must be letters"],
  [["serve", "--data", "d", "--cloud-origin", "example.com"], "begins with http:// or https://"],
  [["serve", "--data", "d", "--check", "maybe"], "--check must be one of auto, full, off"],
  [["serve", "--data", "d", "--drain-seconds", "-1"], "--drain-seconds"],
  [["serve", "--data", "d", "--log-format", "xml"], "--log-format must be one of text, json"],
  [["serve", "--data", "d", "--to", "x"], '--to is no flag of "serve"'],
  [["backup", "--data", "d"], "--to is missing"],
  [["restore", "--data", "d"], "--from is missing"],
  [["verify"], "--data or --from is missing"],
  [["start", "--data", "d"], 'got "start"'],
  [["serve", "extra", "--data", "d"], 'got "serve extra"'],
  [[], "Expected one command"],
])("[CLI1] %j is refused with what is wrong", (args, message) => {
  expect(parseCommand(args, {})).toMatchObject({
    kind: "wrong",
    message: expect.stringContaining(message),
  });
});

test("[CLI1] --help and --version are no errors", () => {
  expect(parseCommand(["--help"], {}).kind).toBe("help");
  expect(parseCommand(["serve", "-h"], {}).kind).toBe("help");
  expect(parseCommand(["--version"], {}).kind).toBe("version");
});

test("[CONF1] every setting has a variable; the flag wins over it, and it over the default", () => {
  const texts: Readonly<Record<string, string>> = {
    host: "h",
    port: "1",
    "site-port": "2",
    "instance-name": "n",
    "cloud-origin": "https://a.example",
    "site-origin": "https://b.example",
    "project-root": "p",
    check: "full",
    "drain-seconds": "3",
    "log-format": "json",
    "log-level": "error",
  };
  for (const setting of all.filter(({ commands }) => commands.includes("serve"))) {
    if (setting.flag === "data") continue;
    const text = texts[setting.flag] ?? "";
    const read = (args: readonly string[], environment: Environment) =>
      Object.entries(settingsOf(args, environment)).find(
        ([name]) => SETTINGS[name as keyof typeof SETTINGS] === setting,
      )?.[1];
    const [fallback, wanted] = [read([], {}), setting.parse(text)];
    expect(variableOf(setting)).toMatch(/^EMBEDDED_CONVEX_[A-Z_]+$/);
    expect(wanted).not.toEqual(fallback);
    expect(read([], { [variableOf(setting)]: text })).toEqual(wanted);
    expect(read([], { [variableOf(setting)]: "" })).toEqual(fallback);
    const other = setting.fallback ?? `${text}x`;
    expect(read([`--${setting.flag}`, text], { [variableOf(setting)]: other })).toEqual(wanted);
  }
});

test("[CONF1] the place of the data and the backup may come from variables, too", () => {
  const environment = { EMBEDDED_CONVEX_DATA: "d", EMBEDDED_CONVEX_TO: "t", PATH: "/bin" };
  expect(parseCommand(["backup"], environment)).toEqual({ kind: "backup", data: "d", to: "t" });
});

test.each([
  [{ EMBEDDED_CONVEX_PORT: "http" }, 'EMBEDDED_CONVEX_PORT must be a port number, got "http"'],
  [{ EMBEDDED_CONVEX_CHECK: "no" }, "EMBEDDED_CONVEX_CHECK must be one of auto, full, off"],
  [{ EMBEDDED_CONVEX_PROT: "1" }, "EMBEDDED_CONVEX_PROT is no setting"],
])("[CONF2] %j is refused by name, with what is allowed", (environment, message) => {
  expect(parseCommand(["serve", "--data", "d"], environment)).toMatchObject({
    kind: "wrong",
    message: expect.stringContaining(message),
  });
});

test("[CONF3] --help names every flag with its default", () => {
  for (const { flag, fallback, commands } of all) {
    for (const command of commands) {
      const section = usageText().split(`\n${command}:\n`)[1]?.split("\n\n")[0];
      expect(section).toMatch(new RegExp(`^  --${flag} `, "m"));
      if (fallback !== null) expect(section).toContain(`(${fallback})`);
    }
  }
});

test("[CONF3] the README's table is the list of settings", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const rows = all.map(({ placeholder, meaning, ...setting }) => {
    const fallback = setting.fallback === null ? "" : `\`${setting.fallback}\``;
    const flag = `\`--${setting.flag} ${placeholder.replaceAll("|", "\\|")}\``;
    return `| ${flag} | \`${variableOf(setting)}\` | ${fallback} | ${setting.commands.join(", ")} | ${meaning} |`;
  });
  const table = readme.split("\n").filter((line) => line.startsWith("| `--"));
  expect(table.map(squeezed)).toEqual(rows.map(squeezed));
});

/** Formatters align tables with spaces. */
function squeezed(row: string): string {
  return row.replace(/ +/g, " ");
}
