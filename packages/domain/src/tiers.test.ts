import { expect, test } from "vitest";
import { compareTiers, FEEDS, feedsFor, isFeed } from "./tiers.ts";

test("[TIER1] a tier opens the feed of its name and every lower one", () => {
  expect(feedsFor("basic")).toEqual(["basic"]);
  expect(feedsFor("advanced")).toEqual(["basic", "advanced"]);
  expect(feedsFor("pro")).toEqual(["basic", "advanced", "pro"]);
});

test("[TIER2] basic is below advanced is below pro", () => {
  expect(["pro", "basic", "advanced"].filter(isFeed).sort(compareTiers)).toEqual([...FEEDS]);
});

test("[TIER3] no other name is a feed", () => {
  expect(["Basic", "", "toString", null, 0].some(isFeed)).toBe(false);
});
