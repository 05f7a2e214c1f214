/** The zip of a snapshot: what its entries say (contract cli 7, 8). */
import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import type { JSONValue } from "convex/values";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { jsonLines } from "./document-files.ts";
import { ImportMistake, type ParsedDocument } from "./parsed-import.ts";
import { type ComponentEntries, sortEntries } from "./snapshot-entries.ts";
import { TextBudget, textOf } from "./text-lines.ts";

/** By path of the component. */
export type SnapshotContents = ReadonlyMap<string, ComponentContents>;

export interface ComponentContents {
  /** Names of tables in the zip. */
  readonly tables: readonly string[];
  readonly numbers: ReadonlyMap<string, number>;
  documents(table: string): AsyncIterable<ParsedDocument>;
  /** Rows of `_storage`; null when the zip has none. */
  readonly fileRows: readonly ParsedDocument[] | null;
  /** Bytes of the file with this id, null when they are missing. */
  file(id: string): Promise<AsyncIterable<Uint8Array> | null>;
}

type OpenEntry = (entry: Entry) => Promise<AsyncIterable<Uint8Array>>;

const MAX_ENTRIES = 1_000_000;

/** What the zip has of the app goes to the component at `base`. Throws ImportMistake for what is no zip or no snapshot. */
export async function openSnapshot(path: string, base: string): Promise<SnapshotContents> {
  const zip = await orMistake("The file is not a readable zip", () =>
    openPromise(path, { autoClose: false }),
  );
  const entries = await orMistake("The zip's list of entries is damaged", () => allEntries(zip));
  const budget = new TextBudget();
  const open: OpenEntry = async (entry) =>
    checked(
      entry,
      await orMistake(`${entry.fileName} cannot be read`, () => zip.openReadStreamPromise(entry)),
    );
  const contents = new Map<string, ComponentContents>();
  for (const [component, found] of sortEntries(entries, base))
    contents.set(component, await openComponent(found, open, budget));
  return contents;
}

async function openComponent(
  found: ComponentEntries,
  open: OpenEntry,
  budget: TextBudget,
): Promise<ComponentContents> {
  const uniform = new Set<string>();
  for (const [table, entry] of found.markers) {
    if ((await textOf(await open(entry), budget)).trim() === '"uniform"') uniform.add(table);
  }
  async function* documents(table: string): AsyncGenerator<ParsedDocument> {
    const entry = found.documents.get(table);
    if (entry === undefined) return;
    const settings = { name: entry.fileName, uniform: uniform.has(table), budget };
    yield* jsonLines(await open(entry), settings);
  }
  const fileRows = found.documents.has("_storage") ? await collect(documents("_storage")) : null;
  return {
    tables: [...found.documents.keys()].filter((name) => !name.startsWith("_")),
    numbers: readNumbers(await collect(documents("_tables"))),
    documents,
    fileRows,
    file: async (id) => {
      const entry = found.files.get(id);
      return entry === undefined ? null : await open(entry);
    },
  };
}

/** The bytes of an entry; ends with ImportMistake when they are not those that were packed. */
async function* checked(entry: Entry, bytes: Readable): AsyncGenerator<Uint8Array> {
  let sum = 0;
  try {
    for await (const chunk of bytes as AsyncIterable<Uint8Array>) {
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (error) {
    throw new ImportMistake(
      `${entry.fileName} is damaged: ${error instanceof Error ? error.message : error}`,
    );
  }
  if (sum !== entry.crc32) throw new ImportMistake(`${entry.fileName} is damaged: wrong checksum`);
}

function readNumbers(rows: readonly ParsedDocument[]): ReadonlyMap<string, number> {
  return new Map(
    rows.map(({ where, value: { name, id } }) => {
      if (typeof name !== "string" || !isTableNumber(id)) {
        throw new ImportMistake(`${where} does not give a table's name and number`);
      }
      return [name, id];
    }),
  );
}

function isTableNumber(id: JSONValue | undefined): id is number {
  return typeof id === "number" && Number.isInteger(id) && id > 0 && id < 2 ** 32;
}

async function allEntries(zip: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) {
    if (!entry.fileName.endsWith("/")) entries.push(entry);
    if (entries.length > MAX_ENTRIES) throw new Error(`more than ${MAX_ENTRIES} entries`);
  }
  return entries;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

async function orMistake<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new ImportMistake(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
