/**
 * What runs first in every realm: puts the globals of Convex's runtime in place and
 * gives the engine its `Control`. Bundled into one script by `realm-script.ts`; the
 * script's value is `install`.
 */
import { analyzeModule, exportedJson } from "./analysis.ts";
import type { Answer, Bridge, Control, ExecutionStart, Phase, RealmError } from "./bridge.ts";
import { makeConsole } from "./console.ts";
import { installGlobals } from "./globals.ts";
import { ModuleState } from "./module-state.ts";
import { Modules } from "./modules.ts";
import { SeededRandom } from "./random.ts";
import { redefine, Searches } from "./searches.ts";
import { describeThrown } from "./thrown.ts";
import { Timer } from "./timer.ts";

interface Waiting {
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

const CALLS = {
  query: { flag: "isQuery", invoke: "invokeQuery" },
  mutation: { flag: "isMutation", invoke: "invokeMutation" },
} as const;

const TIME_OBSERVED = 1;
const RANDOM_OBSERVED = 2;

class Realm {
  phase: Phase = "idle";
  readonly #bridge: Bridge;
  readonly #timer: Timer;
  readonly #searches: Searches;
  readonly #random = new SeededRandom();
  readonly #state = new ModuleState();
  readonly #modules: Modules;
  readonly #waiting = new Map<number, Waiting>();
  readonly #resetConsole: () => void;
  readonly #importStart: { readonly nowMs: number; readonly seed: readonly number[] };
  #roots: (() => unknown)[] = [];
  #locked = false;
  #nextId = 0;
  #observed = 0;
  #nowMs = 0;
  #udfType: "query" | "mutation" = "query";
  #isOneChain = true;
  #isUnread = false;

  constructor(engine: Bridge, setup: RealmSetup) {
    const bridge = guarded(engine);
    this.#bridge = bridge;
    this.#timer = new Timer(() => bridge.remainingMs());
    this.#searches = new Searches(bridge, this.#timer);
    this.#importStart = setup;
    this.#modules = new Modules(bridge, {
      importing: () => this.phase === "import",
      dirty: () => {
        if (this.phase !== "import") this.#state.markDirty();
      },
      refuel: () => this.#timer.refuel(),
      roots: (...thunks) => {
        if (this.phase === "import" && this.#locked) this.#roots.push(...thunks);
      },
      privates: (read) => {
        if (this.phase === "import" && this.#locked) this.#state.readPrivates(read);
      },
      load: (path) => this.#dynamicImport(path),
    });
    countThen(() => this.#timer.tick());
    refuseToWait();
    const emit = (level: string, message: string) => bridge.log(level, message);
    const { console, reset } = makeConsole(emit, () => this.#now());
    this.#resetConsole = reset;
    installGlobals({
      bridge,
      console,
      env: setup.strictEnv === true ? strictEnvironment(setup.env) : { ...setup.env },
      phase: () => this.phase,
      now: () => this.#now(),
      performanceNow: () => this.#performanceNow(),
      random: () => this.#drawing().next(),
      randomWord: () => this.#drawing().nextWord(),
      compute: (op, args) => this.#send((id) => bridge.compute(id, op, args)),
      convex: {
        syscall: (op: string, args: string) => this.#syscall(op, args),
        asyncSyscall: (op: string, args: string) => this.#asyncSyscall(op, args),
        jsSyscall: (op: string) => {
          throw new Error(`Unknown JS syscall: ${String(op)}`);
        },
      },
    });
  }

  control(): Control {
    return {
      importModule: (path) => this.#importModule(path),
      sealImports: () => this.#sealImports(),
      lockdown: () => {
        this.#locked = true;
        this.#searches.install();
        this.#state.lockdown(globalThis);
      },
      invoke: (path, name, args, start) => this.#invoke(path, name, args, JSON.parse(start)),
      settle: (id, answer) => this.#settle(id, answer),
      drawSeed: () => JSON.stringify([0, 0, 0, 0].map(() => this.#random.nextWord())),
      isDirty: () => this.#state.isDirty,
      observed: () => this.#observed,
      release: () => this.#release(),
      analyze: (path) => attempt(() => analyzeModule(path, this.#modules.get(path))),
      exported: (path, kind) => attempt(() => exportedJson(path, this.#modules.get(path), kind)),
      describe: describeThrown,
      search: () => this.#searches.run(),
      promisePrototype: Promise.prototype,
    };
  }

  #importModule(path: string): string {
    if (this.#modules.has(path)) return attempt(() => void this.#modules.get(path));
    this.phase = "import";
    this.#nowMs = this.#importStart.nowMs;
    this.#random.seed(this.#importStart.seed);
    return attempt(() => void this.#modules.get(path));
  }

  #sealImports(): void {
    if (this.phase !== "import") return;
    const thunks = this.#roots;
    this.#roots = [];
    if (this.#locked) this.#state.seal(thunks.flatMap((thunk) => currentValue(thunk)));
    this.phase = "idle";
  }

  #invoke(path: string, name: string, args: string, start: ExecutionStart): void {
    this.phase = "run";
    this.#udfType = start.udfType;
    this.#isOneChain = true;
    this.#isUnread = false;
    this.#nowMs = start.nowMs;
    this.#random.seed(start.seed);
    this.#observed = 0;
    const finish = (ok: boolean, payload: string) => this.#bridge.finish(ok, payload);
    const fail = (thrown: unknown) => finish(false, describeThrown(thrown));
    try {
      const { flag, invoke } = CALLS[start.udfType];
      const target = this.#modules.get(path)[name] as Record<string, unknown>;
      const call = target[invoke];
      if (target[flag] !== true || typeof call !== "function") {
        throw new Error(NEITHER.replace("%", `${path}:${name}`));
      }
      Promise.resolve(Reflect.apply(call, target, [args])).then(
        (result: unknown) => finish(true, String(result)),
        fail,
      );
    } catch (error) {
      fail(error);
    }
  }

  #release(): boolean {
    this.phase = "idle";
    this.#resetConsole();
    this.#waiting.clear();
    this.#nextId = 0;
    return this.#locked && this.#state.restore();
  }

  #syscall(op: string, args: string): string {
    if (this.phase !== "run") throw importTimeError(op);
    this.#timer.check();
    return unwrap(this.#bridge.syscall(String(op), String(args)));
  }

  #asyncSyscall(op: string, args: string): Promise<string> {
    if (this.phase !== "run") return Promise.reject(importTimeError(op));
    this.#timer.check();
    const [name, text] = [String(op), String(args)];
    // An answer that nobody has read yet: several chains of calls run side by side, and go on
    // in the order of the queue from here on.
    if (this.#isUnread) this.#isOneChain = false;
    const answer = this.#isOneChain ? this.#bridge.answerAtOnce(name, text) : "";
    if (answer === "") return this.#send((id) => this.#bridge.asyncSyscall(id, name, text));
    this.#isUnread = true;
    void Promise.resolve().then(() => {
      this.#isUnread = false; // before whoever awaits the answer goes on
    });
    return new Promise((resolve, reject) => settleWith(answer, { resolve, reject }));
  }

  #send(start: (id: number) => void): Promise<string> {
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#waiting.set(id, { resolve, reject });
      start(id);
    });
  }

  #settle(id: number, answer: Answer): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    settleWith(answer, waiting);
  }

  #now(): number {
    if (this.phase === "run") this.#observed |= TIME_OBSERVED;
    return this.#nowMs;
  }

  #performanceNow(): number {
    if (this.phase === "run") this.#observed |= TIME_OBSERVED;
    const advances = this.phase === "run" && this.#udfType === "mutation";
    return advances ? Math.floor(this.#bridge.elapsedMs() * 10) / 10 : 0;
  }

  /** The generator, for code that draws from it: that is noticed. */
  #drawing(): SeededRandom {
    if (this.phase === "run") this.#observed |= RANDOM_OBSERVED;
    return this.#random;
  }

  #dynamicImport(path: string): Promise<object> {
    if (this.phase === "run") {
      return Promise.reject(new Error(`Can't dynamically import "${path}" in a query or mutation`));
    }
    return new Promise((resolve) => resolve(this.#modules.get(path)));
  }
}

export interface RealmSetup {
  readonly env: Readonly<Record<string, string>>;
  readonly nowMs: number;
  readonly seed: readonly number[];
  /** Reading a variable that is not set throws (auth.config). */
  readonly strictEnv?: boolean;
}

const NEITHER =
  'Function "%" is neither a query or mutation. Did you forget to wrap it with `query` or `mutation`?';

/**
 * At the end of the stack even the engine's functions throw, and that error is the
 * engine's own object: user code gets one of this realm instead.
 */
function guarded(bridge: Bridge): Bridge {
  const { apply } = Reflect; // user code may replace it, and would be handed the engine's functions
  const guard =
    (method: (...values: never[]) => unknown) =>
    (...values: unknown[]) => {
      try {
        return apply(method, bridge, values) as unknown;
      } catch {
        throw new RangeError("Maximum call stack size exceeded");
      }
    };
  const methods = Object.entries(bridge).map(([name, method]) => [name, guard(method)]);
  return Object.fromEntries(methods) as Bridge;
}

/** Chains made of the platform's own functions pass no other tick. */
function countThen(tick: () => void): void {
  const { then } = Promise.prototype;
  const { apply } = Reflect;
  const counted = {
    // biome-ignore lint/suspicious/noThenProperty: it takes the place of the platform's.
    then(this: unknown, ...values: unknown[]) {
      tick();
      return apply(then, this, values) as unknown;
    },
  };
  redefine(Promise.prototype, "then", counted.then);
}

/** It would hold the engine: nothing can wake what waits there. */
function refuseToWait(): void {
  const { wait } = {
    wait() {
      throw new TypeError("Atomics.wait cannot be called in this context");
    },
  };
  redefine(Atomics, "wait", wait);
}

function attempt(work: () => string | undefined): string {
  try {
    return `s${work() ?? ""}`;
  } catch (error) {
    return `e${describeThrown(error)}`;
  }
}

function unwrap(answer: Answer): string {
  if (answer[0] === "s") return answer.slice(1);
  throw toError(answer);
}

function settleWith(answer: Answer, { resolve, reject }: Waiting): void {
  if (answer[0] === "s") resolve(answer.slice(1));
  else reject(toError(answer));
}

function toError(answer: Answer): Error {
  const { message, data } = JSON.parse(answer.slice(1)) as RealmError;
  const error = new Error(message);
  return data === undefined ? error : Object.assign(error, { data });
}

function importTimeError(op: string): Error {
  if (DATABASE_OPS.has(op)) return new Error("Can't use database at import time");
  if (CALL_OPS.has(op)) return new Error("Cannot call another function at import time");
  return new Error(`Syscall ${op} unsupported at import time`);
}

const CALL_OPS = new Set([
  "1.0/runUdf",
  "1.0/actions/query",
  "1.0/actions/mutation",
  "1.0/actions/action",
]);
const DATABASE_OPS = new Set([
  "1.0/get",
  "1.0/queryStream",
  "1.0/queryStreamNext",
  "1.0/queryPage",
  "1.0/queryCleanup",
  "1.0/count",
  "1.0/insert",
  "1.0/shallowMerge",
  "1.0/replace",
  "1.0/remove",
  "1.0/db/normalizeId",
]);

/** A captured variable may never have been set: then there is nothing to keep. */
function currentValue(thunk: () => unknown): unknown[] {
  try {
    return [thunk()];
  } catch {
    return [];
  }
}

function strictEnvironment(
  env: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return new Proxy(env, {
    get(target, name) {
      if (typeof name === "symbol" || Object.hasOwn(target, name)) return Reflect.get(target, name);
      throw new Error(
        `Environment variable ${name} is used in auth config file but its value was not set`,
      );
    },
  });
}

/** The script's value. `setup` is JSON of RealmSetup. */
export function install(bridge: Bridge, setup: string): Control {
  return new Realm(bridge, JSON.parse(setup) as RealmSetup).control();
}
