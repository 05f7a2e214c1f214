import fc from "fast-check";
import { expect, test } from "vitest";
import { SortedMap } from "./sorted-map.ts";

const key = fc.string({ unit: fc.constantFrom("a", "b", "c", "\xff"), maxLength: 5 });
const change = fc.record({ key, remove: fc.boolean() });

test("[STORE1] the ordered map holds what a plain map holds, in order", () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 2000, size: "max" }),
      key,
      key,
      (changes, start, end) => {
        const sorted = new SortedMap<number>();
        const plain = new Map<string, number>();
        for (const [i, { key: at, remove }] of changes.entries()) {
          if (remove) expect(sorted.delete(at)).toBe(plain.delete(at));
          else {
            sorted.set(at, i);
            plain.set(at, i);
          }
        }
        const expected = [...plain].sort(([a], [b]) => (a < b ? -1 : 1));
        const inside = expected.filter(([at]) => start <= at && at < end);
        expect(sorted.size).toBe(plain.size);
        expect([...sorted.range("", "\xff\xff\xff\xff\xff\xff")]).toEqual(expected);
        expect([...sorted.range(start, end)]).toEqual(inside);
        expect(sorted.first(start, end)).toEqual(inside[0] ?? null);
        expect(sorted.last(start, end)).toEqual(inside.at(-1) ?? null);
        expect(sorted.get(start)).toBe(plain.get(start));
      },
    ),
    { numRuns: 60 },
  );
});

test("[STORE1] ten thousand keys in random order come out sorted", () => {
  const sorted = new SortedMap<number>();
  const keys = Array.from({ length: 10_000 }, (_, i) =>
    String((i * 7919) % 10_007).padStart(5, "0"),
  );
  for (const [i, at] of keys.entries()) sorted.set(at, i);
  expect([...sorted.range("", "9".repeat(6))].map(([at]) => at)).toEqual([...keys].sort());
});
