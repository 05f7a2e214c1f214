/** `crypto.subtle` for queries and mutations: pure computations of the platform. */
import { webcrypto } from "node:crypto";
import { DeveloperError } from "../../errors.ts";

/** `args` is a JSON array in which `{$bytes}` and `{$key}` stand for bytes and keys. Answers JSON. */
export function compute(op: string, args: string): Promise<string> {
  const operation = OPERATIONS.get(op);
  if (operation === undefined) throw new DeveloperError(`Unknown operation ${op}`);
  return run(operation, JSON.parse(args) as readonly unknown[]);
}

type Operation = (...args: readonly unknown[]) => Promise<unknown>;

const { subtle } = webcrypto;
/** About a second of a core, as long as user code may take. The threads it holds read files, too. */
const MAX_ROUNDS = 2_000_000;
const BITS_OF_HASH = new Map(Object.entries({ "SHA-1": 160, "SHA-384": 384, "SHA-512": 512 }));

const OPERATIONS = new Map<string, Operation>([
  [
    "importKey",
    async (...args) => {
      const { type, algorithm } = await importKey(args);
      return { type, algorithm: encode(algorithm) };
    },
  ],
  [
    "deriveBits",
    async (...args) => {
      checkRounds(args);
      return Reflect.apply(subtle.deriveBits, subtle, args) as Promise<unknown>;
    },
  ],
  ...(["digest", "exportKey", "sign", "verify", "encrypt", "decrypt"] as const).map(
    (name): [string, Operation] => [
      name,
      (...args) => Reflect.apply(subtle[name], subtle, args) as Promise<unknown>,
    ],
  ),
]);

/** [DET16] What the platform computes cannot be interrupted: it is refused beforehand. */
function checkRounds([algorithm, , bits]: readonly unknown[]): void {
  const { name, iterations, hash } = Object(algorithm) as { readonly [field: string]: unknown };
  if (String(name).toUpperCase() !== "PBKDF2") return;
  const hashName = typeof hash === "string" ? hash : (Object(hash) as { name?: unknown }).name;
  const bitsOfHash = BITS_OF_HASH.get(String(hashName).toUpperCase()) ?? 256;
  const rounds = Number(iterations) * Math.ceil(Number(bits) / bitsOfHash);
  if (!(rounds > MAX_ROUNDS)) return;
  throw new DeveloperError(
    `PBKDF2 with ${rounds} iterations in all takes longer than a query or mutation may (at most ${MAX_ROUNDS}). Use an action.`,
  );
}

async function run(operation: Operation, args: readonly unknown[]): Promise<string> {
  try {
    const decoded = await Promise.all(args.map((arg) => decode(arg)));
    return JSON.stringify(encode(await operation(...decoded)));
  } catch (error) {
    throw new DeveloperError(error instanceof Error ? error.message : String(error));
  }
}

function importKey(args: readonly unknown[]): Promise<CryptoKey> {
  return Reflect.apply(subtle.importKey, subtle, args) as Promise<CryptoKey>;
}

interface KeyMaterial {
  readonly format: string;
  readonly data: unknown;
  readonly algorithm: unknown;
  readonly extractable: boolean;
  readonly usages: readonly string[];
}

async function decode(value: unknown): Promise<unknown> {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Promise.all(value.map((item) => decode(item)));
  if ("$bytes" in value) return new Uint8Array(Buffer.from(String(value.$bytes), "base64"));
  if ("$key" in value) {
    const { format, data, algorithm, extractable, usages } = value.$key as KeyMaterial;
    return importKey([format, await decode(data), await decode(algorithm), extractable, usages]);
  }
  const fields = Object.entries(value).map(
    async ([name, field]) => [name, await decode(field)] as const,
  );
  return Object.fromEntries(await Promise.all(fields));
}

/** Bytes as base64 text. */
function encode(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return Buffer.from(value).toString("base64");
  if (ArrayBuffer.isView(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
  return value;
}
