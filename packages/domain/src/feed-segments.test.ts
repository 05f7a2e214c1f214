import * as fc from "fast-check";
import { expect, test } from "vitest";
import { isSealed, openSegment, SEGMENT_SIZE, segmentOf, seqRange } from "./feed-segments.ts";

test("[SEG1] every seq lies in the range of its own segment, below zero too", () => {
  fc.assert(
    fc.property(fc.integer(), (seq) => {
      const { firstSeq, lastSeq } = seqRange(segmentOf(seq));
      expect(firstSeq).toBeLessThanOrEqual(seq);
      expect(lastSeq).toBeGreaterThanOrEqual(seq);
      expect(lastSeq - firstSeq + 1).toBe(SEGMENT_SIZE);
    }),
  );
  expect([-9, -8, -1, 0, 7, 8].map(segmentOf)).toEqual([-2, -1, -1, 0, 0, 1]);
});

test("[SEG2] a segment is sealed when its last seq is given out", () => {
  expect(isSealed(0, 7)).toBe(false);
  expect(isSealed(0, 8)).toBe(true);
  expect(openSegment(8)).toBe(1);
  expect(isSealed(openSegment(23), 23)).toBe(false);
});
