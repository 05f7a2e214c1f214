/**
 * A realm as the engine sees it: one `node:vm` context with the bootstrap installed,
 * serving one execution at a time.
 *
 * `shared` realms are locked down (the platform is frozen before any import) and may
 * serve many executions; `fresh` realms are left as the standard has them and serve one.
 *
 * Numbers (2 cores, Node 24): a bare context 0.3 ms, with bootstrap and lockdown 2 ms;
 * entering one 6 us, entering with a time limit 42 us or much more (a thread is made and
 * joined), see `slices.ts`.
 */
import { type Context, constants, createContext, Script } from "node:vm";
import { enterLimited } from "./limited-entry.ts";
import type { ModuleScript } from "./module-script.ts";
import type { Bridge, Control } from "./realm/bridge.ts";
import type { RealmSetup } from "./realm/main.ts";
import { forgetPromises, watchPromises } from "./unhandled-rejections.ts";

export type RealmMode = "shared" | "fresh";

/** The execution a realm works for. */
export interface RealmClient {
  syscall(op: string, args: string): string;
  /** Empty when it must go through `asyncSyscall`. */
  answerAtOnce(op: string, args: string): string;
  asyncSyscall(id: number, op: string, args: string): void;
  compute(id: number, op: string, args: string): void;
  log(level: string, message: string): void;
  finish(ok: boolean, payload: string): void;
  elapsedMs(): number;
  /** For user code; 0 or less when it must end. */
  remainingMs(): number;
  /** User code was cut off in the middle of something. */
  outOfTime(): void;
}

/** A run that used the realm since rejections were last reported. */
export interface RealmUser {
  /** `sure`: nobody else can have made the promise. `thrown` is JSON of `Thrown`. */
  unhandledRejection(realm: Realm, promise: object, thrown: string, sure: boolean): void;
  rejectionHandled(promise: object): void;
}

/** For all rejections of an execution: describing one runs the getters of what was thrown. */
const DESCRIBING_MS = 100;
const UNREADABLE = JSON.stringify({ name: "", message: "an error that cannot be read", stack: "" });

const DRAIN = new Script("0", { filename: "realm:drain" });

export class Realm {
  readonly mode: RealmMode;
  /** Null between executions: what user code then does has no effect. */
  client: RealmClient | null = null;
  readonly users = new Set<RealmUser>();
  readonly control: Control;
  readonly #context: Context;
  #describingMs = DESCRIBING_MS;
  readonly #imported = new Set<string>();
  readonly #scripts: ReadonlyMap<string, Pick<ModuleScript, "script">>;

  constructor(
    mode: RealmMode,
    bootstrap: Script,
    scripts: ReadonlyMap<string, Pick<ModuleScript, "script">>,
    setup: RealmSetup,
  ) {
    this.mode = mode;
    this.#scripts = scripts;
    this.#context = createContext(constants.DONT_CONTEXTIFY, {
      microtaskMode: "afterEvaluate",
      // Such code has no ticks and keeps state: modules that need it get fresh realms.
      codeGeneration: { strings: mode === "fresh", wasm: mode === "fresh" },
    });
    const install = bootstrap.runInContext(this.#context) as (
      bridge: Bridge,
      setup: string,
    ) => Control;
    this.control = install(this.#bridge(), JSON.stringify(setup));
    if (mode === "shared") this.control.lockdown();
    watchPromises(this.control.promisePrototype, {
      unhandled: (promise, reason) => {
        const thrown = this.#describe(reason);
        for (const user of this.users)
          user.unhandledRejection(this, promise, thrown, this.users.size === 1);
      },
      handled: (promise) => {
        for (const user of this.users) user.rejectionHandled(promise);
      },
    });
  }

  /** For the next execution. */
  begin(): void {
    this.#describingMs = DESCRIBING_MS;
  }

  /** Runs the microtasks that wait in this realm. */
  drain(): void {
    DRAIN.runInContext(this.#context);
  }

  /** Evaluates a module, once. Answers null, or JSON of `Thrown`. */
  import(path: string): string | null {
    if (this.#imported.has(path)) return null;
    const answer = this.control.importModule(path);
    this.drain();
    this.control.sealImports();
    if (answer[0] !== "s") return answer.slice(1);
    this.#imported.add(path);
    return null;
  }

  dispose(): void {
    this.client = null;
    forgetPromises(this.control.promisePrototype);
  }

  /** Node reports rejections outside the slice loop, where nothing else would end a getter. */
  #describe(reason: unknown): string {
    if (this.#describingMs <= 0) return UNREADABLE;
    const start = performance.now();
    let thrown = UNREADABLE;
    const inTime = enterLimited(() => {
      thrown = this.control.describe(reason);
    }, this.#describingMs);
    this.#describingMs -= inTime ? performance.now() - start : this.#describingMs;
    return thrown;
  }

  #searchInTime(): boolean {
    const { client } = this;
    if (client === null) {
      this.control.search(); // whoever runs something here without an execution limits it
      return true;
    }
    const inTime = enterLimited(() => this.control.search(), client.remainingMs());
    if (!inTime) client.outOfTime();
    return inTime;
  }

  #bridge(): Bridge {
    return {
      syscall: (op, args) =>
        this.client?.syscall(op, args) ?? 'e{"message":"No function is running"}',
      answerAtOnce: (op, args) => this.client?.answerAtOnce(op, args) ?? "",
      asyncSyscall: (id, op, args) => this.client?.asyncSyscall(id, op, args),
      compute: (id, op, args) => this.client?.compute(id, op, args),
      log: (level, message) => this.client?.log(level, message),
      finish: (ok, payload) => this.client?.finish(ok, payload),
      remainingMs: () => this.client?.remainingMs() ?? Infinity,
      searchInTime: () => this.#searchInTime(),
      elapsedMs: () => this.client?.elapsedMs() ?? 0,
      wrapper: (path) => this.#scripts.get(path)?.script.runInContext(this.#context) ?? null,
      text: platformText,
      decodeUtf8,
    };
  }
}

const URL_PARTS = [
  "href",
  "origin",
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "search",
  "hash",
] as const;

function platformText(op: string, argument: string): string {
  try {
    if (op === "encodingName") return `s${new TextDecoder(argument).encoding}`;
    const [first = "", second, third] = JSON.parse(argument) as string[];
    const url = new URL(first, op === "url" ? second : undefined);
    if (op === "urlSet") Reflect.set(url, second ?? "", third);
    return `s${JSON.stringify(Object.fromEntries(URL_PARTS.map((name) => [name, url[name]])))}`;
  } catch (error) {
    return `e${error instanceof Error ? error.message : String(error)}`;
  }
}

function decodeUtf8(bytes: Uint8Array, label: string, fatal: boolean, ignoreBOM: boolean): string {
  try {
    // A view of the engine's own realm on the same memory: the platform's decoder wants one.
    const view = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return `s${new TextDecoder(label, { fatal, ignoreBOM }).decode(view)}`;
  } catch (error) {
    return `e${error instanceof Error ? error.message : String(error)}`;
  }
}
