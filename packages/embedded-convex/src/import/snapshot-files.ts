/**
 * The zip of a snapshot: which entries matter and what they say (contract cli 7, 8).
 * A folder around everything is fine; tables of the engine's own are left out.
 */
import type { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import type { JSONValue } from "convex/values";
import { type Entry, openPromise, type ZipFile } from "yauzl";
import { jsonLines } from "./document-files.ts";
import { ImportMistake, type ParsedDocument } from "./parsed-import.ts";
import { TextBudget, textOf } from "./text-lines.ts";

export interface SnapshotContents {
  /** Names of tables in the zip. */
  readonly tables: readonly string[];
  readonly numbers: ReadonlyMap<string, number>;
  documents(table: string): AsyncIterable<ParsedDocument>;
  /** Rows of `_storage`; null when the zip has none. */
  readonly fileRows: readonly ParsedDocument[] | null;
  /** Bytes of the file with this id, null when they are missing. */
  file(id: string): Promise<AsyncIterable<Uint8Array> | null>;
}

const DOCUMENTS = /(?:^|\/)([^/]+)\/documents\.jsonl$/;
const MARKER = /(?:^|\/)([^/]+)\/generated_schema\.jsonl$/;
const FILE = /(?:^|\/)_storage\/([^/.]+)(?:\.[^/]*)?$/;
const MAX_ENTRIES = 1_000_000;

/** Throws ImportMistake for what is no zip or no snapshot. */
export async function openSnapshot(path: string): Promise<SnapshotContents> {
  const zip = await orMistake("The file is not a readable zip", () =>
    openPromise(path, { autoClose: false }),
  );
  const entries = await orMistake("The zip's list of entries is damaged", () => allEntries(zip));
  const found = sortEntries(entries);
  const budget = new TextBudget();
  const open = async (entry: Entry) =>
    checked(
      entry,
      await orMistake(`${entry.fileName} cannot be read`, () => zip.openReadStreamPromise(entry)),
    );
  const uniform = new Set<string>();
  for (const [table, entry] of found.markers) {
    if ((await textOf(await open(entry), budget)).trim() === '"uniform"') uniform.add(table);
  }
  async function* documents(table: string): AsyncGenerator<ParsedDocument> {
    const entry = found.documents.get(table);
    if (entry === undefined) return;
    const settings = { name: `${table}/documents.jsonl`, uniform: uniform.has(table), budget };
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

interface SortedEntries {
  readonly documents: Map<string, Entry>;
  readonly markers: Map<string, Entry>;
  readonly files: Map<string, Entry>;
}

function sortEntries(entries: readonly Entry[]): SortedEntries {
  const sorted: SortedEntries = { documents: new Map(), markers: new Map(), files: new Map() };
  for (const entry of entries) {
    const { fileName } = entry;
    if (fileName.includes("_components/")) {
      throw new ImportMistake(`${fileName} is data of a component, which cannot be imported yet`);
    }
    const documents = DOCUMENTS.exec(fileName)?.[1];
    const marker = MARKER.exec(fileName)?.[1];
    const file = FILE.exec(fileName)?.[1];
    if (documents !== undefined) sorted.documents.set(documents, entry);
    else if (marker !== undefined) sorted.markers.set(marker, entry);
    else if (file !== undefined) sorted.files.set(file, entry);
  }
  if (sorted.documents.size === 0) {
    throw new ImportMistake("The zip has no <table>/documents.jsonl: it is not a snapshot");
  }
  return sorted;
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
