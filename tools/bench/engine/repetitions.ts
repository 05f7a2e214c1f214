/**
 * The rows of one mutation as those of another: other ids, a later creation time, else
 * the same. Cheap, because a floor pays for it: only ids and times are written anew.
 */
import type { RowPattern } from "./row-pattern.ts";

export interface Repetition {
  readonly documents: readonly {
    readonly table: number;
    readonly id: string;
    readonly size: number;
    readonly json: string;
  }[];
  readonly indexRows: readonly {
    readonly index: number;
    readonly key: Buffer;
    readonly document: number;
  }[];
}

const RANDOM_DIGITS = 10; // base 32: 50 bits, what a float holds exactly
const RANDOM_STATES = 2 ** 50;

/** The `at`th repetition is `at` quarters of a millisecond later. */
export function repetitions(pattern: RowPattern): (at: number) => Repetition {
  const documents = pattern.documents.map(({ table, size, id, json, creationTime }) => {
    const [before, after] = splitAt(json, id);
    return { table, size, length: id.length, before, after, creationTime };
  });
  const indexRows = pattern.indexRows.map(({ index, key, document }) => {
    const from = pattern.documents[document];
    if (from === undefined) throw new Error("an index row without a document");
    const template = Buffer.from(key, "latin1");
    const timeAt = template.indexOf(timeKey(from.creationTime));
    return { index, document, template, idAt: template.indexOf(from.id), timeAt, from };
  });
  return (at) => {
    const repeated = documents.map(({ table, size, length, before, after }) => {
      const id = randomId(length);
      return { table, size, id, json: before + id + after };
    });
    return {
      documents: repeated,
      indexRows: indexRows.map(({ index, document, template, idAt, timeAt, from }) => {
        const key = Buffer.from(template);
        key.write(repeated[document]?.id ?? "", idAt, "latin1");
        if (timeAt !== -1) writeTime(key, timeAt, from.creationTime + at / 4);
        return { index, document, key };
      }),
    };
  };
}

function splitAt(text: string, part: string): [string, string] {
  const at = text.indexOf(part);
  return [text.slice(0, at), text.slice(at + part.length)];
}

function randomId(length: number): string {
  let id = "";
  while (id.length < length)
    id += Math.floor(Math.random() * RANDOM_STATES)
      .toString(32)
      .padStart(RANDOM_DIGITS, "0");
  return id.slice(0, length);
}

function timeKey(time: number): Buffer {
  const bytes = Buffer.alloc(8);
  writeTime(bytes, 0, time);
  return bytes;
}

/** A positive float as it stands in an index key: big-endian with the sign bit set. */
function writeTime(key: Buffer, at: number, time: number): void {
  key.writeDoubleBE(time, at);
  key[at] = (key[at] ?? 0) | 0x80;
}
