/** SQLite's own checks of every page of a file. They take a second per 700 MB or so. */
import type { DatabaseSync } from "node:sqlite";

/** `quick` does not compare indexes with their tables; our tables have none of their own. */
export type IntegrityCheck = "quick" | "full";

const MAX_TOLD = 3;

/** Null when all is well, else what is not. */
export function findPageDamage(sqlite: DatabaseSync, check: IntegrityCheck): string | null {
  const pragma = check === "quick" ? "quick_check" : "integrity_check";
  try {
    const rows = sqlite.prepare(`PRAGMA ${pragma}(${MAX_TOLD})`).all();
    const found = rows.map((row) => String(row[pragma])).filter((text) => text !== "ok");
    return found.length === 0 ? null : found.join("; ").replaceAll("\n", " ");
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
