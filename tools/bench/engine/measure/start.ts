/** `startSeconds`: from starting the process until it answers, with a million documents. */
import { type Measured, number, under } from "../report.ts";
import type { Stages } from "../stages.ts";
import { median } from "../statistics.ts";

const ITEMS = 1_000_000;
const STARTS = 3;

export async function startSeconds(stages: Stages): Promise<Measured> {
  const { engine } = await stages.filled(ITEMS);
  const times: number[] = [];
  for (let start = 0; start < STARTS; start++) {
    await engine.stop();
    const startMs = performance.now();
    await engine.start();
    times.push((performance.now() - startMs) / 1_000);
  }
  const value = median(times);
  return {
    name: "startSeconds",
    value,
    unit: "s",
    floor: null,
    ratio: null,
    bounds: [under(value, 2, "s")],
    details: [
      `starts: ${times.map(number).join(", ")} s, from the file in the system's page cache`,
    ],
  };
}
