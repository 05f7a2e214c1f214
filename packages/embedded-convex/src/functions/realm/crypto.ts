/**
 * `crypto` of a realm. Random bytes are the execution's own, new keys are refused, and what is
 * a pure function of its input is computed by the platform. A key is its material: nothing is
 * kept on the other side.
 */
import { fromByteArray, toByteArray } from "./base64.ts";
import { forbidden } from "./forbidden.ts";
import { viewOf } from "./text.ts";

type Compute = (op: string, args: string) => Promise<string>;
type Bytes = ArrayBuffer | ArrayBufferView;

interface KeySource {
  readonly format: string;
  readonly data: unknown;
  readonly algorithm: unknown;
}

const MAX_RANDOM_BYTES = 65_536;

/** `randomWord` draws 32 bits of the execution's randomness. */
export function makeCrypto(compute: Compute, randomWord: () => number) {
  class CryptoKey {
    readonly type: string;
    readonly extractable: boolean;
    readonly algorithm: unknown;
    readonly usages: readonly string[];
    readonly #source: KeySource;

    constructor(
      source: KeySource,
      described: { type: string; algorithm: unknown },
      extractable: boolean,
      usages: readonly string[],
    ) {
      this.#source = source;
      this.type = described.type;
      this.algorithm = described.algorithm;
      this.extractable = extractable;
      this.usages = usages;
    }

    static encode(key: CryptoKey): unknown {
      const { format, data, algorithm } = key.#source;
      return { format, data, algorithm, extractable: key.extractable, usages: key.usages };
    }
  }

  const run = async (op: string, ...args: unknown[]): Promise<unknown> =>
    JSON.parse(await compute(op, JSON.stringify(args.map((arg) => encode(arg)))));
  const encode = (value: unknown): unknown => {
    if (value instanceof CryptoKey) return { $key: CryptoKey.encode(value) };
    if (value instanceof ArrayBuffer || ArrayBuffer.isView(value))
      return { $bytes: fromByteArray(viewOf(value as Bytes)) };
    if (Array.isArray(value)) return value.map((item) => encode(item));
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [name, encode(field)]));
  };
  const bytes = async (op: string, ...args: unknown[]) =>
    toByteArray(String(await run(op, ...args))).buffer;
  const importKey = async (
    format: string,
    data: unknown,
    algorithm: unknown,
    extractable: boolean,
    usages: readonly string[],
  ) => {
    const described = await run("importKey", format, data, algorithm, extractable, usages);
    const source = { format, data: encode(data), algorithm: encode(algorithm) };
    return new CryptoKey(
      source,
      described as { type: string; algorithm: unknown },
      extractable,
      usages,
    );
  };
  const refuse = () => Promise.reject(forbidden("cryptographic randomness"));
  const subtle = {
    digest: (algorithm: unknown, data: Bytes) => bytes("digest", algorithm, data),
    importKey,
    exportKey: async (format: string, key: CryptoKey) =>
      format === "jwk" ? run("exportKey", format, key) : bytes("exportKey", format, key),
    sign: (algorithm: unknown, key: CryptoKey, data: Bytes) => bytes("sign", algorithm, key, data),
    verify: (algorithm: unknown, key: CryptoKey, signature: Bytes, data: Bytes) =>
      run("verify", algorithm, key, signature, data),
    encrypt: (algorithm: unknown, key: CryptoKey, data: Bytes) =>
      bytes("encrypt", algorithm, key, data),
    decrypt: (algorithm: unknown, key: CryptoKey, data: Bytes) =>
      bytes("decrypt", algorithm, key, data),
    deriveBits: (algorithm: unknown, key: CryptoKey, length: number) =>
      bytes("deriveBits", algorithm, key, length),
    generateKey: refuse,
  };
  const getRandomValues = <T extends ArrayBufferView>(view: T): T => {
    if (!ArrayBuffer.isView(view) || !isOfIntegers(view)) {
      throw new TypeError("getRandomValues takes a typed array of integers");
    }
    if (view.byteLength > MAX_RANDOM_BYTES) {
      throw new TypeError(
        `Byte length (${view.byteLength}) exceeds the number of bytes of entropy available via this API (${MAX_RANDOM_BYTES})`,
      );
    }
    const bytes = viewOf(view);
    for (let i = 0, word = 0; i < bytes.length; i++, word >>>= 8) {
      if ((i & 3) === 0) word = randomWord();
      bytes[i] = word;
    }
    return view;
  };
  const crypto = {
    subtle,
    randomUUID: () => uuidOf(getRandomValues(new Uint8Array(16))),
    getRandomValues,
  };
  return { crypto, CryptoKey };
}

function isOfIntegers(view: ArrayBufferView): boolean {
  return !(
    view instanceof DataView ||
    view instanceof Float32Array ||
    view instanceof Float64Array
  );
}

/** Version 4: all random but for six bits that say so. */
function uuidOf(bytes: Uint8Array): string {
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
