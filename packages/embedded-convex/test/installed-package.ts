/** The package as a newcomer has it: packed by npm, unpacked under their node_modules, built files only. */
import { spawn } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));

export interface NewcomerProject {
  readonly dir: string;
  readonly readme: string;
  /** Runs a program in the folder to its end; throws what it printed unless it ends with 0. */
  run(program: string, ...args: readonly string[]): Promise<string>;
  remove(): void;
}

/**
 * Copies test/fixtures/newcomer. Of this repository's packages it gets what the manifests
 * name as dependencies, and besides them only the compiler and Node's types.
 */
export async function installForNewcomer(): Promise<NewcomerProject> {
  const dir = mkdtempSync(join(tmpdir(), "newcomer-"));
  cpSync(fileURLToPath(new URL("fixtures/newcomer", import.meta.url)), dir, { recursive: true });
  const modules = join(dir, "node_modules");
  mkdirSync(modules);
  const run = (program: string, ...args: readonly string[]) => runIn(dir, program, args);
  await runIn(PACKAGE, "npm", ["pack", "--offline", "--pack-destination", dir]);
  const tarball = readdirSync(dir).find((name) => name.endsWith(".tgz")) ?? "";
  await run("tar", "-xzf", tarball);
  await run("mv", "package", "node_modules/embedded-convex");
  const installed = join(modules, "embedded-convex");
  const { dependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  for (const name of [...Object.keys(dependencies), "typescript", "@types/node"]) {
    mkdirSync(dirname(join(modules, name)), { recursive: true });
    symlinkSync(folderOf(name), join(modules, name));
  }
  return {
    dir,
    readme: readFileSync(join(installed, "README.md"), "utf8"),
    run,
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function folderOf(name: string): string {
  const places = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const found = places.find((place) => readdirSyncOrNone(join(place, name)).length > 0);
  if (found === undefined) throw new Error(`${name} is not installed in this repository`);
  return join(found, name);
}

function readdirSyncOrNone(dir: string): readonly string[] {
  try {
    return readdirSync(dir);
  } catch {
    return [];
  }
}

async function runIn(cwd: string, program: string, args: readonly string[]): Promise<string> {
  // Nothing of this process's npm or Convex settings reaches it.
  const { PATH, HOME } = process.env;
  const child = spawn(program, args, { cwd, env: { PATH, HOME, CI: "1" } });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      output += String(text);
    });
  }
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}:\n${output}`);
  return output;
}
