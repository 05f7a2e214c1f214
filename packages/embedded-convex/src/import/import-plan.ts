/**
 * What an import would do to tables and files, decided before anything is written.
 *
 * [IMPORT4] `requireEmpty` refuses tables with documents, `replace` empties the tables of
 *           the file first, `replaceAll` all tables, `append` none.
 * [IMPORT12] `replaceAll` means the tables of every component, the unmounted ones too;
 *            files go only where the import brings files.
 */
import type { CatalogView } from "../database/catalog.ts";
import type { Transaction } from "../database/types.ts";
import { readComponents } from "../deploy/component-rows.ts";
import {
  ImportMistake,
  type ImportMode,
  inComponent,
  type ParsedComponent,
  type ParsedImport,
} from "./parsed-import.ts";
import { planNumbers, userTables } from "./table-numbers.ts";

/** By path of the component; those that the import does not touch are not there. */
export type ImportPlan = ReadonlyMap<string, ComponentPlan>;

export interface ComponentPlan {
  readonly tables: readonly TablePlan[];
  /** Tables to be emptied first. */
  readonly emptied: readonly string[];
  /** Tables that get another number or are new with one. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Null: stored files stay as they are. */
  readonly files: TablePlan | null;
}

export interface TablePlan {
  readonly name: string;
  readonly added: number;
  readonly removed: number;
}

/** One import is one transaction: its commit is built in one go. */
const MAX_DOCUMENTS = 100_000;
/** New ones are made in that transaction, too. */
const MAX_COMPONENTS = 1_000;
const NOTHING: ParsedComponent = { tables: new Map(), numbers: new Map(), files: null };

/** Throws ImportMistake. Records what it reads: if that changes, the import conflicts. */
export function planImport(
  tx: Transaction,
  catalog: CatalogView,
  parsed: ParsedImport,
  mode: ImportMode,
): ImportPlan {
  const others = mode === "replaceAll" ? ["", ...readComponents(tx).keys()] : [];
  const paths = new Set([...parsed.keys(), ...others]);
  if (paths.size > MAX_COMPONENTS) {
    throw new ImportMistake(
      `This import touches ${paths.size} components, but one import can touch ${MAX_COMPONENTS}.`,
    );
  }
  const plan = new Map(
    [...paths].map((path) => {
      const options = { catalog: catalog.in(path), parsed: parsed.get(path) ?? NOTHING, mode };
      return [path, planComponent(tx.within(path), options)] as const;
    }),
  );
  checkSize(plan);
  return plan;
}

/** Whether documents or files go. */
export function isDestructive(plan: ImportPlan): boolean {
  return changes(plan).some(({ removed }) => removed > 0);
}

/** For whoever has to confirm that documents go. */
export function describePlan(plan: ImportPlan): string {
  const lines = changes(plan)
    .filter(({ added, removed }) => added + removed > 0)
    .map(({ name, path, added, removed }) => {
      return `  ${name}${inComponent(path)}: ${removed} deleted, ${added} added`;
    });
  return `This import changes these tables:\n${lines.join("\n")}`;
}

interface ComponentOptions {
  readonly catalog: CatalogView;
  readonly parsed: ParsedComponent;
  readonly mode: ImportMode;
}

function planComponent(
  tx: Transaction,
  { catalog: { schema }, parsed, mode }: ComponentOptions,
): ComponentPlan {
  const others = mode === "replaceAll" ? userTables(tx) : [];
  const names = [...new Set([...parsed.tables.keys(), ...others])];
  const tables = names.map((name): TablePlan => {
    const existing = tx.count(name);
    if (mode === "requireEmpty" && existing > 0) throw notEmpty(name, tx.component);
    const added = parsed.tables.get(name)?.length ?? 0;
    return { name, added, removed: mode === "append" ? 0 : existing };
  });
  const emptied = tables.filter(({ removed }) => removed > 0).map(({ name }) => name);
  const numbers = planNumbers(tx, { schema, parsed, emptied });
  return { tables, emptied, numbers, files: planFiles(tx, parsed, mode) };
}

function planFiles(tx: Transaction, { files }: ParsedComponent, mode: ImportMode) {
  if (files === null) return null;
  const removed = mode === "append" ? 0 : tx.count("_storage");
  if (mode === "requireEmpty" && removed > 0) {
    throw new ImportMistake(
      `There are stored files${inComponent(tx.component)} already. Please use replace/append modes.`,
    );
  }
  return { name: "_storage", added: files.length, removed };
}

function checkSize(plan: ImportPlan): void {
  const documents = changes(plan).reduce((sum, { added, removed }) => sum + added + removed, 0);
  if (documents <= MAX_DOCUMENTS) return;
  throw new ImportMistake(
    `This import would add and delete ${documents} documents together, but one import can do ${MAX_DOCUMENTS}: import in parts, with --append.`,
  );
}

function changes(plan: ImportPlan): readonly (TablePlan & { readonly path: string })[] {
  return [...plan].flatMap(([path, { tables, files }]) =>
    [...tables, ...(files === null ? [] : [files])].map((table) => ({ ...table, path })),
  );
}

function notEmpty(name: string, path: string): ImportMistake {
  return new ImportMistake(
    `Table ${name}${inComponent(path)} already exists. Please choose a new table name or use replace/append modes.`,
  );
}
