/**
 * Blob, Headers, Request and Response of a realm: what queries and mutations can do with
 * them, which is everything but reading from the network. Bodies are in memory.
 */
import { forbidden } from "./forbidden.ts";
import { encodeUtf8, viewOf } from "./text.ts";

type HeadersInit = Headers | Iterable<readonly [string, string]> | Readonly<Record<string, string>>;
type BodyInit =
  | string
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | null
  | undefined
  | { toString(): string };

export class Blob {
  readonly type: string;
  readonly #bytes: Uint8Array;

  constructor(parts: readonly BodyInit[] = [], options: { type?: string } = {}) {
    this.type = (options.type ?? "").toLowerCase();
    this.#bytes = join(parts.map((part) => bytesOf(part)));
  }

  static bytesOf(blob: Blob): Uint8Array {
    return blob.#bytes;
  }

  get size(): number {
    return this.#bytes.length;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bytes.slice().buffer as ArrayBuffer;
  }

  async bytes(): Promise<Uint8Array> {
    return this.#bytes.slice();
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(this.#bytes);
  }

  slice(start?: number, end?: number, type = ""): Blob {
    return new Blob([this.#bytes.slice(start, end)], { type });
  }

  get [Symbol.toStringTag](): string {
    return "Blob";
  }
}

export class Headers {
  readonly #values = new Map<string, string[]>();

  constructor(init?: HeadersInit) {
    if (init === undefined || init === null) return;
    const pairs = Symbol.iterator in init ? init : Object.entries(init);
    for (const [name, value] of pairs) this.append(name, value);
  }

  append(name: string, value: string): void {
    const key = headerName(name);
    this.#values.set(key, [...(this.#values.get(key) ?? []), String(value).trim()]);
  }

  delete(name: string): void {
    this.#values.delete(headerName(name));
  }

  get(name: string): string | null {
    return this.#values.get(headerName(name))?.join(", ") ?? null;
  }

  getSetCookie(): string[] {
    return [...(this.#values.get("set-cookie") ?? [])];
  }

  has(name: string): boolean {
    return this.#values.has(headerName(name));
  }

  set(name: string, value: string): void {
    this.#values.set(headerName(name), [String(value).trim()]);
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void): void {
    for (const [name, value] of this) callback(value, name, this);
  }

  *entries(): Generator<[string, string]> {
    for (const name of [...this.#values.keys()].sort()) {
      if (name === "set-cookie") for (const value of this.getSetCookie()) yield [name, value];
      else yield [name, this.get(name) ?? ""];
    }
  }

  *keys(): Generator<string> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): Generator<string> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): Generator<[string, string]> {
    return this.entries();
  }
}

class Body {
  readonly headers: Headers;
  readonly #bytes: Uint8Array | null;
  #used = false;

  constructor(body: BodyInit, headers: HeadersInit | undefined) {
    this.headers = new Headers(headers);
    this.#bytes = body === null || body === undefined ? null : bytesOf(body);
    const type = contentTypeOf(body);
    if (type !== null && !this.headers.has("content-type")) this.headers.set("content-type", type);
  }

  get bodyUsed(): boolean {
    return this.#used;
  }

  async arrayBuffer(): Promise<ArrayBuffer> {
    return this.#take().buffer as ArrayBuffer;
  }

  async bytes(): Promise<Uint8Array> {
    return this.#take();
  }

  async blob(): Promise<Blob> {
    return new Blob([this.#take()], { type: this.headers.get("content-type") ?? "" });
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(this.#take());
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text());
  }

  async formData(): Promise<never> {
    throw forbidden("formData()");
  }

  protected copyBody(): Uint8Array | null {
    if (this.#used) throw new TypeError("Body is unusable: Body has already been read");
    return this.#bytes;
  }

  #take(): Uint8Array {
    const bytes = this.copyBody();
    this.#used = bytes !== null;
    return bytes?.slice() ?? new Uint8Array();
  }
}

export class Request extends Body {
  readonly url: string;
  readonly method: string;

  constructor(
    input: Request | { toString(): string },
    init: { method?: string; headers?: HeadersInit; body?: BodyInit } = {},
  ) {
    const source = input instanceof Request ? input : null;
    super(init.body ?? source?.copyBody() ?? null, init.headers ?? source?.headers);
    this.url = source?.url ?? new URL(String(input)).href;
    this.method = (init.method ?? source?.method ?? "GET").toUpperCase();
  }

  clone(): Request {
    return new Request(this);
  }
}

export class Response extends Body {
  readonly status: number;
  readonly statusText: string;

  constructor(
    body?: BodyInit,
    init: { status?: number; statusText?: string; headers?: HeadersInit } = {},
  ) {
    super(body, init.headers);
    this.status = init.status ?? 200;
    this.statusText = init.statusText ?? "";
    if (this.status < 200 || this.status > 599)
      throw new RangeError(`The status provided (${this.status}) is outside the range [200, 599].`);
  }

  static json(value: unknown, init: { status?: number; headers?: HeadersInit } = {}): Response {
    const headers = new Headers(init.headers);
    if (!headers.has("content-type")) headers.set("content-type", "application/json");
    return new Response(JSON.stringify(value), { ...init, headers });
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  clone(): Response {
    const { status, statusText, headers } = this;
    return new Response(this.copyBody(), { status, statusText, headers });
  }
}

function headerName(name: string): string {
  const text = String(name).toLowerCase();
  if (!/^[!#$%&'*+\-.^_`|~0-9a-z]+$/.test(text))
    throw new TypeError(`Header name must be a valid HTTP token ["${name}"]`);
  return text;
}

function bytesOf(part: BodyInit): Uint8Array {
  if (part instanceof Blob) return Blob.bytesOf(part);
  if (part instanceof ArrayBuffer || ArrayBuffer.isView(part)) return viewOf(part).slice();
  return encodeUtf8(String(part));
}

function contentTypeOf(body: BodyInit): string | null {
  if (
    body === null ||
    body === undefined ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body)
  )
    return null;
  if (body instanceof Blob) return body.type === "" ? null : body.type;
  if (body instanceof URLSearchParams) return "application/x-www-form-urlencoded;charset=UTF-8";
  return "text/plain;charset=UTF-8";
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
