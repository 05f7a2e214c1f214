import { expect, test } from "vitest";
import { SimClock } from "./clock.ts";

test("[PCLK1] advancing runs what falls due in order of time, each at its own time, and waits for it", async () => {
  const clock = new SimClock({ frozen: true, startMs: 1_000 });
  const seen: [string, number][] = [];
  clock.at(3_000, async () => {
    await Promise.resolve();
    seen.push(["b", clock.nowMs()]);
    clock.after(500, () => void seen.push(["c", clock.nowMs()]));
  });
  clock.at(2_000, () => void seen.push(["a", clock.nowMs()]));
  clock.at(9_000, () => void seen.push(["later", clock.nowMs()]));
  const cancel = clock.at(2_500, () => void seen.push(["cancelled", clock.nowMs()]));
  cancel();
  await clock.advance(4_000);
  expect(seen).toEqual([
    ["a", 2_000],
    ["b", 3_000],
    ["c", 3_500],
  ]);
  expect(clock.nowMs()).toBe(5_000);
});

test("[PCLK2] a running clock runs tasks by itself, and can be advanced beyond the machine's time", async () => {
  const clock = new SimClock();
  await new Promise<void>((resolve) => clock.after(1, resolve));
  const before = clock.nowMs();
  let ran = false;
  clock.after(86_400_000, () => {
    ran = true;
  });
  await clock.advance(86_400_000);
  expect(ran).toBe(true);
  expect(clock.nowMs() - before).toBeGreaterThanOrEqual(86_400_000);
  clock.close();
});
