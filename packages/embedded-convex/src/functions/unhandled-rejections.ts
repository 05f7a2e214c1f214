/**
 * Rejected promises that nobody handles, of realms. Node reports them for the whole
 * process, where a listener of somebody else's (or Node itself, by ending the process)
 * would act on them. A promise of user code is no business of the process: those of
 * watched realms are taken out before any listener hears of them.
 */

import { types } from "node:util";

interface PromiseWatcher {
  unhandled(promise: object, reason: unknown): void;
  /** Somebody attached a handler after all. */
  handled(promise: object): void;
}

const watchers = new WeakMap<object, PromiseWatcher>();
let installed = false;

/** `prototype` is `Promise.prototype` of the realm. */
export function watchPromises(prototype: object, watcher: PromiseWatcher): void {
  install();
  watchers.set(prototype, watcher);
}

const IGNORED: PromiseWatcher = { unhandled: () => {}, handled: () => {} };

/** Promises of this realm are ignored from now on; they still do not reach the process. */
export function forgetPromises(prototype: object): void {
  watchers.set(prototype, IGNORED);
}

function install(): void {
  if (installed) return;
  installed = true;
  const emit = process.emit;
  const intercept = (event: string, ...args: unknown[]): boolean => {
    if (event === "unhandledRejection") {
      const watcher = watcherOf(args[1]);
      watcher?.unhandled(args[1] as object, args[0]);
      if (watcher !== undefined || isDisguised(args[1])) return true;
    } else if (event === "rejectionHandled") {
      const watcher = watcherOf(args[0]);
      watcher?.handled(args[0] as object);
      if (watcher !== undefined) return true;
    }
    return Reflect.apply(emit, process, [event, ...args]) as boolean;
  };
  process.emit = intercept as typeof process.emit;
}

/** A promise whose prototype was replaced: whose it is cannot be told, the process's it is not. */
function isDisguised(promise: unknown): boolean {
  for (let proto = promise; proto !== null; proto = Object.getPrototypeOf(proto)) {
    if (types.isProxy(proto)) return true;
    const tag = Object.getOwnPropertyDescriptor(proto, Symbol.toStringTag);
    if (tag?.value === "Promise") return false;
  }
  return true;
}

function watcherOf(promise: unknown): PromiseWatcher | undefined {
  if (typeof promise !== "object" || promise === null) return undefined;
  for (
    let proto = Object.getPrototypeOf(promise);
    proto !== null && !types.isProxy(proto);
    proto = Object.getPrototypeOf(proto)
  ) {
    const watcher = watchers.get(proto as object);
    if (watcher !== undefined) return watcher;
  }
  return undefined;
}
