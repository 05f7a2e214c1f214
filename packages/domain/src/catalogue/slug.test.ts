import { expect, test } from "vitest";
import { slugOf } from "./slug.ts";

test.each([
  ["Pro, monthly", "pro-monthly"],
  ["  Élite · 90 days! ", "elite-90-days"],
  ["---", ""],
  ["x".repeat(80), "x".repeat(60)],
])("[SLUG1] %j becomes %j", (name, slug) => {
  expect(slugOf(name)).toBe(slug);
});
