/**
 * A batch on its way to the writer thread, as flat lists. Copied object by object a
 * commit costs both threads several times as much: every field's name travels with it.
 */
import type { Batch, CommitRows, DocumentRow, PackedBatch } from "./messages.ts";

export function packBatch(commits: readonly CommitRows[]): PackedBatch {
  const timestamps: bigint[] = [];
  const numbers: number[] = [];
  const texts: string[] = [];
  for (const { ts, puts, removes, removedRows, putRows, counts, nextSerial } of commits) {
    timestamps.push(ts);
    numbers.push(nextSerial, puts.length, removes.length);
    numbers.push(removedRows.length, putRows.length, counts.length);
    for (const { serial, table, size, id, json } of puts) {
      numbers.push(serial, table, size);
      texts.push(id, json);
    }
    for (const serial of removes) numbers.push(serial);
    for (const { index, key } of removedRows) {
      numbers.push(index);
      texts.push(key);
    }
    for (const { index, key, serial } of putRows) {
      numbers.push(index, serial);
      texts.push(key);
    }
    for (const [table, more] of counts) numbers.push(table, more);
  }
  return { kind: "batch", timestamps, numbers, texts, ...packSearched(commits) };
}

/** Few tables are searched: most batches have no such list. */
function packSearched(commits: readonly CommitRows[]): Pick<PackedBatch, "searched"> {
  if (commits.every(({ searched }) => searched === undefined)) return {};
  const packed = commits.flatMap(({ searched }, at) =>
    searched === undefined ? [] : [[at, searched] as const],
  );
  return { searched: packed };
}

export function unpackBatch({ timestamps, numbers, texts, searched: packed }: PackedBatch): Batch {
  let [numbersRead, textsRead] = [0, 0];
  const number = () => numbers[numbersRead++] ?? Number.NaN;
  const text = () => texts[textsRead++] ?? "";
  const times = <T>(count: number, read: () => T) => Array.from({ length: count }, read);
  const readDocument = (): DocumentRow => ({
    serial: number(),
    table: number(),
    size: number(),
    id: text(),
    json: text(),
  });
  const searchedAt = new Map(packed);
  const searchedOf = (at: number): Pick<CommitRows, "searched"> => {
    const searched = searchedAt.get(at);
    return searched === undefined ? {} : { searched };
  };
  const commits = timestamps.map((ts, at): CommitRows => {
    const nextSerial = number();
    const [puts, removes, removedRows, putRows, counts] = times(5, number);
    return {
      ts,
      nextSerial,
      puts: times(puts ?? 0, readDocument),
      removes: times(removes ?? 0, number),
      removedRows: times(removedRows ?? 0, () => ({ index: number(), key: text() })),
      putRows: times(putRows ?? 0, () => ({ index: number(), serial: number(), key: text() })),
      counts: times(counts ?? 0, (): [number, number] => [number(), number()]),
      ...searchedOf(at),
    };
  });
  return { commits };
}
