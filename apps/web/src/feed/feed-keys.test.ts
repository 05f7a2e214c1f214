import { expect, test } from "vitest";
import { readFeedKeys } from "./feed-keys.ts";

const key = (feed: string, epoch: number) => `v1.${feed}.0.${epoch}.${"A".repeat(43)}`;

test("keys are sorted by feed, and what is no key is left out", () => {
  const text = `${key("pro", 1)}, ${key("basic", 2)},nonsense,v1.gold.0.1.x`;
  expect([...readFeedKeys(text)]).toEqual([
    ["basic", key("basic", 2)],
    ["pro", key("pro", 1)],
  ]);
});

test("of two keys for one feed the later epoch counts, in either order", () => {
  const [old, renewed] = [key("pro", 9), key("pro", 10)];
  expect(readFeedKeys(`${old},${renewed}`).get("pro")).toBe(renewed);
  expect(readFeedKeys(`${renewed},${old}`).get("pro")).toBe(renewed);
});

test("no text is no keys", () => {
  expect(readFeedKeys(null).size).toBe(0);
  expect(readFeedKeys("").size).toBe(0);
});
