/**
 * Which entries of a snapshot's zip matter, by the component and table they belong to
 * (contract cli 7, 8). A folder around everything is fine; tables of the engine's own are
 * left out.
 */
import type { Entry } from "yauzl";
import { isComponentName } from "../deploy/component-definition.ts";
import { ImportMistake } from "./parsed-import.ts";

export interface ComponentEntries {
  /** By table; `_tables` and `_storage` may be among them. */
  readonly documents: Map<string, Entry>;
  readonly markers: Map<string, Entry>;
  /** By `_storage` id. */
  readonly files: Map<string, Entry>;
}

const DOCUMENTS = /^(.*\/)?([^/]+)\/documents\.jsonl$/s;
const MARKER = /^(.*\/)?([^/]+)\/generated_schema\.jsonl$/s;
const FILE = /^(.*\/)?_storage\/([^/.]+)(?:\.[^/]*)?$/s;
const COMPONENT = /^(.*\/)?_components\/([^/]+)\/$/s;
const IMPORTED_SYSTEM_TABLES: ReadonlySet<string> = new Set(["_storage", "_tables"]);

/** By path of the component, which begins with `base`. Throws ImportMistake when there is nothing to import. */
export function sortEntries(
  entries: readonly Entry[],
  base: string,
): ReadonlyMap<string, ComponentEntries> {
  const components = new Map<string, ComponentEntries>();
  const place = (
    kind: keyof ComponentEntries,
    entry: Entry,
    [, folder, name = ""]: RegExpExecArray,
  ) => {
    const path = componentPath(folder ?? "", base);
    const component = components.get(path) ?? emptyComponent();
    components.set(path, component);
    component[kind].set(name, entry);
  };
  for (const entry of entries) {
    const documents = DOCUMENTS.exec(entry.fileName);
    const marker = MARKER.exec(entry.fileName);
    const file = FILE.exec(entry.fileName);
    if (documents !== null) {
      if (isImported(documents[2] ?? "")) place("documents", entry, documents);
    } else if (marker !== null) place("markers", entry, marker);
    else if (file !== null) place("files", entry, file);
  }
  const found = [...components].filter(([, { documents }]) => documents.size > 0);
  if (found.length > 0) return new Map(found);
  throw new ImportMistake("The zip has no <table>/documents.jsonl: it is not a snapshot");
}

function isImported(table: string): boolean {
  return !table.startsWith("_") || IMPORTED_SYSTEM_TABLES.has(table);
}

/** Folders are looked at from the inside: what stands around the outermost `_components` is of no meaning. */
function componentPath(folder: string, base: string): string {
  const names: string[] = [];
  for (let rest = folder; ; ) {
    const [whole, outer = "", name = ""] = COMPONENT.exec(rest) ?? [];
    if (whole === undefined) break;
    if (!isComponentName(name)) throw new ImportMistake(`"${folder}" does not name a component`);
    names.unshift(name);
    rest = outer;
  }
  return [...(base === "" ? [] : [base]), ...names].join("/");
}

function emptyComponent(): ComponentEntries {
  return { documents: new Map(), markers: new Map(), files: new Map() };
}
