/** Puts the runtime's globals into a realm: what queries and mutations may and may not use. */

import { Blob, Headers, Request, Response } from "./bodies.ts";
import type { Bridge, Phase } from "./bridge.ts";
import { makeCrypto } from "./crypto.ts";
import { Event, EventTarget } from "./events.ts";
import { forbidden } from "./forbidden.ts";
import { structuredClone } from "./structured-clone.ts";
import { atob, btoa, makeText } from "./text.ts";
import { makeUrl } from "./url.ts";

interface GlobalsOptions {
  readonly bridge: Bridge;
  readonly console: object;
  readonly env: Readonly<Record<string, string>>;
  readonly phase: () => Phase;
  readonly now: () => number;
  readonly performanceNow: () => number;
  readonly random: () => number;
  readonly randomWord: () => number;
  readonly compute: (op: string, args: string) => Promise<string>;
  readonly convex: object;
}

export function installGlobals(options: GlobalsOptions): void {
  const { TextEncoder, TextDecoder } = makeText(options.bridge);
  Math.random = () => options.random();
  installStacks();
  installDate(options.now);
  installDateFormat(options.now);
  define("console", options.console);
  define("Convex", options.convex);
  define("process", { env: options.env });
  define("performance", { now: () => options.performanceNow(), timeOrigin: 0 });
  const platform = {
    ...makeUrl(options.bridge),
    ...makeCrypto(options.compute, options.randomWord),
    Blob,
    Event,
    EventTarget,
    Headers,
    Request,
    Response,
    structuredClone,
  };
  for (const [name, value] of Object.entries(platform)) define(name, value);
  define("TextEncoder", TextEncoder);
  define("TextDecoder", TextDecoder);
  define("atob", atob);
  define("btoa", btoa);
  define("global", globalThis);
  define("self", globalThis);
  define("queueMicrotask", (callback: () => void) => void Promise.resolve().then(callback));
  define("fetch", () => Promise.reject(forbidden("fetch()")));
  define("setTimeout", () => refuse("setTimeout"));
  define("setInterval", () => refuse("setInterval"));
  define("clearTimeout", () => {});
  define("clearInterval", () => {});
  define("WeakRef", StrongRef);
  define("FinalizationRegistry", IdleRegistry);
}

function define(name: string, value: unknown): void {
  Object.defineProperty(globalThis, name, {
    value,
    writable: true,
    configurable: true,
    enumerable: false,
  });
}

function refuse(description: string): never {
  throw forbidden(description);
}

const SHOWN_FRAMES = 10; // V8's own limit
/** The engine's frames lie between a function and what awaited it, and count for V8. */
const CAPTURED_FRAMES = 50;

interface CallSite {
  getFileName(): string | null;
  isPromiseAll(): boolean;
  toString(): string;
}

/** Stacks show the developer's modules only. */
function installStacks(): void {
  Error.stackTraceLimit = CAPTURED_FRAMES;
  Object.assign(Error, {
    prepareStackTrace(error: unknown, sites: readonly CallSite[]): string {
      const own = sites.filter(
        (site) => site.getFileName()?.startsWith("convex:/") || site.isPromiseAll(),
      );
      const frames = own.slice(0, SHOWN_FRAMES).map((site) => `\n    at ${site}`);
      return headline(error) + frames.join("");
    },
  });
}

function headline(error: unknown): string {
  try {
    return String(error);
  } catch {
    return "<error>";
  }
}

/** Garbage collection must not be observable: the reference is strong. */
class StrongRef {
  readonly #target: unknown;

  constructor(target: unknown) {
    this.#target = target;
  }

  deref(): unknown {
    return this.#target;
  }
}

class IdleRegistry {
  register(): void {}
  unregister(): boolean {
    return false;
  }
}

/** A Date whose present is the execution's. */
function installDate(now: () => number): void {
  const Real = Date;
  function FrozenDate(this: unknown, ...args: unknown[]): unknown {
    if (new.target === undefined) return new Real(now()).toString();
    return Reflect.construct(Real, args.length === 0 ? [now()] : args, new.target);
  }
  Object.defineProperties(FrozenDate, {
    name: { value: "Date" },
    length: { value: 7 },
    prototype: { value: Real.prototype, writable: false },
    now: { value: () => now(), writable: true, configurable: true },
    parse: { value: Real.parse, writable: true, configurable: true },
    UTC: { value: Real.UTC, writable: true, configurable: true },
  });
  Object.defineProperty(Real.prototype, "constructor", {
    value: FrozenDate,
    writable: true,
    configurable: true,
  });
  define("Date", FrozenDate);
}

/** Formatting no date at all formats the present. */
function installDateFormat(now: () => number): void {
  const prototype = Intl.DateTimeFormat.prototype;
  const { formatToParts } = prototype;
  const format = Reflect.getOwnPropertyDescriptor(prototype, "format")?.get;
  if (format === undefined) return;
  const present = (date: unknown) => (date === undefined ? now() : date);
  Object.defineProperties(prototype, {
    format: {
      get(this: unknown) {
        const bound = Reflect.apply(format, this, []) as (date: unknown) => string;
        return (date?: unknown) => bound(present(date));
      },
      configurable: true,
    },
    formatToParts: {
      value(this: unknown, date?: unknown) {
        return Reflect.apply(formatToParts, this, [present(date)]);
      },
      writable: true,
      configurable: true,
    },
  });
}
