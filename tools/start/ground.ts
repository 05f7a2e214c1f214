/**
 * What the parts stand on: starts them, knows those that run, stops them in
 * reverse order. Nothing can be started once it is closing, so that a start-up
 * that was interrupted leaves nothing behind.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "../deployment/convex-cli.ts";
import type { StartFlags } from "./flags.ts";
import { Part } from "./part.ts";
import { origins } from "./world.ts";

export interface PartRequest {
  readonly name: string;
  readonly args: readonly string[]; // of Node
  readonly cwd?: string;
  /** The whole environment; ours when left out. */
  readonly env?: NodeJS.ProcessEnv;
  readonly onLine?: (line: string) => void;
}

/** A part was about to be started while everything stops. */
class ClosingError extends Error {
  override readonly name = "ClosingError";
}

export class Ground {
  readonly flags: StartFlags;
  readonly origins: ReturnType<typeof origins>;
  readonly logDir: string;
  readonly #leash = new Leash();
  readonly #parts: Part[] = [];
  readonly #closers: (() => Promise<void>)[] = [];
  #closing = false;

  constructor(flags: StartFlags) {
    this.flags = flags;
    this.origins = origins(flags.ports);
    this.logDir = join(flags.dataDir, "logs");
  }

  /** Starts a part that runs until everything stops. */
  run({ args, cwd = ROOT, env = process.env, ...request }: PartRequest): Part {
    if (this.#closing) throw new ClosingError(`${request.name} is not started: everything stops`);
    const command = process.execPath;
    const nodeArgs = ["--disable-warning=ExperimentalWarning", ...args];
    const part = new Part({ ...request, command, args: nodeArgs, cwd, env, logDir: this.logDir });
    this.#parts.push(part);
    this.#leash.hold(part);
    return part;
  }

  /** Runs a part that does one thing and ends. Throws PartFailedError when it could not. */
  async finish(request: PartRequest): Promise<void> {
    const part = this.run(request);
    part.expectEnd();
    await part.done();
  }

  /** `close` runs first of all when everything stops. */
  beforeClosing(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  /** Rejects with PartFailedError when a part that runs now ends by itself; never resolves. */
  failure(): Promise<never> {
    return Promise.race(this.#parts.map((part) => part.failure()));
  }

  /** Stops every part, the latest first. Safe to repeat. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const close of this.#closers) await close();
    for (const part of this.#parts.toReversed()) await part.stop();
    this.#leash.letGo();
  }

  /** Ends every part at once. */
  kill(): void {
    this.#closing = true;
    for (const part of this.#parts) part.kill();
  }
}

/** Our end of `leash.ts`. */
class Leash {
  readonly #process: ChildProcess;

  constructor() {
    const script = fileURLToPath(import.meta.resolve("./leash.ts"));
    this.#process = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script], {
      stdio: ["pipe", "ignore", "ignore"],
      detached: true, // what ends us must not end it
    });
    this.#process.unref();
    for (const emitter of [this.#process, this.#process.stdin]) {
      emitter?.on("error", () => undefined); // without it only a crash of ours leaves parts behind
    }
  }

  hold(part: Part): void {
    const { group } = part;
    if (group === undefined) return;
    this.#process.stdin?.write(`${group}\n`);
    void part.ended().then(() => this.#process.stdin?.write(`-${group}\n`));
  }

  letGo(): void {
    this.#process.stdin?.end();
  }
}
