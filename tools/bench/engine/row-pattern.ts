/**
 * The rows that one mutation leaves in a store, so that a floor can write the same
 * ones, whatever they are in this version of the engine.
 */
import { DatabaseSync } from "node:sqlite";

export interface DocumentPattern {
  readonly table: number;
  readonly id: string;
  readonly size: number;
  readonly json: string;
  readonly creationTime: number;
}

export interface IndexRowPattern {
  readonly index: number;
  readonly key: string;
  /** Position in `documents`. */
  readonly document: number;
}

/** Survives IPC and command lines. */
export interface RowPattern {
  readonly documents: readonly DocumentPattern[];
  readonly indexRows: readonly IndexRowPattern[];
}

/** Runs `write`, which must be the only one to write meanwhile, and looks at what it left. */
export async function recordRows(file: string, write: () => Promise<unknown>): Promise<RowPattern> {
  const before = readNumber(file, "SELECT max(serial) AS n FROM documents");
  await write();
  const sqlite = new DatabaseSync(file, { readOnly: true });
  try {
    const found = sqlite
      .prepare("SELECT * FROM documents WHERE serial > ? ORDER BY serial")
      .all(before);
    if (found.length === 0) throw new Error("the mutation wrote nothing");
    const serials = found.map((row) => Number(row.serial));
    const documents = found.map((row) => {
      const json = String(row.json);
      const { _creationTime: creationTime }: { _creationTime: number } = JSON.parse(json);
      return {
        table: Number(row.table_number),
        id: String(row.id),
        size: Number(row.size),
        json,
        creationTime,
      };
    });
    const rows = sqlite.prepare("SELECT * FROM index_rows WHERE serial > ?").all(before);
    const indexRows = rows.map((row) => ({
      index: Number(row.index_id),
      key: Buffer.from(row.key as Uint8Array).toString("latin1"),
      document: serials.indexOf(Number(row.serial)),
    }));
    return { documents, indexRows };
  } finally {
    sqlite.close();
  }
}

function readNumber(file: string, statement: string): number {
  const sqlite = new DatabaseSync(file, { readOnly: true });
  try {
    return Number(sqlite.prepare(statement).get()?.n ?? 0);
  } finally {
    sqlite.close();
  }
}
