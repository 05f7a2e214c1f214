import { expect, test } from "vitest";
import { axisMarks, latencySummary, mergeByTime } from "./latency-points.ts";

const web = {
  name: "Web",
  points: [
    { atMs: 60_000, valueMs: 61 },
    { atMs: 120_000, valueMs: null },
  ],
};
const bot = { name: "Bot", points: [{ atMs: 0, valueMs: 140 }] };

test("series are merged into rows in order of time; a silent minute is a gap", () => {
  expect(mergeByTime([web, bot])).toEqual([
    { atMs: 0, values: { Bot: 140 } },
    { atMs: 60_000, values: { Web: 61 } },
    { atMs: 120_000, values: { Web: null } },
  ]);
});

test("the summary says where each surface stands against the target", () => {
  expect(latencySummary([web, bot], 100)).toBe(
    "Web: p95 latest 61 ms, within the target. Bot: p95 latest 140 ms, worst 140 ms, over the target.",
  );
  expect(latencySummary([{ name: "Web", points: [] }], 100)).toBe(
    "No measurements in this window.",
  );
});

test("the axis has round marks and reaches over the highest value", () => {
  expect(axisMarks(110)).toEqual([0, 25, 50, 75, 100, 125]);
  expect(axisMarks(196)).toEqual([0, 50, 100, 150, 200]);
  expect(axisMarks(2_300)).toEqual([0, 500, 1000, 1500, 2000, 2500]);
  expect(axisMarks(400_000).at(-1)).toBeGreaterThanOrEqual(400_000);
});
