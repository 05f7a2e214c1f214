/**
 * One running action inside its worker: its system calls, its logs, and what it left
 * unfinished. Found through the asynchronous context, so actions can share a thread.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { JSONValue } from "convex/values";
import type { Clock } from "../../rooms.ts";
import type { Answer, FromWorker } from "./protocol.ts";

type Post = (message: FromWorker, transfer?: readonly ArrayBuffer[]) => void;

interface Waiting {
  readonly name: string;
  readonly resolve: (answer: Answer) => void;
}

/** More than that are not kept (`log-buffer.ts`); the one beyond says so. */
const MAX_LOG_LINES = 256 + 1;
/** Calls at the main thread at a time; the others wait in the action's own memory. */
const MAX_CALLS = 64;

/** What its code finds around it. */
interface Surroundings {
  /** What its component was mounted with. */
  readonly componentArgs: Readonly<Record<string, JSONValue>>;
  /** `globalThis.process`; null: Node's own. */
  readonly process: object | null;
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
  readonly surroundings: Surroundings;
  readonly #post: Post;
  readonly #waiting = new Map<number, Waiting>();
  /** Calls that are not yet sent, the first one first. */
  readonly #unsent = new Set<FromWorker>();
  #sent = 0;
  #logLines = 0;
  readonly #dangling = new Map<unknown, { readonly name: string; readonly cancel: () => void }>();
  #nextCall = 0;
  /** Calls, timers and fetches, begun and ended. */
  #deeds = 0;
  #over = false;

  constructor(id: number, post: Post, surroundings: Surroundings) {
    this.id = id;
    this.#post = post;
    this.surroundings = surroundings;
  }

  run<T>(work: () => T): T {
    return storage.run(this, work);
  }

  /** Calls `done` when it has neither begun nor ended anything for so long, and waits for nothing. */
  whenQuiet(clock: Pick<Clock, "after">, ms: number, done: () => void): void {
    const before = this.#deeds;
    clock.after(ms, () => {
      if (this.#over) return;
      const isWaiting = this.#waiting.size > 0 || this.#dangling.size > 0;
      if (!isWaiting && this.#deeds === before) done();
      else this.whenQuiet(clock, ms, done);
    });
  }

  log(level: string, message: string): void {
    if (this.#over || this.#logLines === MAX_LOG_LINES) return;
    this.#logLines++;
    this.#post({ type: "log", job: this.id, level, message });
  }

  /** Resolves with the answer of the main thread; never when the action has ended. */
  call(op: string, args: string, bytes?: Uint8Array): Promise<Answer> {
    const call = this.#nextCall++;
    this.#deeds++;
    return new Promise((resolve) => {
      if (this.#over) return;
      this.#waiting.set(call, { name: operationName(op), resolve });
      const message = { type: "call", job: this.id, call, op, args } as const;
      this.#unsent.add(bytes === undefined ? message : { ...message, bytes });
      this.#send();
    });
  }

  answer(call: number, answer: Answer): void {
    this.#deeds++;
    this.#waiting.get(call)?.resolve(answer);
    this.#waiting.delete(call);
    this.#sent--;
    this.#send();
  }

  #send(): void {
    if (this.#sent === MAX_CALLS) return;
    for (const message of this.#unsent) {
      this.#unsent.delete(message);
      this.#post(message);
      if (++this.#sent === MAX_CALLS) return;
    }
  }

  /** Something the platform does for the action; cancelled when the action ends first. */
  track(key: unknown, name: string, cancel: () => void): void {
    if (!this.#over) this.#dangling.set(key, { name, cancel });
  }

  untrack(key: unknown): void {
    this.#deeds++;
    this.#dangling.delete(key);
  }

  /** Ends it: answers the names of what nobody awaited, which is cancelled. */
  end(): string[] {
    this.#over = true;
    const names = [...this.#waiting.values(), ...this.#dangling.values()].map(({ name }) => name);
    this.#waiting.clear();
    this.#unsent.clear();
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
