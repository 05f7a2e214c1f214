/**
 * One running part of the system: a child process whose last log lines are kept,
 * so that when it fails the person sees what it said and not only that it is gone.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

const KEPT_LINES = 30; // enough for a stack trace and what led to it
const STOP_GRACE_MS = 10_000; // an orderly stop drains in well under a second

export interface PartSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly logDir: string;
}

/** A part ended though nobody stopped it, or never became ready. */
export class PartFailedError extends Error {
  override readonly name = "PartFailedError";
  readonly part: string;
  readonly lastLines: readonly string[];

  constructor(part: string, what: string, lastLines: readonly string[]) {
    super(`${part} ${what}`);
    this.part = part;
    this.lastLines = lastLines;
  }
}

export class Part {
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #ended: Promise<string>;
  #stopping = false;

  constructor(spec: PartSpec) {
    this.name = spec.name;
    mkdirSync(spec.logDir, { recursive: true });
    const log = createWriteStream(join(spec.logDir, `${spec.name}.log`), { flags: "w" });
    this.#child = spawn(spec.command, [...spec.args], {
      cwd: spec.cwd,
      env: { ...process.env, ...spec.env },
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // Ctrl-C reaches only us: we stop the parts in order
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        log.write(`${line}\n`);
        this.#lines.push(line);
        if (this.#lines.length > KEPT_LINES) this.#lines.shift();
      });
    }
    this.#ended = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve(`could not be started: ${error.message}`));
      this.#child.once("close", (code, signal) => {
        log.end();
        resolve(signal === null ? `ended with exit code ${code}` : `was ended by ${signal}`);
      });
    });
  }

  get lastLines(): readonly string[] {
    return this.#lines;
  }

  /** Rejects with PartFailedError when the part ends without `stop`; never resolves. */
  async failure(): Promise<never> {
    const what = await this.#ended;
    if (this.#stopping) return new Promise<never>(() => {});
    throw new PartFailedError(this.name, what, this.#lines);
  }

  /** Resolves when `probe` answers true. Throws PartFailedError when the part ends or the time is over. */
  async ready(probe: () => Promise<boolean>, limitMs: number): Promise<void> {
    const deadline = Date.now() + limitMs;
    const poll = async (): Promise<void> => {
      while (!(await probe().catch(() => false))) {
        if (Date.now() > deadline) {
          throw new PartFailedError(
            this.name,
            `was not ready after ${limitMs / 1000} s`,
            this.#lines,
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await Promise.race([poll(), this.failure()]);
  }

  /** Asks the part to stop and waits; ends it by force after ten seconds. */
  async stop(): Promise<void> {
    this.#stopping = true;
    this.#signal("SIGTERM");
    const force = setTimeout(() => this.#signal("SIGKILL"), STOP_GRACE_MS);
    await this.#ended;
    clearTimeout(force);
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, signal); // the group: vite and the CLI have children of their own
    } catch {
      // it ended between the check and the signal
    }
  }
}
