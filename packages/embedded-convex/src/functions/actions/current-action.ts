/**
 * One running action inside its worker: its system calls, its logs, and what it left
 * unfinished. Found through the asynchronous context, so actions can share a thread.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { JSONValue } from "convex/values";
import type { Answer, FromWorker } from "./protocol.ts";

type Post = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;

interface Waiting {
  readonly name: string;
  readonly resolve: (answer: Answer) => void;
}

const storage = new AsyncLocalStorage<CurrentAction>();

/** The action whose code is running; null outside. */
export function currentAction(): CurrentAction | null {
  return storage.getStore() ?? null;
}

export class CurrentAction {
  readonly id: number;
  /** Aborts the action's own fetches when it ends. */
  readonly ended = new AbortController();
  /** What its component was mounted with. */
  readonly componentArgs: Readonly<Record<string, JSONValue>>;
  readonly #post: Post;
  readonly #waiting = new Map<number, Waiting>();
  readonly #dangling = new Map<unknown, { readonly name: string; readonly cancel: () => void }>();
  #nextCall = 0;
  #over = false;

  constructor(id: number, post: Post, componentArgs: Readonly<Record<string, JSONValue>>) {
    this.id = id;
    this.#post = post;
    this.componentArgs = componentArgs;
  }

  run<T>(work: () => T): T {
    return storage.run(this, work);
  }

  log(level: string, message: string): void {
    if (!this.#over) this.#post({ type: "log", job: this.id, level, message });
  }

  /** Resolves with the answer of the main thread; never when the action has ended. */
  call(op: string, args: string, bytes?: Uint8Array): Promise<Answer> {
    const call = this.#nextCall++;
    return new Promise((resolve) => {
      if (this.#over) return;
      this.#waiting.set(call, { name: operationName(op), resolve });
      const message = { type: "call", job: this.id, call, op, args } as const;
      this.#post(bytes === undefined ? message : { ...message, bytes });
    });
  }

  answer(call: number, answer: Answer): void {
    this.#waiting.get(call)?.resolve(answer);
    this.#waiting.delete(call);
  }

  /** Something the platform does for the action; cancelled when the action ends first. */
  track(key: unknown, name: string, cancel: () => void): void {
    if (!this.#over) this.#dangling.set(key, { name, cancel });
  }

  untrack(key: unknown): void {
    this.#dangling.delete(key);
  }

  /** Ends it: answers the names of what nobody awaited, which is cancelled. */
  end(): string[] {
    this.#over = true;
    const names = [...this.#waiting.values(), ...this.#dangling.values()].map(({ name }) => name);
    this.#waiting.clear();
    for (const { cancel } of this.#dangling.values()) cancel();
    this.#dangling.clear();
    this.ended.abort();
    return names;
  }
}

const NAMES: Readonly<Record<string, string>> = {
  "1.0/actions/query": "runQuery",
  "1.0/actions/mutation": "runMutation",
  "1.0/actions/action": "runAction",
  "1.0/actions/schedule": "scheduler",
  "1.0/actions/cancel_job": "scheduler.cancel",
  "1.0/actions/vectorSearch": "vectorSearch",
};

function operationName(op: string): string {
  return NAMES[op] ?? op.replace(/^1\.0\//, "");
}
