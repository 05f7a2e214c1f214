/** URL and URLSearchParams of a realm. Parsing is the platform's, the objects are the realm's. */
import type { Bridge } from "./bridge.ts";

/** What the platform says of a URL. */
interface Parts {
  readonly [name: string]: string;
}

const SETTABLE = [
  "protocol",
  "username",
  "password",
  "host",
  "hostname",
  "port",
  "pathname",
  "hash",
] as const;

type Pairs =
  | Iterable<readonly [string, string]>
  | Readonly<Record<string, string>>
  | string
  | null
  | undefined;

export function makeUrl(bridge: Bridge) {
  class URLSearchParams {
    #pairs: [string, string][] = [];
    #onChange: ((text: string) => void) | null = null;

    constructor(init?: Pairs) {
      if (init === undefined || init === null) return;
      if (typeof init === "string") this.#pairs = parseQuery(init);
      else if (Symbol.iterator in init)
        this.#pairs = [...init].map(([name, value]) => [String(name), String(value)]);
      else this.#pairs = Object.entries(init).map(([name, value]) => [name, String(value)]);
    }

    /** The URL this belongs to follows its changes. */
    static attach(params: URLSearchParams, text: string, onChange: (text: string) => void): void {
      params.#pairs = parseQuery(text);
      params.#onChange = onChange;
    }

    get size(): number {
      return this.#pairs.length;
    }

    append(name: string, value: string): void {
      this.#pairs.push([String(name), String(value)]);
      this.#changed();
    }

    delete(name: string, value?: string): void {
      this.#pairs = this.#pairs.filter(
        ([key, item]) => key !== String(name) || (value !== undefined && item !== String(value)),
      );
      this.#changed();
    }

    get(name: string): string | null {
      return this.#pairs.find(([key]) => key === String(name))?.[1] ?? null;
    }

    getAll(name: string): string[] {
      return this.#pairs.filter(([key]) => key === String(name)).map(([, value]) => value);
    }

    has(name: string, value?: string): boolean {
      return this.#pairs.some(
        ([key, item]) => key === String(name) && (value === undefined || item === String(value)),
      );
    }

    set(name: string, value: string): void {
      const index = this.#pairs.findIndex(([key]) => key === String(name));
      if (index === -1) {
        this.append(name, value);
        return;
      }
      this.#pairs = this.#pairs.filter(([key], at) => at <= index || key !== String(name));
      this.#pairs[index] = [String(name), String(value)];
      this.#changed();
    }

    sort(): void {
      this.#pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
      this.#changed();
    }

    forEach(callback: (value: string, name: string, params: URLSearchParams) => void): void {
      for (const [name, value] of this.#pairs) callback(value, name, this);
    }

    *entries(): Generator<[string, string]> {
      for (const [name, value] of this.#pairs) yield [name, value];
    }

    *keys(): Generator<string> {
      for (const [name] of this.#pairs) yield name;
    }

    *values(): Generator<string> {
      for (const [, value] of this.#pairs) yield value;
    }

    [Symbol.iterator](): Generator<[string, string]> {
      return this.entries();
    }

    toString(): string {
      return this.#pairs
        .map(([name, value]) => `${encodePart(name)}=${encodePart(value)}`)
        .join("&");
    }

    #changed(): void {
      this.#onChange?.(this.toString());
    }
  }

  class URL {
    #parts: Parts;
    readonly #params = new URLSearchParams();

    constructor(input: unknown, base?: unknown) {
      const texts = base === undefined ? [String(input)] : [String(input), String(base)];
      const parts = ask("url", texts);
      if (parts === null) throw new TypeError("Invalid URL");
      this.#parts = parts;
      this.#refresh();
    }

    static canParse(input: unknown, base?: unknown): boolean {
      return (
        ask("url", base === undefined ? [String(input)] : [String(input), String(base)]) !== null
      );
    }

    static parse(input: unknown, base?: unknown): URL | null {
      return URL.canParse(input, base) ? new URL(input, base) : null;
    }

    get href(): string {
      return this.#parts.href ?? "";
    }

    set href(value: string) {
      this.#parts = new URL(value).#parts;
      this.#refresh();
    }

    get origin(): string {
      return this.#parts.origin ?? "";
    }

    get search(): string {
      return this.#parts.search ?? "";
    }

    set search(value: string) {
      this.#set("search", value);
      this.#refresh();
    }

    get searchParams(): URLSearchParams {
      return this.#params;
    }

    toString(): string {
      return this.href;
    }

    toJSON(): string {
      return this.href;
    }

    static define(name: string): void {
      Object.defineProperty(URL.prototype, name, {
        get(this: URL) {
          return this.#parts[name] ?? "";
        },
        set(this: URL, value: unknown) {
          this.#set(name, String(value));
        },
        configurable: true,
        enumerable: true,
      });
    }

    #set(name: string, value: string): void {
      this.#parts = ask("urlSet", [this.href, name, value]) ?? this.#parts;
    }

    #refresh(): void {
      URLSearchParams.attach(this.#params, this.search.slice(1), (text) =>
        this.#set("search", text),
      );
    }
  }

  const ask = (op: string, texts: readonly string[]): Parts | null => {
    const answer = bridge.text(op, JSON.stringify(texts));
    return answer[0] === "s" ? (JSON.parse(answer.slice(1)) as Parts) : null;
  };
  for (const name of SETTABLE) URL.define(name);
  Reflect.deleteProperty(URL, "define");
  return { URL, URLSearchParams };
}

function parseQuery(text: string): [string, string][] {
  const query = text.startsWith("?") ? text.slice(1) : text;
  return query
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const at = part.indexOf("=");
      const [name, value] = at === -1 ? [part, ""] : [part.slice(0, at), part.slice(at + 1)];
      return [decodePart(name), decodePart(value)];
    });
}

function decodePart(text: string): string {
  const spaced = text.replaceAll("+", " ");
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
}

function encodePart(text: string): string {
  return encodeURIComponent(text)
    .replaceAll("%20", "+")
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
