/** The documents of one uploaded file, or of one entry of a zip. */
import type { JSONValue } from "convex/values";
import { parseCsv } from "./csv.ts";
import { lineOfMistake } from "./json-mistake.ts";
import { parseJson } from "./lossless-json.ts";
import { ImportMistake, type ParsedDocument } from "./parsed-import.ts";
import { linesOf, type TextBudget, textOf } from "./text-lines.ts";

type Bytes = AsyncIterable<Uint8Array>;

/** `name` begins every message. Throws ImportMistake naming the line or element. */
export async function* jsonLines(
  bytes: Bytes,
  { name, uniform, budget }: { name: string; uniform: boolean; budget: TextBudget },
): AsyncGenerator<ParsedDocument> {
  for await (const { number, text } of named(name, linesOf(bytes, budget))) {
    const where = `${name} line ${number}`;
    yield { where, value: asDocument(where, parsed(where, text, uniform)) };
  }
}

export async function* jsonArray(bytes: Bytes, budget: TextBudget): AsyncGenerator<ParsedDocument> {
  const list = parsedFile(await textOf(bytes, budget));
  if (!Array.isArray(list)) throw new ImportMistake("The file is not a JSON array of objects");
  for (const [i, element] of list.entries()) {
    const where = `element ${i + 1}`;
    yield { where, value: asDocument(where, element) };
  }
}

export async function* csv(bytes: Bytes, budget: TextBudget): AsyncGenerator<ParsedDocument> {
  for (const { line, value } of parseCsv(await textOf(bytes, budget))) {
    yield { where: `line ${line}`, value };
  }
}

async function* named<T>(name: string, items: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* items;
  } catch (error) {
    const isUnnamed = error instanceof ImportMistake && error.message.startsWith("line ");
    throw isUnnamed ? new ImportMistake(`${name} ${error.message}`) : error;
  }
}

function parsedFile(text: string): JSONValue {
  try {
    return parseJson(text, false);
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new ImportMistake(
      `The file is not valid JSON from line ${lineOfMistake(text)} on: ${why}`,
    );
  }
}

function parsed(where: string, text: string, uniform: boolean): JSONValue {
  try {
    return parseJson(text, uniform);
  } catch (error) {
    throw new ImportMistake(
      `${where} is not valid JSON: ${error instanceof Error ? error.message : error}`,
    );
  }
}

function asDocument(where: string, value: JSONValue): ParsedDocument["value"] {
  if (value !== null && typeof value === "object" && !Array.isArray(value)) return value;
  throw new ImportMistake(`${where} is not a JSON object`);
}
