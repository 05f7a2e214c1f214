import type { FeedProof } from "@heliograph/domain";
import { expect, test } from "vitest";
import { standing } from "./completeness.ts";

const proof = (fields: Partial<FeedProof>): FeedProof => ({
  feed: "pro",
  status: "current",
  fromSeq: 1,
  toSeq: 123,
  missingSeqs: [],
  liveSegments: [],
  isLoading: false,
  hasFailed: false,
  ...fields,
});

const over = (feeds: FeedProof[], isComplete = true) => ({ feeds, isComplete });

test("a complete feed names the last signal it is complete through", () => {
  expect(standing(over([proof({ feed: "basic", toSeq: 9 }), proof({})]), "live", "link")).toEqual({
    tone: "good",
    text: "Complete through Basic #9, Pro #123",
  });
  expect(standing(over([proof({ fromSeq: null, toSeq: null })]), "live", "link").text).toBe(
    "Complete: no signals yet",
  );
});

test("missing seqs are counted, and completeness is not claimed", () => {
  expect(standing(over([proof({ missingSeqs: [7] })], false), "live", "link").text).toBe(
    "Fetching 1 missed signal",
  );
  expect(standing(over([proof({ missingSeqs: [7, 8] })], false), "live", "link").text).toBe(
    "Fetching 2 missed signals",
  );
});

test("without a connection it says up to where it knows", () => {
  expect(standing(over([proof({})]), "reconnecting", "link")).toEqual({
    tone: "warn",
    text: "Not connected. Complete through Pro #123",
  });
});

test("a rotated key says what to do and what still holds", () => {
  const { tone, text } = standing(over([proof({ status: "rotated" })]), "live", "link");
  expect(tone).toBe("warn");
  expect(text).toMatch(/open your newest feed link.*complete through Pro #123/);
});

test("a read that failed is an error, unless the line is down anyway", () => {
  expect(standing(over([proof({ hasFailed: true })], false), "live", "link").tone).toBe("bad");
  expect(standing(over([proof({ hasFailed: true })], false), "offline", "link").tone).toBe("warn");
});

test("before anything is known it is opening", () => {
  const unknown = proof({ status: "locating", fromSeq: null, toSeq: null, isLoading: true });
  expect(standing(over([unknown], false), "connecting", "link").text).toBe("Opening the feed");
});

test("the key of an account is renewed by itself: nobody is asked for a link", () => {
  const rotated = over([proof({ status: "rotated" })]);
  expect(standing(rotated, "live", "account")).toEqual({
    tone: "neutral",
    text: "Renewing your feed key",
  });
  expect(standing(rotated, "live", "link").text).toContain("open your newest feed link");
});
