import fc from "fast-check";
import { expect, test } from "vitest";
import { assignTarget } from "./assign-target.ts";

const channels = Array.from({ length: 400 }, (_, index) => `9000000000000${index}`);
const empty = (...shards: number[]) => shards.map((shard) => ({ shard, targets: 0 }));

test("a new shard takes over only channels of its own", () => {
  for (const channelId of channels) {
    const before = assignTarget(channelId, empty(0, 1), 45);
    const after = assignTarget(channelId, empty(0, 1, 2), 45);
    expect([before, 2]).toContain(after);
  }
});

test("channels spread over the shards evenly enough", () => {
  const counts = [0, 0, 0, 0];
  for (const channelId of channels) {
    const shard = assignTarget(channelId, empty(0, 1, 2, 3), 45) ?? 0;
    counts[shard] = (counts[shard] ?? 0) + 1;
  }
  expect(Math.min(...counts)).toBeGreaterThan(60);
});

test("a full token gets nothing more while another has room; the order of candidates is nothing", () => {
  const loads = fc.uniqueArray(fc.record({ shard: fc.nat(9), targets: fc.nat(60) }), {
    selector: ({ shard }) => shard,
    minLength: 1,
  });
  fc.assert(
    fc.property(loads, fc.string(), (candidates, channelId) => {
      const shard = assignTarget(channelId, candidates, 45);
      const chosen = candidates.find((one) => one.shard === shard);
      const hasRoom = candidates.some(({ targets }) => targets < 45);
      expect((chosen?.targets ?? 99) < 45).toBe(hasRoom);
      expect(assignTarget(channelId, candidates.toReversed(), 45)).toBe(shard);
    }),
  );
  expect(assignTarget("1", [], 45)).toBeNull();
});
