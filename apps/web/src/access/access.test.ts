import type { Feed } from "@heliograph/domain";
import { expect, test } from "vitest";
import { lockedText } from "./locked-text.ts";
import { accessOfAccount, accessOfLink } from "./use-access.ts";

test("an account with keys opens their feeds; one without them is locked", () => {
  const key = (feed: Feed) => ({ feed, feedKey: `key of ${feed}` });
  expect(accessOfAccount({ keys: [key("basic"), key("advanced")] })).toEqual({
    state: "open",
    keysFrom: "account",
    keys: new Map([
      ["basic", "key of basic"],
      ["advanced", "key of advanced"],
    ]),
  });
  expect(accessOfAccount({ keys: [] })).toEqual({ state: "locked" });
  expect(accessOfAccount(null)).toEqual({ state: "locked" });
});

test("a link opens what it holds, and says what is wrong with it", () => {
  const keys = new Map<Feed, string>([["pro", "k"]]);
  expect(accessOfLink({ state: "open", keys })).toEqual({ state: "open", keysFrom: "link", keys });
  expect(accessOfLink({ state: "missing" })).toEqual({ state: "noLink" });
  expect(accessOfLink({ state: "invalid" })).toEqual({ state: "badLink" });
});

test("the lock says when access ended, and to newcomers that there was none", () => {
  const atMs = Date.UTC(2026, 10, 27, 14, 3, 9);
  expect(lockedText({ tier: null, atMs }, "UTC").title).toBe(
    "Your access ended at Fri, 27 Nov 2026, 14:03:09 UTC",
  );
  expect(lockedText(undefined).title).toBe("You have no plan yet");
});
