/**
 * The only script that runs on whatever Node the machine has (20 or newer): it
 * installs dependencies when they are missing or stale, then continues in Node 24,
 * which the dependencies bring. It imports nothing but Node itself.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const nodeBinary = join(root, "node_modules/node/bin/node");
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"];
const PARENT_LOOK_MS = 250;

const [script, ...args] = process.argv.slice(2);
if (script === undefined) fail("Usage: node tools/bootstrap.mjs <script> [arguments]");
if (Number(process.versions.node.split(".")[0]) < 20) {
  fail(`Heliograph needs Node 20 or newer to install itself; this is ${process.version}.`);
}
if (process.platform === "win32") fail("Heliograph runs on Linux and macOS; on Windows use WSL.");
if (!isInstalled()) install();
continueInNode24();

/**
 * True when what npm last put into node_modules is what package-lock.json asks for. npm writes its
 * own record there last, so an install that was cut short leaves none, or an old one.
 */
function isInstalled() {
  const wanted = readPackages("package-lock.json");
  const present = readPackages("node_modules/.package-lock.json");
  if (wanted === undefined) fail("package-lock.json is missing or broken: restore it from git.");
  if (present === undefined || !existsSync(nodeBinary)) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true; // the root itself: npm does not record it
    const found = present[path];
    if (found === undefined) return entry.optional === true; // for another platform
    return found.version === entry.version && found.integrity === entry.integrity;
  });
}

function readPackages(file) {
  try {
    return JSON.parse(readFileSync(join(root, file), "utf8")).packages;
  } catch {
    return undefined;
  }
}

function install() {
  process.stdout.write("Installing dependencies (the first time, and when they change) ...\n");
  // Said outright, because NODE_ENV=production or a person's npmrc may say otherwise.
  const always = ["--include=dev", "--include=optional", "--ignore-scripts=false"];
  const quiet = ["--no-audit", "--no-fund", "--loglevel=error"];
  const npm = spawnSync("npm", ["ci", ...always, ...quiet], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (npm.error !== undefined)
    fail(`npm could not be run (${npm.error.message}): is it installed?`);
  if (npm.signal !== null) process.exit(128 + constants.signals[npm.signal]);
  if (npm.status !== 0) {
    fail(
      "npm ci failed: its message is above. It needs the npm registry, and about 1 GB of disk; run the command again once that is put right.",
    );
  }
  if (!isInstalled()) {
    fail("npm ci ended without error but left node_modules incomplete: remove it and try again.");
  }
}

function continueInNode24() {
  const child = spawn(
    nodeBinary,
    ["--disable-warning=ExperimentalWarning", join(root, script), ...args],
    {
      cwd: root,
      stdio: ["inherit", "inherit", "inherit", "ipc"], // by the channel the child hears of our end
      env: {
        ...process.env,
        INIT_CWD: process.env.INIT_CWD ?? process.cwd(), // where the person is, as npm says it too
        PATH: `${dirname(nodeBinary)}${delimiter}${process.env.PATH ?? ""}`,
      },
    },
  );
  // A supervisor signals only this process. A terminal signals the whole group, so
  // that the child may hear the same one twice: it takes that for one.
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  if (process.env.npm_lifecycle_event !== undefined) stopWithNpm(child);
  child.on("error", (error) => {
    fail(`${nodeBinary} cannot run here (${error.message}): remove node_modules and try again.`);
  });
  child.on("exit", (code, signal) => {
    process.exit(signal === null ? code : 128 + constants.signals[signal]);
  });
}

/** npm passes a signal on to the shell between it and us, which dies of it without telling us. */
function stopWithNpm(child) {
  const shell = process.ppid;
  const look = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(look);
    child.kill("SIGTERM");
  }, PARENT_LOOK_MS);
}

function fail(message) {
  process.stderr.write(`\n${message}\n`);
  process.exit(1);
}
