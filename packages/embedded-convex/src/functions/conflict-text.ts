/** Why a mutation gave up (contract 5.1). */
import type { Conflict } from "../errors.ts";

const SYSTEM =
  "Data read or written in this mutation changed while it was being run. Consider reducing the amount of data read by using indexed queries with selective index range expressions (https://docs.convex.dev/database/indexes/).";

export function conflictText({ table, documentId, source }: Conflict, ownPath: string): string {
  if (table?.startsWith("_") === true) return SYSTEM;
  const where = table === null ? "some table" : `the "${table}" table`;
  const first = `Documents read from or written to ${where} changed while this mutation was being run and on every subsequent retry.`;
  return [first, culprit(documentId, source, ownPath), "See https://docs.convex.dev/error#1"]
    .filter((sentence) => sentence !== "")
    .join(" ");
}

function culprit(documentId: string | null, source: string | null, ownPath: string): string {
  if (documentId === null || source === null) return "";
  const call = source === ownPath ? "Another call to this mutation" : `A call to "${source}"`;
  return `${call} changed the document with ID "${documentId}".`;
}
