/**
 * Finds a Chromium for the page tests, or installs one: from Debian's packages
 * when this is root on a Debian system, else with Playwright's own download.
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { chromium } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";

/** No browser, and no way to get one; the message says what was tried. */
export class NoBrowserError extends Error {
  override readonly name = "NoBrowserError";
}

/** Flags under which Chromium runs headless, also as root and without a way to the internet. */
export const CHROMIUM_FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export function findChromium(): string | undefined {
  const given = process.env.CHROMIUM_PATH;
  const onPath = (process.env.PATH ?? "")
    .split(delimiter)
    .flatMap((dir) => NAMES.map((name) => join(dir, name)));
  return [given, ...onPath, MAC, chromium.executablePath()].find(
    (path) => path !== undefined && existsSync(path),
  );
}

/** The browser's path; installs one when there is none. Throws NoBrowserError. */
export function ensureChromium(say: (text: string) => void): string {
  const found = findChromium();
  if (found !== undefined) return found;
  const tried: string[] = [];
  for (const [what, install] of ways()) {
    say(`No Chromium found: installing it with ${what} ...`);
    const failure = install();
    const path = findChromium();
    if (path !== undefined) return path;
    tried.push(`${what}: ${failure}`);
  }
  throw new NoBrowserError(
    `The page tests need Chromium and it could not be installed.\n${tried.join("\n")}\n` +
      "Install Chromium or Chrome yourself, or name its binary in CHROMIUM_PATH.",
  );
}

type Way = readonly [what: string, install: () => string];

function ways(): readonly Way[] {
  const apt: Way = [
    "apt",
    () =>
      run("apt-get", ["update"]) ??
      run("apt-get", ["install", "-y", "--no-install-recommends", "chromium"]) ??
      "no binary",
  ];
  const playwright: Way = [
    "playwright",
    () =>
      run(process.execPath, [
        join("node_modules", "playwright-core", "cli.js"),
        "install",
        "chromium",
      ]) ?? "no binary",
  ];
  const isRootOnDebian = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  return isRootOnDebian ? [apt, playwright] : [playwright];
}

/** What went wrong, or undefined. */
function run(command: string, args: readonly string[]): string | undefined {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const { status, stderr, error } = spawnSync(command, args, { env, encoding: "utf8" });
  if (status === 0) return undefined;
  return error?.message ?? (stderr.trim().split("\n").at(-1) || `exit code ${status}`);
}
