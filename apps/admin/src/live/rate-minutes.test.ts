import { expect, test } from "vitest";
import { fillMinutes } from "./rate-minutes.ts";

test("the last hour has sixty minutes, silent ones zero, older ones left out", () => {
  const busy = { minuteMs: 3_540_000, accepted: 7, duplicate: 1, stale: 0, rejected: 2 };
  const old = { ...busy, minuteMs: -60_000 };
  const hour = fillMinutes([old, busy], 3_599_999);
  expect(hour).toHaveLength(60);
  expect(hour.at(-1)).toEqual(busy);
  expect(hour[0]).toEqual({ minuteMs: 0, accepted: 0, duplicate: 0, stale: 0, rejected: 0 });
});
