/** Reads a date and time field, in the reader's own zone. */

/** Milliseconds; null when it is empty, "bad" when it is no time. */
export function readTime(value: FormDataEntryValue | null): number | null | "bad" {
  const text = String(value ?? "").trim();
  if (text === "") return null;
  const atMs = new Date(text).getTime();
  return Number.isFinite(atMs) ? atMs : "bad";
}
