/** How e-mail addresses are compared. */

const MOST_LENGTH = 254; // of an address that can be mailed to

/**
 * The address as it is stored and compared everywhere; null if it cannot be one. Trimmed and in lower case, and nothing
 * cleverer: dots and plus signs are part of an address at most providers.
 */
export function normalizeEmail(typed: string): string | null {
  const text = typed.trim().toLowerCase();
  return text.length <= MOST_LENGTH && /^[^\s@<>",;]+@[^\s@<>",;]+$/.test(text) ? text : null;
}
