/** A real database in a directory of its own, on a clock that tests move. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { JSONValue } from "convex/values";
import { openDatabase } from "../src/database/database.ts";
import type {
  CommitReceipt,
  Database,
  IndexDiffs,
  SchemaPush,
  Transaction,
} from "../src/database/types.ts";
import { ManualClock } from "./manual-clock.ts";

export class TemporaryDatabase {
  readonly dir = mkdtempSync(join(tmpdir(), "database-"));
  readonly clock = new ManualClock();
  database!: Database;

  static async open(): Promise<TemporaryDatabase> {
    return await new TemporaryDatabase().#open();
  }

  /** Closes and opens again, as a restart does. */
  async reopen(): Promise<void> {
    await this.database.close();
    await this.#open();
  }

  async remove(): Promise<void> {
    await this.database.close();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Commits what `change` does and waits until it is durable. */
  async write<T>(change: (tx: Transaction) => T): Promise<T> {
    const tx = this.database.begin();
    const result = change(tx);
    await this.commit(tx).durable;
    return result;
  }

  read<T>(look: (tx: Transaction) => T): T {
    const tx = this.database.begin();
    try {
      return look(tx);
    } finally {
      tx.close();
    }
  }

  commit(tx: Transaction): CommitReceipt {
    return this.database.commit(tx, { source: null });
  }

  /** Of a component; the app's, when none is named. */
  prepareSchema(schema: JSONValue | null, component = ""): SchemaPush {
    return this.database.prepareSchema(new Map([[component, schema]]));
  }

  diffSchema(schema: JSONValue | null): IndexDiffs {
    return this.database.diffSchema(new Map([["", schema]]));
  }

  /** Pushes a schema and makes it the active one. */
  async activate(schema: JSONValue, component = ""): Promise<void> {
    const push = this.prepareSchema(schema, component);
    const state = await push.wait(60_000);
    if (state.kind !== "complete") throw new Error(JSON.stringify(state));
    await this.write((tx) => tx.activateSchema(push));
  }

  async #open(): Promise<this> {
    const { dir, clock } = this;
    this.database = await openDatabase({
      dir,
      clock,
      logger: () => undefined,
      random: randomBytes,
    });
    return this;
  }
}

/** Everything the query yields, parsed. */
export function collect(tx: Transaction, query: JSONValue): Record<string, JSONValue>[] {
  const cursor = tx.openQuery(query);
  const documents: Record<string, JSONValue>[] = [];
  for (let json = cursor.next(); json !== null; json = cursor.next())
    documents.push(JSON.parse(json));
  return documents;
}

export function fullScan(tableName: string, operators: JSONValue[] = [], order = "asc"): JSONValue {
  return { source: { type: "FullTableScan", tableName, order }, operators };
}

export function indexRange(
  indexName: string,
  range: JSONValue[],
  operators: JSONValue[] = [],
  order = "asc",
): JSONValue {
  return { source: { type: "IndexRange", indexName, range, order }, operators };
}

export function bound(type: string, fieldPath: string, value: JSONValue): JSONValue {
  return { type, fieldPath, value };
}

/** The schema of one table without a document validator, unless one is given. */
export function tableSchema(
  tableName: string,
  indexes: Record<string, string[]>,
  documentType: JSONValue = { type: "any" },
): JSONValue {
  const list = Object.entries(indexes).map(([indexDescriptor, fields]) => ({
    indexDescriptor,
    fields,
  }));
  const table = { tableName, indexes: list, searchIndexes: [], vectorIndexes: [], documentType };
  return { tables: [table], schemaValidation: true };
}

/** An object validator from validators of its fields; a trailing `?` in the name makes it optional. */
export function objectValidator(fields: Record<string, JSONValue>): JSONValue {
  const value = Object.entries(fields).map(([name, fieldType]) => [
    name.replace(/\?$/, ""),
    { fieldType, optional: name.endsWith("?") },
  ]);
  return { type: "object", value: Object.fromEntries(value) };
}
