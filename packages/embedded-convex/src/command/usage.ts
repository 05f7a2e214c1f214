/** What `--help` says. */
import { COMMANDS, type CommandName, SETTINGS, variableOf } from "./settings.ts";

const LINES: Readonly<Record<CommandName, string>> = {
  serve: "serve --data DIR [flags]             runs the deployment",
  backup: "backup --data DIR --to DIR           copies one snapshot, also while it runs",
  restore: "restore --from DIR --data DIR        checks a backup and makes a data directory of it",
  verify: "verify --data DIR | --from DIR       checks a data directory or a backup",
};

export const EXIT = { ok: 0, failed: 1, usage: 2, damaged: 3, otherVersion: 4 } as const;

export function usageText(): string {
  return `${COMMANDS.map((name) => `embedded-convex ${LINES[name]}`).join("\n")}

${COMMANDS.map(flagsOf).join("\n")}
  --help, --version

Each flag has an environment variable: ${variableOf(SETTINGS.sitePort)} for --site-port. The flag wins.
Exit codes: ${EXIT.ok} ended as asked, ${EXIT.failed} failed, ${EXIT.usage} wrong flags or variables, ${EXIT.damaged} damaged data or backup, ${EXIT.otherVersion} data of another version.
`;
}

function flagsOf(command: CommandName): string {
  const settings = Object.values(SETTINGS).filter(({ commands }) =>
    commands.some((name) => name === command),
  );
  const lines = settings.map(({ flag, placeholder, meaning, fallback }) => {
    const head = `  --${flag} ${placeholder}`;
    return `${head.padEnd(36)} ${meaning}${fallback === null ? "" : ` (${fallback})`}`;
  });
  return `${command}:\n${lines.join("\n")}\n`;
}
