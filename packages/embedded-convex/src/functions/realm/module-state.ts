/**
 * Module state: what lives on between two calls in the same realm. Officially a
 * call gets fresh globals, so nothing may live on that a function could tell.
 *
 * After an import, everything reachable from the module's bindings (and from the
 * variables of functions that ran during the import and are still captured, see
 * `state-tracking.ts`) is walked once and
 *
 *   plain objects, arrays, functions   frozen: a write is a TypeError, upon which the
 *                                      engine repeats the call in a fresh realm
 *   Map, Set, WeakMap, WeakSet, Date   their writing methods are shadowed on the instance:
 *                                      a write happens, and marks the realm dirty
 *   bytes                              copied, and copied back after each call
 *   RegExp with g or y                 lastIndex is set back after each call
 *   URL, URLSearchParams, Headers,     like a Map
 *   Request, Response, WeakRef
 *   generators, iterators, promises    cannot be watched: the realm is never used again
 *
 * A dirty realm is thrown away after the call, so the next one starts fresh.
 */

type MutableKind = {
  readonly made: (value: object) => boolean;
  readonly writers: readonly string[];
};

const MUTABLE: readonly MutableKind[] = [
  {
    made: (value) => value instanceof Map,
    writers: ["set", "delete", "clear", "getOrInsert", "getOrInsertComputed"],
  },
  { made: (value) => value instanceof Set, writers: ["add", "delete", "clear"] },
  // What a WeakMap holds cannot be listed, so it cannot be frozen: reading counts as writing.
  {
    made: (value) => value instanceof WeakMap,
    writers: ["set", "delete", "get", "getOrInsert", "getOrInsertComputed"],
  },
  { made: (value) => value instanceof WeakSet, writers: ["add", "delete"] },
  {
    made: (value) => value instanceof Date,
    writers: Object.getOwnPropertyNames(Date.prototype).filter((name) => name.startsWith("set")),
  },
  {
    made: (value) => value instanceof URLSearchParams,
    writers: ["append", "delete", "set", "sort"],
  },
  { made: (value) => value instanceof Headers, writers: ["append", "delete", "set"] },
  {
    made: (value) => value instanceof Request || value instanceof Response,
    writers: ["arrayBuffer", "blob", "bytes", "json", "text"],
  },
  // What it refers to is out of sight.
  { made: (value) => value instanceof WeakRef, writers: ["deref"] },
];

const NOTHING = /(?:)/;

const MAX_KEPT_BYTES = 256 * 1024; // copying them back must stay far below a call's own cost

const isView = ArrayBuffer.isView;

export class ModuleState {
  readonly #seen = new WeakSet<object>();
  readonly #buffers: { live: Uint8Array; copy: Uint8Array }[] = [];
  readonly #patterns: { pattern: RegExp; lastIndex: number }[] = [];
  readonly #privates: ((holder: object) => readonly unknown[])[] = [];
  #keptBytes = 0;
  #dirty = false;

  get isDirty(): boolean {
    return this.#dirty;
  }

  markDirty(): void {
    this.#dirty = true;
  }

  /** Freezes the platform before any import. `pinned` names what must stay writable. */
  lockdown(globals: object): void {
    allowOverrides();
    for (const root of hiddenIntrinsics()) this.#freezeIntrinsics(root);
    this.#freezeIntrinsics(globals);
  }

  /** How the private fields of a class's instances are found. */
  readPrivates(read: (holder: object) => readonly unknown[]): void {
    this.#privates.push(read);
  }

  /** Walks what an import left behind. */
  seal(roots: readonly unknown[]): void {
    const waiting: unknown[] = [...roots];
    while (waiting.length > 0) {
      const value = waiting.pop();
      if (!isObject(value) || this.#seen.has(value)) continue;
      this.#seen.add(value);
      try {
        this.#sealOne(value, waiting);
      } catch {
        this.#dirty = true; // a Proxy that refuses: not watchable, so never used again
      }
    }
  }

  /** Puts back what can be put back; true when nothing else was changed. */
  restore(): boolean {
    for (const { live, copy } of this.#buffers) live.set(copy);
    NOTHING.exec(""); // what RegExp.lastMatch and $1 tell
    for (const entry of this.#patterns) entry.pattern.lastIndex = entry.lastIndex;
    return !this.#dirty;
  }

  #sealOne(value: object, waiting: unknown[]): void {
    for (const read of this.#privates) waiting.push(...read(value));
    if (value instanceof ArrayBuffer) {
      this.#keepBytes(value);
      return;
    }
    if (isView(value)) {
      this.#keepBytes(value.buffer);
      return;
    }
    if (value instanceof RegExp && (value.global || value.sticky)) {
      this.#patterns.push({ pattern: value, lastIndex: value.lastIndex });
      return;
    }
    if (isIterator(value) || value instanceof Promise) this.#dirty = true;
    if (value instanceof URL) {
      waiting.push(value.searchParams);
      this.#shadowSetters(value);
    }
    const kind = MUTABLE.find((candidate) => candidate.made(value));
    if (kind !== undefined) this.#shadow(value, kind);
    if (value instanceof Map) for (const [key, item] of value) waiting.push(key, item);
    if (value instanceof Set) for (const item of value) waiting.push(item);
    Object.freeze(value);
    pushProperties(value, waiting);
  }

  #keepBytes(buffer: ArrayBufferLike): void {
    if (this.#seen.has(buffer) && this.#buffers.some((kept) => kept.live.buffer === buffer)) return;
    this.#seen.add(buffer);
    this.#keptBytes += buffer.byteLength;
    if (
      this.#keptBytes > MAX_KEPT_BYTES ||
      "growable" in buffer ||
      (buffer as ArrayBuffer).resizable
    ) {
      this.#dirty = true;
      return;
    }
    const live = new Uint8Array(buffer);
    this.#buffers.push({ live, copy: live.slice() });
  }

  #shadow(value: object, kind: MutableKind): void {
    for (const name of kind.writers) {
      const original: unknown = Reflect.get(value, name);
      if (typeof original !== "function") continue;
      const state = this;
      const shadow = function (this: unknown, ...args: unknown[]) {
        state.#dirty = true;
        return Reflect.apply(original, this, args);
      };
      Object.defineProperty(value, name, { value: shadow, enumerable: false });
    }
  }

  #shadowSetters(value: object): void {
    for (const [name, { get, set }] of Object.entries(
      Object.getOwnPropertyDescriptors(Reflect.getPrototypeOf(value) ?? {}),
    )) {
      if (get === undefined || set === undefined) continue;
      const write = (next: unknown) => {
        this.#dirty = true;
        Reflect.apply(set, value, [next]);
      };
      Object.defineProperty(value, name, { get: () => Reflect.apply(get, value, []), set: write });
    }
  }

  /**
   * Namespaces, constructors and prototypes. Plain functions of the platform are left
   * alone: there are 700 of them, and nobody keeps state on `Math.max`.
   */
  #freezeIntrinsics(root: object): void {
    const waiting: unknown[] = [root];
    while (waiting.length > 0) {
      const value = waiting.pop();
      if (!isObject(value) || this.#seen.has(value) || isPlainFunction(value)) continue;
      this.#seen.add(value);
      pushProperties(value, waiting);
      Object.freeze(value);
    }
  }
}

function isPlainFunction(value: object): boolean {
  return typeof value === "function" && !Object.hasOwn(value, "prototype");
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function isIterator(value: object): boolean {
  return typeof Reflect.get(value, "next") === "function" && Symbol.toStringTag in value;
}

function pushProperties(value: object, waiting: unknown[]): void {
  waiting.push(Reflect.getPrototypeOf(value));
  for (const key of Reflect.ownKeys(value)) {
    const property = Reflect.getOwnPropertyDescriptor(value, key);
    if (property === undefined) continue;
    if ("value" in property) waiting.push(property.value);
    else waiting.push(property.get, property.set);
  }
}

/**
 * A frozen data property on a prototype forbids objects that inherit it to have
 * one of the same name by assignment (`error.name = "X"`). An accessor that defines
 * the property on the receiver allows it again. Only where code does that: the same on
 * Array.prototype would make `map` and `slice` 20 times slower, in the whole process.
 */
function allowOverrides(): void {
  const errors = Object.getOwnPropertyNames(globalThis)
    .map((name): unknown => Reflect.get(globalThis, name))
    .filter((value) => typeof value === "function")
    .map((value): unknown => value.prototype)
    .filter((value) => value instanceof Error || value === Error.prototype);
  for (const prototype of [Object.prototype, Function.prototype, ...errors]) {
    for (const key of Object.getOwnPropertyNames(prototype))
      makeOverridable(prototype as object, key);
  }
}

function makeOverridable(holder: object, key: string): void {
  const property = Reflect.getOwnPropertyDescriptor(holder, key);
  if (property?.configurable !== true || !("value" in property)) return;
  Object.defineProperty(holder, key, overridable(holder, key, property));
}

function overridable(
  holder: object,
  key: PropertyKey,
  property: PropertyDescriptor,
): PropertyDescriptor {
  const inherited: unknown = property.value;
  return {
    get: () => inherited,
    set(this: object, next: unknown) {
      if (this === holder) {
        throw new TypeError(`Cannot assign to read only property '${String(key)}' of object`);
      }
      Object.defineProperty(this, key, {
        value: next,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    },
    enumerable: property.enumerable === true,
    configurable: false,
  };
}

/** Prototypes that no global names. */
function hiddenIntrinsics(): object[] {
  const iterators: object[] = [
    [].values(),
    "".matchAll(/x/g),
    new Map().values(),
    new Set().values(),
    ""[Symbol.iterator](),
  ];
  const functions: object[] = [function* () {}, async () => {}, async function* () {}];
  const prototypes = [...iterators, ...functions].map((value) => Reflect.getPrototypeOf(value));
  return prototypes.filter((prototype) => prototype !== null);
}
