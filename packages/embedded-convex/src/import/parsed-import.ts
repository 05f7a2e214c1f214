/** What the thread that reads an uploaded file finds in it. */
import type { JSONValue } from "convex/values";
import type { NamedBytes } from "./file-names.ts";

export type ImportFormat = "csv" | "jsonLines" | "jsonArray" | "zip";
export type ImportMode = "requireEmpty" | "append" | "replace" | "replaceAll";

export interface ParsedDocument {
  /** For messages: file and line. */
  readonly where: string;
  /** An encoded object. */
  readonly value: { readonly [field: string]: JSONValue };
}

export interface ParsedFile extends NamedBytes {
  readonly where: string;
  /** Fields of the `_storage` row; `_id` and `_creationTime` among them. */
  readonly row: { readonly [field: string]: JSONValue };
}

/** By path of the component that the data belongs to; "" is the app. */
export type ParsedImport = ReadonlyMap<string, ParsedComponent>;

export interface ParsedComponent {
  readonly tables: ReadonlyMap<string, readonly ParsedDocument[]>;
  /** Numbers the file gives to tables. */
  readonly numbers: ReadonlyMap<string, number>;
  /** Null when the file has no `_storage` for it. */
  readonly files: readonly ParsedFile[] | null;
}

export function countDocuments(parsed: ParsedImport): number {
  return [...parsed.values()]
    .flatMap(({ tables }) => [...tables.values()])
    .reduce((sum, documents) => sum + documents.length, 0);
}

/** How messages name what is in a component; nothing for the app. */
export function inComponent(path: string): string {
  return path === "" ? "" : ` in component "${path}"`;
}

/** A mistake in the uploaded file, told to whoever uploaded it. */
export class ImportMistake extends Error {
  override readonly name = "ImportMistake";
}
