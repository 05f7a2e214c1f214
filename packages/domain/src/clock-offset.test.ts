import * as fc from "fast-check";
import { expect, test } from "vitest";
import { estimateOffset } from "./clock-offset.ts";

test("[CLK1] the exchange with the least round trip decides", () => {
  const slow = { sentMs: 0, serverMs: 900, receivedMs: 400 };
  const fast = { sentMs: 1000, serverMs: 1510, receivedMs: 1020 };
  expect(estimateOffset([slow, fast])).toEqual({ offsetMs: 500, errorMs: 10 });
});

test("[CLK1] unusable exchanges are left out, and none gives null", () => {
  const backwards = { sentMs: 10, serverMs: 500, receivedMs: 5 };
  const noTime = { sentMs: 0, serverMs: Number.NaN, receivedMs: 1 };
  expect(estimateOffset([])).toBeNull();
  expect(estimateOffset([backwards, noTime])).toBeNull();
});

test("[CLK2] the true offset, even of an hour, is within the stated error of the estimate", () => {
  const leg = fc.integer({ min: 0, max: 500 });
  const legs = fc.array(fc.record({ outMs: leg, backMs: leg }), { minLength: 1, maxLength: 5 });
  const offset = fc.integer({ min: -3_600_000, max: 3_600_000 });
  const property = fc.property(offset, legs, (offsetMs, ways) => {
    const exchanges = ways.map(({ outMs, backMs }, index) => {
      const sentMs = 1_700_000_000_000 + index * 5_000;
      return { sentMs, serverMs: sentMs + outMs + offsetMs, receivedMs: sentMs + outMs + backMs };
    });
    const estimate = estimateOffset(exchanges);
    expect(Math.abs((estimate?.offsetMs ?? Number.NaN) - offsetMs)).toBeLessThanOrEqual(
      estimate?.errorMs ?? -1,
    );
    const least = Math.min(...ways.map(({ outMs, backMs }) => outMs + backMs));
    expect(estimate?.errorMs).toBe(least / 2);
  });
  fc.assert(property);
});
