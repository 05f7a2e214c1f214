import { expect, test } from "vitest";
import { createRandomPool } from "./random-pool.ts";

test("no byte of the pool is given out twice, whatever the lengths asked for", () => {
  let next = 0;
  const counting = (bytes: number) => {
    const made = Buffer.alloc(bytes);
    for (let at = 0; at + 4 <= bytes; at += 4) made.writeUInt32BE(next++, at);
    return made;
  };
  const random = createRandomPool(counting as never);
  const seen = new Set<number>();
  for (const length of [16, 8, 4096, 4000, 100, 8192, 12, ...Array<number>(600).fill(16)]) {
    const bytes = random(length);
    expect(bytes.length).toBe(length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < length; at += 4) {
      expect(seen.has(view.getUint32(at))).toBe(false);
      seen.add(view.getUint32(at));
    }
  }
});

test("what a caller writes into its bytes reaches nobody else", () => {
  const random = createRandomPool((bytes) => Buffer.alloc(bytes, 7));
  random(16).fill(0);
  expect([...random(4)]).toEqual([7, 7, 7, 7]);
});
