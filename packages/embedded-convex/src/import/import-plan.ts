/**
 * What an import would do to the tables, decided before anything is written.
 *
 * [IMPORT4] `requireEmpty` refuses tables with documents, `replace` empties the tables of
 *           the file first, `replaceAll` all tables, `append` none.
 * [IMPORT5] Tables take the numbers of the file, so that ids go on meaning what they meant;
 *           a number that documents outside the import depend on is not taken away.
 */
import type { JSONValue } from "convex/values";
import { type ImportWrites, importWrites } from "../database/import-writes.ts";
import type { Transaction } from "../database/types.ts";
import { tableNumberOfId } from "../values/ids.ts";
import { ImportMistake, type ImportMode, type ParsedImport } from "./parsed-import.ts";

export interface TablePlan {
  readonly name: string;
  readonly added: number;
  readonly removed: number;
}

export interface ImportPlan {
  readonly tables: readonly TablePlan[];
  /** Tables to be emptied first. */
  readonly emptied: readonly string[];
  /** Tables that get another number or are new with one. */
  readonly numbers: ReadonlyMap<string, number>;
}

/** One import is one transaction: its commit is built in one go. */
const MAX_DOCUMENTS = 100_000;
const FIRST_NUMBER = 10_001;

/** Throws ImportMistake. Records what it reads: if that changes, the import conflicts. */
export function planImport(
  tx: Transaction,
  schema: JSONValue | null,
  parsed: ParsedImport,
  mode: ImportMode,
): ImportPlan {
  const others = mode === "replaceAll" ? userTables(tx) : [];
  const names = [...new Set([...parsed.tables.keys(), ...others])];
  const tables = names.map((name): TablePlan => {
    const existing = tx.count(name);
    if (mode === "requireEmpty" && existing > 0) throw notEmpty(name);
    const added = parsed.tables.get(name)?.length ?? 0;
    return { name, added, removed: mode === "append" ? 0 : existing };
  });
  checkSize(tables);
  const emptied = tables.filter(({ removed }) => removed > 0).map(({ name }) => name);
  return { tables, emptied, numbers: planNumbers(tx, schema, parsed, emptied) };
}

/** For whoever has to confirm that documents go. */
export function describePlan({ tables }: ImportPlan): string {
  const lines = tables
    .filter(({ added, removed }) => added + removed > 0)
    .map(({ name, added, removed }) => `  ${name}: ${removed} deleted, ${added} added`);
  return `This import changes these tables:\n${lines.join("\n")}`;
}

function checkSize(tables: readonly TablePlan[]): void {
  const documents = tables.reduce((sum, { added, removed }) => sum + added + removed, 0);
  if (documents <= MAX_DOCUMENTS) return;
  throw new ImportMistake(
    `This import would add and delete ${documents} documents together, but one import can do ${MAX_DOCUMENTS}: import in parts, with --append.`,
  );
}

function planNumbers(
  tx: Transaction,
  schema: JSONValue | null,
  parsed: ParsedImport,
  emptied: readonly string[],
): ReadonlyMap<string, number> {
  const writes = importWrites(tx);
  const numbers = new Map<string, number>();
  for (const name of parsed.tables.keys()) {
    const wanted = wantedNumber(name, parsed);
    if (wanted === null || wanted === writes.table(name)?.number) continue;
    checkRenumbering(tx, schema, { name, wanted, emptied, parsed });
    numbers.set(name, wanted);
  }
  makeRoom(tx, writes, numbers, emptied);
  return numbers;
}

function wantedNumber(name: string, { numbers, tables }: ParsedImport): number | null {
  const given = numbers.get(name);
  if (given !== undefined) return given;
  const id = tables.get(name)?.find(({ value }) => typeof value._id === "string")?.value._id;
  return typeof id === "string" ? tableNumberOfId(id) : null;
}

interface Renumbering {
  readonly name: string;
  readonly wanted: number;
  readonly emptied: readonly string[];
  readonly parsed: ParsedImport;
}

function checkRenumbering(
  tx: Transaction,
  schema: JSONValue | null,
  { name, wanted, emptied, parsed }: Renumbering,
): void {
  if (wanted < FIRST_NUMBER) throw new ImportMistake(`"${name}" cannot have the number ${wanted}.`);
  const existing = tx.count(name);
  if (existing === 0) return;
  if (!emptied.includes(name)) {
    throw new ImportMistake(
      `"${name}" has another table number here than in the file, so its documents cannot be appended with their ids: leave out \`_id\`, or use --replace.`,
    );
  }
  for (const other of userTables(tx)) {
    if (parsed.tables.has(other) || emptied.includes(other) || tx.count(other) === 0) continue;
    if (!refersTo(definitionOf(schema, other), name)) continue;
    throw new ImportMistake(
      `ImportForeignKey: "${other}" is not part of the import and refers to "${name}", whose ids would change.`,
    );
  }
}

/** Empty tables that stand on a number give way; others do not. */
function makeRoom(
  tx: Transaction,
  writes: ImportWrites,
  numbers: Map<string, number>,
  emptied: readonly string[],
): void {
  const taken = new Set(numbers.values());
  if (taken.size < numbers.size) throw new ImportMistake("Two tables have the same number.");
  for (const [name, number] of [...numbers]) {
    const owner = tx.tableName(number);
    if (owner === null || numbers.has(owner)) continue;
    if (tx.count(owner) > 0 && !emptied.includes(owner)) {
      throw new ImportMistake(
        `"${name}" has the table number ${number} in the file, which belongs to "${owner}" here.`,
      );
    }
    const free = writes.freeNumber(taken);
    taken.add(free);
    numbers.set(owner, free);
  }
}

function userTables(tx: Transaction): string[] {
  return tx.system
    .query("_tables", "by_name", [""])
    .map(({ name }) => String(name))
    .filter((name) => !name.startsWith("_"));
}

/** The table's part of the schema, null without. */
export function definitionOf(schema: JSONValue | null, table: string): JSONValue {
  const tables = (schema as { tables?: JSONValue[] } | null)?.tables ?? [];
  return tables.find((each) => (each as { tableName?: string }).tableName === table) ?? null;
}

function refersTo(validator: JSONValue, table: string): boolean {
  if (validator === null || typeof validator !== "object") return false;
  const { type, tableName } = validator as { type?: JSONValue; tableName?: JSONValue };
  if (type === "id" && tableName === table) return true;
  return Object.values(validator).some((part) => refersTo(part as JSONValue, table));
}

function notEmpty(name: string): ImportMistake {
  return new ImportMistake(
    `Table ${name} already exists. Please choose a new table name or use replace/append modes.`,
  );
}
