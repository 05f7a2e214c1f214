/**
 * The `convex` CLI, unmodified, as a child process on a copy of a fixture app in a
 * temporary directory. Nothing of this process's Convex settings or proxies reaches it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const REPO = fileURLToPath(new URL("../../..", import.meta.url));
const CLI = join(REPO, "node_modules/convex/bin/main.js");

export interface Target {
  readonly url: string;
  readonly adminKey: string;
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Watching {
  /** Resolves when the output since the last call has `text`. */
  saw(text: string): Promise<void>;
  /** Its exit code, once it has ended by itself. */
  ended(): Promise<number | null>;
  stop(): Promise<void>;
}

export interface Project {
  readonly dir: string;
  /** Runs a command to its end. */
  convex(...args: readonly string[]): Promise<Finished>;
  /** Starts a command that stays. */
  watch(...args: readonly string[]): Watching;
  read(path: string): string;
  write(path: string, text: string): void;
  edit(path: string, from: string, to: string): void;
  remove(): void;
}

/** Copies test/fixtures/<fixture>; `remove` it at the end. */
export function copyProject(fixture: string, target: Target): Project {
  const dir = mkdtempSync(join(tmpdir(), `convex-${fixture}-`));
  cpSync(fileURLToPath(new URL(`fixtures/${fixture}`, import.meta.url)), dir, { recursive: true });
  symlinkSync(join(REPO, "node_modules"), join(dir, "node_modules"));
  const start = (args: readonly string[]) =>
    spawn(process.execPath, [CLI, ...args], { cwd: dir, env: environment(dir, target) });
  const write = (path: string, text: string) => writeFileSync(join(dir, path), text);
  const read = (path: string) => readFileSync(join(dir, path), "utf8");
  return {
    dir,
    read,
    write,
    convex: (...args) => finish(start(args)),
    watch: (...args) => watch(start(args)),
    edit: (path, from, to) => {
      const before = read(path);
      if (!before.includes(from)) throw new Error(`${path} does not contain ${from}`);
      write(path, before.replace(from, to));
    },
    remove: () => rmSync(dir, { recursive: true, force: true }),
  };
}

function environment(dir: string, { url, adminKey }: Target): NodeJS.ProcessEnv {
  const { PATH } = process.env;
  return {
    PATH,
    HOME: dir,
    CI: "1", // keeps the CLI from reporting its failures to the network
    CONVEX_SELF_HOSTED_URL: url,
    CONVEX_SELF_HOSTED_ADMIN_KEY: adminKey,
  };
}

async function finish(child: ChildProcess): Promise<Finished> {
  const output = { stdout: "", stderr: "" };
  child.stdout?.on("data", (text) => (output.stdout += String(text)));
  child.stderr?.on("data", (text) => (output.stderr += String(text)));
  const code = await closed(child);
  return { code, ...output };
}

function watch(child: ChildProcess): Watching {
  let output = "";
  let look = () => {};
  const onData = (text: unknown) => {
    output += String(text);
    look();
  };
  child.stdout?.on("data", onData);
  child.stderr?.on("data", onData);
  const closing = closed(child);
  const ended = closing.then((code) => {
    throw new Error(`the CLI ended with ${code}:\n${output}`);
  });
  ended.catch(() => {});
  return {
    saw: async (text) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      look = () => {
        const at = output.indexOf(text);
        if (at === -1) return;
        output = output.slice(at + text.length);
        resolve();
      };
      look();
      await Promise.race([promise, ended]);
    },
    ended: () => closing,
    stop: async () => {
      child.kill("SIGKILL");
      await ended.catch(() => {});
    },
  };
}

function closed(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}
