/**
 * Globals of an action worker: the platform's own, with `Convex`, a console whose lines
 * belong to the action that wrote them, and fetches and timers that end with it.
 */
import { promisify } from "node:util";
import { makeConsole } from "../realm/console.ts";
import { type CurrentAction, currentAction } from "./current-action.ts";
import type { Answer } from "./protocol.ts";

export function installWorkerGlobals(): void {
  const emit = (level: string, message: string) => currentAction()?.log(level, message);
  define("console", makeConsole(emit, () => Date.now()).console);
  define("Convex", { syscall, asyncSyscall, jsSyscall });
  hideProcess();
  const { fetch, setTimeout, setInterval, clearTimeout, clearInterval } = globalThis;
  define("fetch", trackedFetch(fetch));
  const tracked = trackedTimer(setTimeout, clearTimeout, "setTimeout");
  define("setTimeout", withPromisedForm(tracked, setTimeout));
  define("setInterval", trackedTimer(setInterval, clearInterval, "setInterval"));
  define("clearTimeout", untrackedClear(clearTimeout));
  define("clearInterval", untrackedClear(clearInterval));
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
}

/**
 * Only modules for Node find Node's own: it has the app's variables and, through its modules,
 * all that the engine may read. Others cannot take this away.
 */
function hideProcess(): void {
  const { process } = globalThis;
  Object.defineProperty(globalThis, "process", {
    get: () => currentAction()?.surroundings.process ?? process,
    set: () => {}, // a polyfill that sets one of its own may go on
    configurable: false,
  });
}

const IMPORT_TIME = "unsupported at import time";

function syscall(op: string, args: string): string {
  if (op === "1.0/requireOperation") return "{}";
  if (op === "1.0/componentArgument")
    return componentArgument(JSON.parse(args) as { name: string });
  throw new Error(`Unknown operation ${op}`);
}

function componentArgument({ name }: { readonly name: string }): string {
  const given = currentAction()?.surroundings.componentArgs ?? {};
  return JSON.stringify(Object.hasOwn(given, name) ? { value: given[name] } : {});
}

async function asyncSyscall(op: string, args: string): Promise<string> {
  const action = currentAction();
  if (action === null) throw new Error(`Syscall ${op} ${IMPORT_TIME}`);
  const answer = unwrap(await action.call(op, args));
  return "json" in answer ? answer.json : "null";
}

function jsSyscall(op: string, args: Record<string, unknown>): unknown {
  const action = currentAction();
  if (action === null) throw new Error(`Syscall ${op} ${IMPORT_TIME}`);
  if (op === "storage/storeBlob") return storeBlob(action, args);
  if (op === "storage/getBlob") return getBlob(action, args);
  throw new Error(`Unknown JS syscall: ${op}`);
}

async function storeBlob(action: CurrentAction, args: Record<string, unknown>): Promise<unknown> {
  const { blob, options } = args as { blob: Blob; options?: { sha256?: string } };
  if (!(blob instanceof Blob)) {
    throw new Error(
      "store() expects a Blob. If you are trying to store a Request, `await request.blob()` will give you the correct input.",
    );
  }
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const meta = JSON.stringify({ contentType: blob.type, sha256: options?.sha256 ?? null });
  const answer = unwrap(await action.call("storage/storeBlob", meta, bytes));
  return "json" in answer ? JSON.parse(answer.json) : null;
}

async function getBlob(action: CurrentAction, args: Record<string, unknown>): Promise<Blob | null> {
  const meta = JSON.stringify({ storageId: args.storageId });
  const answer = unwrap(await action.call("storage/getBlob", meta));
  if ("json" in answer || answer.bytes === null) return null;
  const { contentType } = answer;
  const bytes = new Uint8Array(answer.bytes);
  return new Blob([bytes], contentType === null ? {} : { type: contentType });
}

/** Throws an error that `convex/server` turns into a ConvexError when it carries data. */
function unwrap(answer: Answer): Exclude<Answer, { ok: false }> {
  if (answer.ok) return answer;
  const error = new Error(answer.message);
  throw answer.data === undefined ? error : Object.assign(error, { data: answer.data });
}

function trackedFetch(real: typeof fetch): typeof fetch {
  return async (input, init) => {
    const action = currentAction();
    if (action === null) return real(input, init);
    const signals = [action.ended.signal, init?.signal ?? requestSignal(input)].filter(
      (signal) => signal !== null && signal !== undefined,
    );
    const key = {};
    action.track(key, "fetch", () => {});
    try {
      return await real(input, { ...init, signal: AbortSignal.any(signals) });
    } finally {
      action.untrack(key);
    }
  };
}

function requestSignal(input: Parameters<typeof fetch>[0]): AbortSignal | null {
  return input instanceof Request ? input.signal : null;
}

type Start = (
  callback: (...values: unknown[]) => void,
  ms?: number,
  ...values: unknown[]
) => unknown;
type Clear = (handle: never) => void;

function trackedTimer(start: unknown, clear: Clear, name: string): Start {
  return (callback, ms, ...values) => {
    const action = currentAction();
    const once = name === "setTimeout";
    const run = () => {
      if (once) action?.untrack(handle);
      callback(...values);
    };
    const handle = (start as Start)(run, ms);
    action?.track(handle, name, () => clear(handle as never));
    return handle;
  };
}

type Promised = (ms?: number, value?: unknown, options?: object) => Promise<unknown>;

/** For `promisify(setTimeout)`. With options (a signal) it is the platform's own. */
function withPromisedForm(tracked: Start, real: object): Start {
  const own = Reflect.get(real, promisify.custom) as Promised;
  const promised: Promised = (ms, value, options) =>
    options === undefined
      ? new Promise((resolve) => tracked(resolve, ms, value))
      : own(ms, value, options);
  return Object.assign(tracked, { [promisify.custom]: promised });
}

function untrackedClear(clear: Clear): (handle: unknown) => void {
  return (handle) => {
    currentAction()?.untrack(handle);
    clear(handle as never);
  };
}
