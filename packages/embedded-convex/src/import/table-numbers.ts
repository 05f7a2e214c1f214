/**
 * Which numbers the tables of an import get, in one component.
 *
 * [IMPORT5] Tables take the numbers of the file, so that ids go on meaning what they meant;
 *           a number that documents outside the import depend on is not taken away.
 */
import type { JSONValue } from "convex/values";
import { type ImportWrites, importWrites } from "../database/import-writes.ts";
import type { Transaction } from "../database/types.ts";
import { tableNumberOfId } from "../values/ids.ts";
import { ImportMistake, inComponent, type ParsedComponent } from "./parsed-import.ts";

const FIRST_NUMBER = 10_001;

export interface NumberingOptions {
  /** Of the component that `tx` is seen from. */
  readonly schema: JSONValue | null;
  readonly parsed: ParsedComponent;
  /** Tables that are emptied before anything is written. */
  readonly emptied: readonly string[];
}

/** Tables that get another number or are new with one. Throws ImportMistake. */
export function planNumbers(
  tx: Transaction,
  { schema, parsed, emptied }: NumberingOptions,
): ReadonlyMap<string, number> {
  const writes = importWrites(tx);
  const numbers = new Map<string, number>();
  for (const name of parsed.tables.keys()) {
    const wanted = wantedNumber(name, parsed);
    if (wanted === null || wanted === writes.table(name)?.number) continue;
    checkRenumbering(tx, { schema, name, wanted, emptied, parsed });
    numbers.set(name, wanted);
  }
  makeRoom(tx, writes, numbers, emptied);
  return numbers;
}

function wantedNumber(name: string, { numbers, tables }: ParsedComponent): number | null {
  const given = numbers.get(name);
  if (given !== undefined) return given;
  const id = tables.get(name)?.find(({ value }) => typeof value._id === "string")?.value._id;
  return typeof id === "string" ? tableNumberOfId(id) : null;
}

interface Renumbering extends NumberingOptions {
  readonly name: string;
  readonly wanted: number;
}

function checkRenumbering(
  tx: Transaction,
  { schema, name, wanted, emptied, parsed }: Renumbering,
): void {
  const where = inComponent(tx.component);
  if (wanted < FIRST_NUMBER)
    throw new ImportMistake(`"${name}"${where} cannot have the number ${wanted}.`);
  const existing = tx.count(name);
  if (existing === 0) return;
  if (!emptied.includes(name)) {
    throw new ImportMistake(
      `"${name}"${where} has another table number here than in the file, so its documents cannot be appended with their ids: leave out \`_id\`, or use --replace.`,
    );
  }
  for (const other of userTables(tx)) {
    if (parsed.tables.has(other) || emptied.includes(other) || tx.count(other) === 0) continue;
    if (!refersTo(definitionOf(schema, other), name)) continue;
    throw new ImportMistake(
      `ImportForeignKey: "${other}" is not part of the import and refers to "${name}"${where}, whose ids would change.`,
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
  if (taken.size < numbers.size) {
    throw new ImportMistake(`Two tables${inComponent(tx.component)} have the same number.`);
  }
  for (const [name, number] of [...numbers]) {
    const owner = tx.tableName(number);
    if (owner === null || numbers.has(owner)) continue;
    if (tx.count(owner) > 0 && !emptied.includes(owner)) {
      throw new ImportMistake(
        `"${name}"${inComponent(tx.component)} has the table number ${number} in the file, which belongs to "${owner}" here.`,
      );
    }
    const free = writes.freeNumber(taken);
    taken.add(free);
    numbers.set(owner, free);
  }
}

/** Of the component that `tx` is seen from. */
export function userTables(tx: Transaction): string[] {
  return tx.system
    .query("_tables", "by_name", [tx.component])
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
