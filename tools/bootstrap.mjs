/**
 * The only script that runs on whatever Node the machine has (20 or newer): it
 * installs dependencies when they are missing or stale, then continues in Node 24,
 * which the dependencies bring. It imports nothing but Node itself.
 */
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const [script, ...args] = process.argv.slice(2);
const nodeBinary = join(root, "node_modules/node/bin/node");
const stampFile = join(root, "node_modules/.heliograph-installed");

function fail(message) {
  process.stderr.write(`\n${message}\n`);
  process.exit(1);
}

if (script === undefined) fail("Usage: node tools/bootstrap.mjs <script> [arguments]");
const major = Number(process.versions.node.split(".")[0]);
if (major < 20)
  fail(`Heliograph needs Node 20 or newer to install itself; this is ${process.version}.`);

const lockHash = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");
const installed = existsSync(stampFile) && readFileSync(stampFile, "utf8") === lockHash;

if (!installed || !existsSync(nodeBinary)) {
  process.stdout.write("Installing dependencies (once per change of package-lock.json) ...\n");
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  const run = (npmArgs) =>
    spawnSync(npm, npmArgs, { cwd: root, stdio: ["ignore", "inherit", "inherit"] }).status === 0;
  if (!run(["ci", "--no-audit", "--no-fund", "--loglevel=error"])) {
    fail("npm ci failed: see its message above. Heliograph needs the npm registry to install.");
  }
  // An npm set to ignore install scripts leaves these without their binaries.
  if (!existsSync(nodeBinary) && !run(["rebuild", "node", "esbuild", "--loglevel=error"])) {
    fail("Node 24 could not be set up: `npm rebuild node` failed.");
  }
  if (!existsSync(nodeBinary)) {
    fail("Node 24 could not be set up: are npm's install scripts disabled (ignore-scripts)?");
  }
  writeFileSync(stampFile, lockHash);
}

const child = spawn(
  nodeBinary,
  ["--disable-warning=ExperimentalWarning", join(root, script), ...args],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, PATH: `${dirname(nodeBinary)}:${process.env.PATH ?? ""}` },
  },
);
// The terminal sends Ctrl-C to the whole group; a supervisor signals only this process.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on("exit", (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
