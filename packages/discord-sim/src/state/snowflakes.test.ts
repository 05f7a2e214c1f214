import { expect, test } from "vitest";
import { ManualClock } from "../clock.ts";
import { compareSnowflakes, SnowflakeSource, snowflakeTimeMs } from "./snowflakes.ts";

test("[DID1] ids grow and carry their time, also 10,000 within one millisecond", () => {
  const clock = new ManualClock();
  const source = new SnowflakeSource(clock);
  const first = source.next();
  expect(snowflakeTimeMs(first)).toBe(clock.nowMs());
  let last = first;
  for (let made = 1; made < 10_000; made += 1) {
    const id = source.next();
    expect(compareSnowflakes(last, id)).toBeLessThan(0);
    last = id;
  }
  expect(snowflakeTimeMs(last) - snowflakeTimeMs(first)).toBeLessThanOrEqual(2);
});

test("[DID1] ids stay above one that was seen, even when the clock stands before it", () => {
  const source = new SnowflakeSource(new ManualClock(1_600_000_000_000));
  source.seen("1574166334839717888");
  expect(compareSnowflakes(source.next(), "1574166334839717888")).toBeGreaterThan(0);
});
