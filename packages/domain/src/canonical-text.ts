/** One spelling for equal JSON values, so that values can be compared and ordered as text. */

/** JSON with the fields of every object in the order of their names; absent fields left out. */
export function canonicalText(value: unknown): string {
  return JSON.stringify(value, (_, found: unknown) =>
    isPlainObject(found) ? sorted(found) : found,
  );
}

function isPlainObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(value: object): object {
  const entries = Object.entries(value);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}
