/**
 * Writes a planned import into one transaction, step by step, so that whoever drives it
 * can let others go first.
 *
 * [IMPORT6] Documents must satisfy the active schema, with the tables' numbers of the import.
 * [IMPORT12] What belongs to a component that is not there waits for it to be mounted.
 */
import type { JSONValue } from "convex/values";
import type { CatalogView } from "../database/catalog.ts";
import { CreationTimes } from "../database/creation-times.ts";
import { importWrites } from "../database/import-writes.ts";
import type { Transaction } from "../database/types.ts";
import { ensureComponent } from "../deploy/component-rows.ts";
import type { ComponentPlan, ImportPlan } from "./import-plan.ts";
import {
  type ImportFormat,
  inComponent,
  type ParsedComponent,
  type ParsedDocument,
  type ParsedImport,
} from "./parsed-import.ts";
import { definitionOf } from "./table-numbers.ts";
import { existingTable, explained, type Fresh, writeDocument } from "./write-document.ts";
import { writeFiles } from "./write-files.ts";

export interface ImportWork {
  readonly parsed: ParsedImport;
  readonly plan: ImportPlan;
  readonly format: ImportFormat;
  readonly catalog: CatalogView;
  readonly nowMs: number;
  readonly random: (bytes: number) => Uint8Array;
}

/** Returns how many documents it wrote. Throws ImportMistake naming file and line. */
export function* writeImport(tx: Transaction, work: ImportWork): Generator<void, number> {
  const fresh = { ...work, times: new CreationTimes(work.nowMs) };
  let written = 0;
  for (const [path, plan] of work.plan) {
    ensureComponent(tx, path);
    const within = tx.within(path);
    yield* prepareTables(within, plan);
    const parsed = work.parsed.get(path);
    if (parsed !== undefined) written += yield* writeComponent(within, parsed, plan, fresh);
  }
  const renumbered = [...work.plan.values()].some(({ numbers }) => numbers.size > 0);
  if (renumbered) tx.system.bumpDeployment(); // ids mean something else now
  return written;
}

function* prepareTables(tx: Transaction, { emptied, numbers }: ComponentPlan): Generator<void> {
  const writes = importWrites(tx);
  for (const name of emptied) yield* writes.empty(existingTable(writes, name));
  writes.renumber(numbers);
}

function* writeComponent(
  tx: Transaction,
  parsed: ParsedComponent,
  plan: ComponentPlan,
  work: ImportWork & Fresh,
): Generator<void, number> {
  const writes = importWrites(tx);
  const { schema } = work.catalog.in(tx.component);
  let written = 0;
  for (const name of parsed.tables.keys()) {
    explained(`${name}${inComponent(tx.component)}`, () => tx.ensureTable(name));
    yield;
  }
  for (const [name, documents] of parsed.tables) {
    const table = existingTable(writes, name);
    const optional = work.format === "csv" ? optionalFields(schema, name) : NO_FIELDS;
    for (const document of documents) {
      writeDocument(writes, table, withoutEmpty(document, optional), work);
      written++;
      yield;
    }
  }
  if (parsed.files !== null) {
    const replace = (plan.files?.removed ?? 0) > 0;
    yield* writeFiles(tx, parsed.files, { ...work, replace });
  }
  return written;
}

const NO_FIELDS: ReadonlySet<string> = new Set();

/** Fields of a table that may be missing. */
function optionalFields(schema: JSONValue | null, table: string): ReadonlySet<string> {
  const { documentType } = (definitionOf(schema, table) ?? {}) as { documentType?: JSONValue };
  const { type, value } = (documentType ?? {}) as { type?: JSONValue; value?: JSONValue };
  if (type !== "object" || value === null || typeof value !== "object") return NO_FIELDS;
  const fields = Object.entries(value as { [field: string]: { optional?: boolean } });
  return new Set(fields.filter(([, { optional }]) => optional === true).map(([name]) => name));
}

function withoutEmpty(document: ParsedDocument, optional: ReadonlySet<string>): ParsedDocument {
  if (optional.size === 0) return document;
  const kept = Object.entries(document.value).filter(
    ([name, value]) => value !== "" || !optional.has(name),
  );
  return { ...document, value: Object.fromEntries(kept) };
}
