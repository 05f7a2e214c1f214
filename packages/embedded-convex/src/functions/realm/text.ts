/** TextEncoder, TextDecoder, atob, btoa and structuredClone of a realm, made of its own objects. */
import { toByteArray } from "./base64.ts";
import type { Bridge } from "./bridge.ts";

export function makeText(bridge: Bridge) {
  class TextEncoder {
    get encoding(): string {
      return "utf-8";
    }

    encode(input: unknown = ""): Uint8Array {
      return encodeUtf8(String(input));
    }

    encodeInto(source: string, destination: Uint8Array): { read: number; written: number } {
      let read = 0;
      let written = 0;
      for (const char of source) {
        const bytes = encodeUtf8(char);
        if (written + bytes.length > destination.length) break;
        destination.set(bytes, written);
        written += bytes.length;
        read += char.length;
      }
      return { read, written };
    }
  }

  class TextDecoder {
    readonly encoding: string;
    readonly fatal: boolean;
    readonly ignoreBOM: boolean;
    #waiting: number[] = [];

    constructor(label: unknown = "utf-8", options: { fatal?: boolean; ignoreBOM?: boolean } = {}) {
      const encoding = unwrap(bridge.text("encodingName", String(label)), RangeError);
      this.encoding = encoding;
      this.fatal = options.fatal === true;
      this.ignoreBOM = options.ignoreBOM === true;
    }

    decode(input?: ArrayBuffer | ArrayBufferView, options: { stream?: boolean } = {}): string {
      const bytes = this.#withWaiting(input === undefined ? new Uint8Array() : viewOf(input));
      const complete = options.stream === true ? completeUtf8(bytes) : bytes.length;
      this.#waiting = [...bytes.subarray(complete)];
      const answer = bridge.decodeUtf8(
        bytes.subarray(0, complete),
        this.encoding,
        this.fatal,
        this.ignoreBOM,
      );
      return unwrap(answer, TypeError);
    }

    #withWaiting(bytes: Uint8Array): Uint8Array {
      if (this.#waiting.length === 0) return bytes;
      const joined = new Uint8Array(this.#waiting.length + bytes.length);
      joined.set(this.#waiting);
      joined.set(bytes, this.#waiting.length);
      return joined;
    }
  }
  return { TextEncoder, TextDecoder };
}

function unwrap(answer: string, errorType: new (message: string) => Error): string {
  if (answer[0] === "s") return answer.slice(1);
  throw new errorType(answer.slice(1));
}

export function viewOf(input: ArrayBuffer | ArrayBufferView): Uint8Array {
  if (ArrayBuffer.isView(input))
    return new Uint8Array(input.buffer, input.byteOffset, input.byteLength);
  return new Uint8Array(input);
}

export function encodeUtf8(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    let point = text.charCodeAt(index);
    if (point < 0x80) {
      bytes[length++] = point;
      continue;
    }
    if (point >= 0xd800 && point <= 0xdfff) {
      const low = point < 0xdc00 ? text.charCodeAt(index + 1) : Number.NaN;
      if (low >= 0xdc00 && low <= 0xdfff) {
        point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
        index++;
      } else point = 0xfffd;
    }
    length = writePoint(bytes, length, point);
  }
  return bytes.slice(0, length);
}

function writePoint(bytes: Uint8Array, at: number, point: number): number {
  if (point < 0x800) {
    bytes[at] = 0xc0 | (point >> 6);
    bytes[at + 1] = 0x80 | (point & 63);
    return at + 2;
  }
  if (point < 0x10000) {
    bytes[at] = 0xe0 | (point >> 12);
    bytes[at + 1] = 0x80 | ((point >> 6) & 63);
    bytes[at + 2] = 0x80 | (point & 63);
    return at + 3;
  }
  bytes[at] = 0xf0 | (point >> 18);
  bytes[at + 1] = 0x80 | ((point >> 12) & 63);
  bytes[at + 2] = 0x80 | ((point >> 6) & 63);
  bytes[at + 3] = 0x80 | (point & 63);
  return at + 4;
}

/** Length of the longest prefix that does not end inside a character. */
function completeUtf8(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return needed > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Throws the realm's own Error; the standard's DOMException is not part of a realm. */
export function atob(data: unknown): string {
  const text = String(data).replace(/[\t\n\f\r ]/g, "");
  const padded = text.length % 4 === 0 ? text : text + "=".repeat((4 - (text.length % 4)) % 4);
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(padded) || text.length % 4 === 1) {
    throw new Error("The string to be decoded is not correctly encoded.");
  }
  let out = "";
  for (const byte of toByteArray(padded)) out += String.fromCharCode(byte);
  return out;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export function btoa(data: unknown): string {
  const text = String(data);
  let out = "";
  for (let index = 0; index < text.length; index += 3) {
    const [a, b, c] = [
      text.charCodeAt(index),
      text.charCodeAt(index + 1),
      text.charCodeAt(index + 2),
    ];
    if (a > 255 || b > 255 || c > 255) throw new Error("Invalid character");
    const word = (a << 16) | ((b || 0) << 8) | (c || 0);
    const chars = [18, 12, 6, 0].map((shift) => ALPHABET[(word >> shift) & 63]);
    if (index + 1 >= text.length) chars[2] = "=";
    if (index + 2 >= text.length) chars[3] = "=";
    out += chars.join("");
  }
  return out;
}
