import { expect, test } from "vitest";
import { latencySummary, mergeByTime } from "./latency-points.ts";

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
