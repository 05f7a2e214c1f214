/** Identity values as they are stored and compared. */

/** The address as it is compared everywhere; null if it cannot be one. */
export function normalizeEmail(typed: string): string | null {
  const text = typed.trim().toLowerCase();
  return text.length <= 254 && /^[^\s@<>",;]+@[^\s@<>",;]+$/.test(text) ? text : null;
}
