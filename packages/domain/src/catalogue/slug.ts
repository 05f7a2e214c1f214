/** Names for addresses: lower-case words with hyphens. */

const MOST = 60;

/** "Pro, monthly" -> "pro-monthly". Empty when no letter or digit is left. */
export function slugOf(name: string): string {
  return name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, MOST)
    .replace(/-+$/, "");
}
