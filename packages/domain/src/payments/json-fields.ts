/**
 * Reads single fields of a provider's JSON. Providers add, move and empty fields at will, so whatever
 * is missing or of another type reads as null and never throws; the few fields an event cannot do
 * without are required by the readers.
 */

/** An object of unknown fields. */
export type Json = Readonly<Record<string, unknown>>;

/** The value as an object; an empty one if it is none. */
export function objectOf(value: unknown): Json {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Json)
    : {};
}

/** The value as a list; an empty one if it is none. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The value as text, ends trimmed; null if it is none or empty. */
export function textOf(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const text = value.trim().toWellFormed();
  return text === "" ? null : text;
}

/** The value as a number; null if it is none. Decimal text counts, since some providers send it. */
export function numberOf(value: unknown): number | null {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  const text = textOf(value);
  return text !== null && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : null;
}

/** An id, which some providers send as a number, or inside the object that it names. */
export function idOf(value: unknown): string | null {
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : null;
  return textOf(value) ?? (isFilled(value) ? idOf(objectOf(value).id) : null);
}

/** Unix seconds as milliseconds. */
export function secondsMs(value: unknown): number | null {
  const seconds = typeof value === "number" ? value : null;
  return seconds !== null && Number.isSafeInteger(seconds) && seconds > 0 ? seconds * 1000 : null;
}

/** An ISO 8601 time, or Unix seconds where a provider's older shape has those. Without a zone it is UTC. */
export function timeMs(value: unknown): number | null {
  const match = ISO_TIME.exec(textOf(value) ?? "");
  if (match === null) return secondsMs(value);
  const [, date, time = "00:00:00", zone = "Z"] = match;
  const parsed = Date.parse(`${date}T${time}${zone}`);
  return Number.isNaN(parsed) ? null : parsed;
}

const ISO_TIME =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?)(Z|[+-]\d{2}:\d{2})?)?$/;

function isFilled(value: unknown): boolean {
  return typeof value === "object" && value !== null;
}
