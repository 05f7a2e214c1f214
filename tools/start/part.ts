/**
 * One running part of the system: a child process, and the group of whatever it
 * starts. Its last log lines are kept, so that when it fails the person sees what
 * it said and not only that it is gone.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createWriteStream, mkdirSync, renameSync, statSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const KEPT_LINES = 30; // enough for a stack trace and what led to it
const STOP_GRACE_MS = 10_000; // an orderly stop drains in well under a second
const POLL_MS = 50;
const MOST_LOG_BYTES = 5 * 1024 * 1024; // then a start begins a new file

export interface PartSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: NodeJS.ProcessEnv;
  readonly logDir: string;
  /** Hears every line the part prints. */
  readonly onLine?: (line: string) => void;
}

/** A part ended though nobody stopped it, or never became ready. */
export class PartFailedError extends Error {
  override readonly name = "PartFailedError";
  readonly part: string;
  readonly lastLines: readonly string[];
  readonly logFile: string;

  constructor(part: Part, what: string) {
    super(`${part.name} ${what}`);
    this.part = part.name;
    this.lastLines = [...part.lastLines];
    this.logFile = part.logFile;
  }
}

export class Part {
  readonly name: string;
  readonly logFile: string;
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  readonly #ended: Promise<Ending>;
  #expected = false; // that it ends

  constructor({ name, command, args, cwd, env, logDir, onLine }: PartSpec) {
    this.name = name;
    this.logFile = join(logDir, `${name}.log`);
    mkdirSync(logDir, { recursive: true });
    this.#child = spawn(command, [...args], {
      cwd,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true, // a group of its own: Ctrl-C reaches only us, and we stop the parts in order
    });
    const log = openLog(this.logFile);
    this.#ended = endOf(this.#child).finally(() => log.end());
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on("line", (line) => {
        log.write(`${line}\n`);
        this.#lines.push(line);
        if (this.#lines.length > KEPT_LINES) this.#lines.shift();
        onLine?.(line);
      });
    }
  }

  /** The process group; undefined when the part could not even be started. */
  get group(): number | undefined {
    return this.#child.pid;
  }

  get lastLines(): readonly string[] {
    return this.#lines;
  }

  /** Resolves when the part has ended, whatever the reason. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  /** Rejects with PartFailedError when the part ends and nobody wanted that; never resolves. */
  async failure(): Promise<never> {
    const ending = await this.#ended;
    if (this.#expected) return new Promise<never>(() => {});
    throw new PartFailedError(this, describe(ending));
  }

  /** Resolves when `probe` answers true. Throws PartFailedError when the part ends or the time is over. */
  async ready(probe: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
    const deadlineMs = performance.now() + limitMs;
    while (!(await answerOf(probe))) {
      if (this.#expected) throw new PartFailedError(this, "was stopped before it was ready");
      if (performance.now() > deadlineMs) {
        throw new PartFailedError(this, `was not ready after ${limitMs / 1000} s`);
      }
      await Promise.race([sleep(POLL_MS), this.failure()]);
    }
  }

  /** For a part that does one thing: resolves when it has. Throws PartFailedError when it could not. */
  async done(): Promise<void> {
    const ending = await this.#ended;
    if (ending.kind !== "exited" || ending.code !== 0) {
      throw new PartFailedError(this, describe(ending));
    }
  }

  /** From now on its end is no failure. */
  expectEnd(): void {
    this.#expected = true;
  }

  /** Asks the part to stop and waits until it has; ends it by force after ten seconds. */
  async stop(): Promise<void> {
    this.#expected = true;
    signalGroup(this.#child, "SIGTERM");
    const force = setTimeout(() => signalGroup(this.#child, "SIGKILL"), STOP_GRACE_MS);
    await this.#ended;
    clearTimeout(force);
  }

  /** Ends the part at once. */
  kill(): void {
    this.#expected = true;
    signalGroup(this.#child, "SIGKILL");
  }
}

type Ending =
  | { readonly kind: "notStarted"; readonly reason: string }
  | { readonly kind: "exited"; readonly code: number }
  | { readonly kind: "signalled"; readonly signal: NodeJS.Signals };

function describe(ending: Ending): string {
  switch (ending.kind) {
    case "notStarted":
      return `could not be started: ${ending.reason}`;
    case "exited":
      return `ended with exit code ${ending.code}`;
    case "signalled":
      return `was ended by ${ending.signal}`;
    default:
      return ending satisfies never;
  }
}

/** Resolves when the process has ended and its output has been read to the end. */
function endOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve({ kind: "notStarted", reason: error.message }));
    // What it left behind would hold its output open, and so its end, for ever.
    child.once("exit", () => signalGroup(child, "SIGKILL"));
    child.once("close", (code, signal) =>
      resolve(
        signal === null ? { kind: "exited", code: code ?? 0 } : { kind: "signalled", signal },
      ),
    );
  });
}

function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // the whole group has ended
  }
}

/** Appends: a second start on the same data, which is refused, spoils no log of the first. */
function openLog(file: string): WriteStream {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > MOST_LOG_BYTES) renameSync(file, `${file}.old`);
  const log = createWriteStream(file, { flags: "a", mode: 0o600 });
  log.on("error", () => undefined); // a full disk: the engine will say so, and matters more
  return log;
}

async function answerOf(probe: () => boolean | Promise<boolean>): Promise<boolean> {
  try {
    return await probe();
  } catch {
    return false;
  }
}
