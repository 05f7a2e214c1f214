import { expect, test } from "vitest";
import { replyPreview, signalExcerpt } from "./reply-preview.ts";
import type { SignalView } from "./signal-view.ts";

const original: SignalView = {
  signalId: "s1",
  feed: "pro",
  seq: 7,
  state: "live",
  revision: 1,
  kind: "entry",
  source: { name: "Desk" },
  author: null,
  content: "**LONG** #ETH\nEntry 3,412",
  embeds: [],
  attachments: [],
  postedAtMs: 0,
  editedAtMs: null,
  deletedAtMs: null,
};

test("a loaded original shows its first words without markup, a deleted one only that", () => {
  expect(replyPreview(original, original)).toMatchObject({
    state: "loaded",
    name: "Pro #7",
    excerpt: "LONG #ETH Entry 3,412",
  });
  expect(replyPreview(original, { ...original, state: "deleted", content: "" })).toMatchObject({
    excerpt: "Deleted",
  });
});

test("an original that is not loaded is named", () => {
  expect(replyPreview({ feed: "basic", seq: 3 }, null)).toEqual({
    state: "elsewhere",
    name: "Basic #3",
  });
});

test("the excerpt falls back to the embed, then to the attachment, and is cut at 120", () => {
  const empty = { content: "", embeds: [], attachments: [] };
  expect(signalExcerpt({ ...empty, embeds: [{ title: "Idea" }] })).toBe("Idea");
  expect(
    signalExcerpt({ ...empty, attachments: [{ id: "1", name: "a.png", state: "coming" }] }),
  ).toBe("A picture or file.");
  expect(signalExcerpt(empty)).toBe("");
  expect(signalExcerpt({ ...empty, content: "a".repeat(400) })).toHaveLength(120);
});
