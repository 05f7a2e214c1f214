import { JOIN_CODES } from "@heliograph/domain";
import { expect, test } from "vitest";
import { serverWords } from "./server-words.ts";

test("every reason not to be in a server has a sentence of its own", () => {
  const texts = JOIN_CODES.map((code) => serverWords({ state: "notIn", code }).text);
  expect(texts).not.toContain("");
  expect(new Set(texts).size).toBe(JOIN_CODES.length);
});

test("who left is told that the plan is still billed, and may come back", () => {
  const left = serverWords({ state: "left", code: null });
  expect(left.text).toContain("billed");
  expect(left.cure).toBe("again");
});
