/** structuredClone made of the realm's own objects. */

const TYPED = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
  "DataView",
] as const;

/** Throws for functions, symbols and what the platform would not clone either. */
export function structuredClone(value: unknown): unknown {
  return clone(value, new Map());
}

function clone(value: unknown, known: Map<object, unknown>): unknown {
  if (typeof value === "function" || typeof value === "symbol") throw notCloneable(value);
  if (typeof value !== "object" || value === null) return value;
  if (known.has(value)) return known.get(value);
  const remember = <T>(copy: T): T => {
    known.set(value, copy);
    return copy;
  };
  if (Array.isArray(value)) {
    const copy = remember(new Array<unknown>(value.length));
    for (const key of Object.keys(value)) copy[Number(key)] = clone(value[Number(key)], known);
    return copy;
  }
  if (value instanceof Map) {
    const copy = remember(new Map());
    for (const [key, item] of value) copy.set(clone(key, known), clone(item, known));
    return copy;
  }
  if (value instanceof Set) {
    const copy = remember(new Set());
    for (const item of value) copy.add(clone(item, known));
    return copy;
  }
  return remember(cloneBuiltin(value, known) ?? cloneFields(value, known));
}

function cloneBuiltin(value: object, known: Map<object, unknown>): object | null {
  if (value instanceof Date) return new Date(value.getTime());
  if (value instanceof RegExp) return new RegExp(value.source, value.flags);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (ArrayBuffer.isView(value)) return cloneView(value, known);
  if (value instanceof Error) return cloneError(value);
  if (value instanceof Boolean || value instanceof Number || value instanceof String)
    return Object(value.valueOf());
  if (value instanceof Promise || value instanceof WeakMap || value instanceof WeakSet)
    throw notCloneable(value);
  return null;
}

function cloneView(value: ArrayBufferView, known: Map<object, unknown>): object {
  const buffer = clone(value.buffer, known) as ArrayBuffer;
  const name = TYPED.find((candidate) => value instanceof globalThis[candidate]) ?? "Uint8Array";
  const length = "length" in value ? (value.length as number) : value.byteLength;
  const View = globalThis[name] as new (
    buffer: ArrayBuffer,
    offset: number,
    length: number,
  ) => object;
  return new View(buffer, value.byteOffset, length);
}

function cloneError(value: Error): Error {
  const makers = { EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError };
  const Maker = makers[value.name as keyof typeof makers] ?? Error;
  const copy = new Maker(value.message);
  Object.defineProperty(copy, "stack", { value: value.stack, writable: true, configurable: true });
  return copy;
}

function cloneFields(value: object, known: Map<object, unknown>): object {
  const copy: Record<string, unknown> = {};
  known.set(value, copy);
  for (const [key, field] of Object.entries(value)) copy[key] = clone(field, known);
  return copy;
}

function notCloneable(value: unknown): Error {
  return new Error(
    `${typeof value === "function" ? value.name : String(value)} could not be cloned.`,
  );
}
