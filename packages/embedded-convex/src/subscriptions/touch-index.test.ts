import fc from "fast-check";
import { expect, test } from "vitest";
import type { Commit, KeyInterval, ReadSet } from "../rooms.ts";
import { overlaps, TouchIndex } from "./touch-index.ts";

const key = fc.stringMatching(/^[a-d]{0,3}$/);
const interval = fc
  .tuple(key, fc.option(key, { nil: null }))
  .filter(([start, end]) => end === null || start < end)
  .map(([start, end]): KeyInterval => ({ start, end }));
const point = key.map((start): KeyInterval => ({ start, end: `${start}\x00` }));
const reads = fc
  .array(fc.oneof(interval, point), { maxLength: 4 })
  .map((intervals): ReadSet => ({ intervals: new Map([[1, disjoint(intervals)]]) }));

function disjoint(intervals: readonly KeyInterval[]): KeyInterval[] {
  const sorted = [...intervals].sort((a, b) => (a.start < b.start ? -1 : 1));
  const kept: KeyInterval[] = [];
  for (const next of sorted) {
    const last = kept.at(-1);
    if (last === undefined || (last.end !== null && last.end <= next.start)) kept.push(next);
  }
  return kept;
}

function commitOf(...keys: string[]): Commit {
  const indexWrites = keys.map((written) => ({ indexId: 1, key: written }));
  return { ts: 1n, indexWrites, documents: [], source: null };
}

function contains(read: ReadSet, written: string): boolean {
  return [...(read.intervals.get(1) ?? [])].some(
    ({ start, end }) => start <= written && (end === null || written < end),
  );
}

test("[SUB1] exactly the read sets around a written key are found, after any additions and removals", () => {
  fc.assert(
    fc.property(
      fc.array(reads, { maxLength: 40 }),
      fc.array(key, { maxLength: 5 }),
      (sets, keys) => {
        const index = new TouchIndex<number>();
        sets.forEach((set, i) => {
          index.add(set, i);
        });
        sets.forEach((set, i) => {
          if (i % 3 === 0) index.remove(set, i);
        });
        const expected = sets.flatMap((set, i) =>
          i % 3 !== 0 && keys.some((written) => contains(set, written)) ? [i] : [],
        );
        const found = [...index.touched(commitOf(...keys))].sort((a, b) => a - b);
        expect(found).toEqual(expected);
        for (const set of sets) {
          const hit = keys.some((written) => contains(set, written));
          expect(overlaps(set, commitOf(...keys))).toBe(hit);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("[SUB1] a write to another index touches nothing", () => {
  const index = new TouchIndex<string>();
  index.add({ intervals: new Map([[1, [{ start: "", end: null }]]]) }, "all");
  const commit = { ...commitOf(), indexWrites: [{ indexId: 2, key: "a" }] };
  expect(index.touched(commit).size).toBe(0);
});

test("[SUB2] one touched read set among 10,000 is found in far less than a millisecond", () => {
  const index = new TouchIndex<number>();
  const deployment = { start: "deployment", end: "deployment\x00" };
  for (let i = 0; i < 10_000; i++) {
    const prefix = `user${String(i).padStart(6, "0")}`;
    const intervals = new Map([
      [1, [{ start: prefix, end: `${prefix}\x01` }]],
      [2, [deployment]],
    ]);
    index.add({ intervals }, i);
  }
  const commits = Array.from({ length: 1_000 }, (_, i) =>
    commitOf(`user${String(i * 7).padStart(6, "0")}`),
  );
  const start = process.hrtime.bigint();
  const found = commits.map((commit) => [...index.touched(commit)]);
  const perCommitMs = Number(process.hrtime.bigint() - start) / 1e6 / commits.length;
  expect(found).toEqual(commits.map((_, i) => [i * 7]));
  expect(perCommitMs).toBeLessThan(0.2);
});
