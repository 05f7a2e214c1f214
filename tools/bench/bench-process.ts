/** A process of the bench with typed messages. A failure it tells of rejects whoever waits for it. */
import { type ChildProcess, fork, type StdioOptions } from "node:child_process";
import { fileURLToPath } from "node:url";

interface Tagged {
  readonly kind: string;
}
type Of<M, K extends string> = Extract<M, { readonly kind: K }>;

export class BenchProcess<In, Out> {
  readonly #child: ChildProcess;

  constructor(child: ChildProcess) {
    this.#child = child;
  }

  send(message: Out): void {
    this.#child.send(message as object);
  }

  on<K extends string>(kind: K, listener: (message: Of<In, K>) => void): void {
    this.#child.on("message", (message) => {
      if ((message as Tagged).kind === kind) listener(message as Of<In, K>);
    });
  }

  /** The next message, whatever it is. */
  next(): Promise<In> {
    return this.#waitFor(() => true);
  }

  nextOf<K extends string>(kind: K): Promise<Of<In, K>> {
    return this.#waitFor((message) => (message as Tagged).kind === kind) as Promise<Of<In, K>>;
  }

  end(): void {
    this.#child.kill();
  }

  #waitFor(matches: (message: unknown) => boolean): Promise<In> {
    return new Promise((resolve, reject) => {
      const onMessage = (message: unknown) => {
        const failure = message as { readonly kind?: string; readonly message?: string };
        if (failure.kind === "failed")
          settle(() => reject(new Error(`a process of the bench failed: ${failure.message}`)));
        else if (matches(message)) settle(() => resolve(message as In));
      };
      const onExit = (code: number | null) =>
        settle(() => reject(new Error(`a bench process ended with ${code}`)));
      const settle = (finish: () => void) => {
        this.#child.off("message", onMessage);
        this.#child.off("exit", onExit);
        finish();
      };
      this.#child.on("message", onMessage);
      this.#child.once("exit", onExit);
    });
  }
}

/** Starts a module of the bench as a process of its own. */
export function forkBench<In, Out>(module: URL, ...args: readonly string[]): BenchProcess<In, Out> {
  const stdio = ["ignore", "inherit", "inherit", "ipc"] satisfies StdioOptions;
  return new BenchProcess<In, Out>(fork(fileURLToPath(module), args, { stdio }));
}
