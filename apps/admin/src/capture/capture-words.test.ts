import { expect, test } from "vitest";
import { gapWords, readIds, stateWord } from "./capture-words.ts";

const bot = { code: null, message: null, reportedAtMs: 0, lastGap: null, gaps: 0 };

test("a source is captured by a bot, by none, or not as it should", () => {
  expect(stateWord(null).word).toBe("Not by a bot");
  expect(stateWord({ ...bot, state: "listening" })).toEqual({ word: "Listening", tone: "good" });
  expect(stateWord({ ...bot, state: "failing" })).toEqual({ word: "Failing", tone: "bad" });
});

test("a gap says how long, why, and what was read again", () => {
  const gap = { cause: "session", fromMs: 0, untilMs: 90_000 } as const;
  expect(gapWords({ ...gap, recovered: 0 })).toMatch(/session, nothing was missed$/);
  expect(gapWords({ ...gap, recovered: 3 })).toMatch(/, 3 read again$/);
});

test("ids may be separated by anything", () => {
  expect(readIds(" 1, 2;3\n4 ")).toEqual(["1", "2", "3", "4"]);
  expect(readIds("")).toEqual([]);
});
