/**
 * Comma-separated values (RFC 4180) as documents.
 *
 * [IMPORT3] The first row names the fields; a cell that reads as a number is a float64,
 *           every other is a string.
 */
import type { JSONValue } from "convex/values";
import { ImportMistake } from "./parsed-import.ts";

const FLOAT = /^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?|nan)$/i;

interface CsvRow {
  /** Where it begins. */
  readonly line: number;
  readonly cells: readonly string[];
}

export interface CsvDocument {
  readonly line: number;
  readonly value: { readonly [field: string]: JSONValue };
}

/** Throws ImportMistake with the line. */
export function* parseCsv(text: string): Generator<CsvDocument> {
  let names: readonly string[] | null = null;
  for (const { line, cells } of rows(text)) {
    if (names === null) names = cells;
    else {
      if (cells.length !== names.length) {
        throw new ImportMistake(
          `line ${line} has ${cells.length} cells, but the header has ${names.length}`,
        );
      }
      const value = Object.fromEntries(names.map((name, i) => [name, cellValue(cells[i] ?? "")]));
      yield { line, value };
    }
  }
}

function cellValue(cell: string): JSONValue {
  if (!FLOAT.test(cell)) return cell;
  if (/nan/i.test(cell)) return Number.NaN;
  if (/inf/i.test(cell)) {
    return cell.startsWith("-") ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return Number(cell);
}

/** Cells may be quoted, and then hold commas, line breaks and doubled quotes. Empty lines are no rows. */
function* rows(text: string): Generator<CsvRow> {
  const cell = /"([^"]*(?:""[^"]*)*)"(?=[,\r\n]|$)|([^,"\r\n]*)(?=[,\r\n]|$)/y;
  let line = 1;
  for (let at = 0; at < text.length; ) {
    const begun = line;
    const cells: string[] = [];
    for (;;) {
      cell.lastIndex = at;
      const match = cell.exec(text);
      if (match === null) throw new ImportMistake(`line ${line} has a quote that does not fit`);
      const [whole, quoted, plain = ""] = match;
      cells.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
      line += whole.split("\n").length - 1;
      at += whole.length;
      if (text[at] !== ",") break;
      at++;
    }
    if (text[at] === "\r") at++;
    if (text[at] === "\n") at++;
    line++;
    if (cells.length > 1 || cells[0] !== "") yield { line: begun, cells };
  }
}
