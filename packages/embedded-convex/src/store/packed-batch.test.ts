import { expect, test } from "vitest";
import type { CommitRows } from "./messages.ts";
import { packBatch, unpackBatch } from "./packed-batch.ts";

const COMMITS: readonly CommitRows[] = [
  {
    ts: 5n,
    nextSerial: 9,
    puts: [
      { serial: 7, table: 1, id: "a", size: 3, json: '{"_id":"a"}' },
      { serial: 8, table: 2, id: "b", size: 4, json: '{"_id":"b"}' },
    ],
    removes: [3, 4],
    removedRows: [{ index: 10, key: "\x10old\x00" }],
    putRows: [
      { index: 10, key: "\x10a\x00", serial: 7 },
      { index: 11, key: "\xff\x00", serial: 8 },
    ],
    counts: [[1, -1]],
  },
  { ts: 2n ** 62n, nextSerial: 9, puts: [], removes: [], removedRows: [], putRows: [], counts: [] },
  {
    ts: 2n ** 62n + 1n,
    nextSerial: 2 ** 40,
    puts: [],
    removes: [],
    removedRows: [],
    putRows: [{ index: 1, key: "", serial: 2 ** 39 }],
    counts: [
      [1, 2],
      [3, 4],
    ],
  },
];

const SEARCHED: CommitRows = {
  ts: 2n ** 62n + 2n,
  nextSerial: 2 ** 40,
  puts: [],
  removes: [7],
  removedRows: [],
  putRows: [],
  searched: [
    {
      spec: { kind: "search", id: 12, searchField: "body", filterFields: ["channel"] },
      serials: [7, 8],
    },
    {
      spec: { kind: "vector", id: 13, vectorField: "v", dimensions: 2, filterFields: [] },
      serials: [7],
    },
  ],
  counts: [],
};

test("what is unpacked in the other thread is what was packed, empty commits and keys included", () => {
  const commits = [...COMMITS, SEARCHED, ...COMMITS];
  expect(unpackBatch(structuredClone(packBatch(commits))).commits).toStrictEqual(commits);
});

test("a batch that writes no searched table carries nothing for one", () => {
  expect(packBatch(COMMITS)).not.toHaveProperty("searched");
});
