import { expect, test } from "vitest";
import { systemRandom } from "./system-random.ts";

test("no byte is handed out twice, whatever is asked for", () => {
  const random = systemRandom();
  const sizes = [16, 4_000, 100, 5_000, 32];
  const taken = sizes.map((size) => random(size));
  expect(taken.map(({ length }) => length)).toEqual(sizes);
  const starts = taken.map((bytes) => Buffer.from(bytes.subarray(0, 16)).toString("hex"));
  expect(new Set(starts).size).toBe(sizes.length);
  // What was handed out stays as it is while more is taken.
  for (let more = 0; more < 1_000; more++) random(64);
  expect(Buffer.from(taken[0] ?? []).toString("hex")).toBe(starts[0]);
});
