/**
 * Reads the body of a TradingView alert. Its form is whatever somebody typed into
 * the alert's message box: JSON, JSON that is almost JSON, or text. The content type
 * says little, so the body decides.
 *
 * [TVA1] No body is refused but an empty one: what is no JSON object is text.
 * [TVA2] A value that TradingView did not have (NaN, null, a placeholder left as it was) is absent.
 * [TVA3] Nested and dotted names are the same: `{"strategy":{"order":{"id":1}}}` has `strategy.order.id`.
 * [TVA4] Credentials in the body are dropped before anybody sees them.
 */
import { shortenText } from "../text-splitting.ts";
import { parseLenientJson } from "./lenient-json.ts";

/** An alert as it was sent. */
export interface Alert {
  /** The body, if it is no JSON object. */
  readonly text: string | null;
  /** The values of a JSON object under lower-case dotted names, in the order sent. */
  readonly fields: ReadonlyMap<string, string>;
}

const MOST_FIELDS = 100;
const MOST_DEPTH = 6;
const MOST_VALUE_LENGTH = 2_000;
const MOST_NAME_LENGTH = 80;
const PLACEHOLDER = /\{\{\s*[\w.]+\s*\}\}/g;
const ABSENT_VALUE = /^(?:|nan|null|undefined|n\/?a|-?infinity)$/i;
const CREDENTIAL = /^(?:secret|token|pass(?:word|phrase|wd)|api_?key|auth(?:orization)?)$/;

/** The alert, or null for an empty body. */
export function readAlert(body: string): Alert | null {
  const text = body.replace(/^\uFEFF/, "").trim();
  if (text === "") return null;
  const value = parseLenientJson(text);
  if (isObject(value)) {
    const fields = new Map<string, string>();
    collect(value, { name: "", depth: 0, into: fields });
    return { text: null, fields };
  }
  const spoken = typeof value === "string" ? value.trim() : text;
  return { text: withoutPlaceholders(spoken === "" ? text : spoken), fields: new Map() };
}

/** A body that reads as the same alert, without what was dropped. */
export function bodyOf({ text, fields }: Alert): string {
  if (text === null) return JSON.stringify(Object.fromEntries(fields));
  return readAlert(text)?.text === text ? text : JSON.stringify(text); // quoted, where it looks like more than text
}

interface Place {
  readonly name: string;
  readonly depth: number;
  readonly into: Map<string, string>;
}

function collect(value: unknown, { name, depth, into }: Place): void {
  if (typeof value === "object" && value !== null && depth < MOST_DEPTH) {
    for (const [key, inner] of Object.entries(value)) {
      const part = key.trim().toLowerCase();
      if (isCredential(part)) continue;
      const full = name === "" ? part : `${name}.${part}`;
      collect(inner, { name: full, depth: depth + 1, into });
    }
    return;
  }
  const text = valueText(value);
  const isKept = text !== null && name !== "" && name.length <= MOST_NAME_LENGTH;
  if (isKept && into.size < MOST_FIELDS) into.set(name, text);
}

/** The value as text, or null when there is none. */
function valueText(value: unknown): string | null {
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "object" && value !== null) return shortened(withoutCredentials(value));
  if (typeof value !== "string") return null;
  const text = value.trim();
  if (ABSENT_VALUE.test(text) || text.replace(PLACEHOLDER, "") === "") return null;
  return shortened(withoutPlaceholders(text));
}

function isCredential(name: string): boolean {
  return CREDENTIAL.test(name.trim().toLowerCase().split(".").at(-1) ?? "");
}

/** What lies too deep to be read is kept as it is, but for these. */
function withoutCredentials(value: object): string {
  return JSON.stringify(value, (name, inner: unknown) => (isCredential(name) ? undefined : inner));
}

function shortened(text: string): string {
  return shortenText(text.toWellFormed(), MOST_VALUE_LENGTH);
}

/** Without an exponent: a price is read by people. */
function numberText(value: number): string | null {
  if (!Number.isFinite(value)) return null;
  const text = String(value);
  if (!text.includes("e")) return text;
  return Math.abs(value) < 1 ? value.toFixed(18).replace(/\.?0+$/, "") : BigInt(value).toString();
}

function withoutPlaceholders(text: string): string {
  return text.replace(PLACEHOLDER, "—");
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
