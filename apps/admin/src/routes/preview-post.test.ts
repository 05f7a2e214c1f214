import { PLAIN_RULES } from "@heliograph/domain";
import { expect, test } from "vitest";
import { previewPost } from "./preview-post.ts";

const SAMPLE = { content: "BTC long <@1>", authorName: "Mara", sourceName: "calls" };

test("the preview shows as whom, with what prefix and which ping", () => {
  const rules = { ...PLAIN_RULES, mode: "webhook" as const, prefix: "VIP" };
  const preview = previewPost(SAMPLE, rules, "123456");
  expect(preview?.as).toBe("Mara");
  expect(preview?.parts.map(({ content }) => content)).toEqual([
    "<@&123456>\nVIP\nBTC long @member",
  ]);
});

test("a post that the route leaves out has no preview", () => {
  const keywords = { ...PLAIN_RULES.keywords, never: ["btc"] };
  expect(previewPost(SAMPLE, { ...PLAIN_RULES, keywords }, null)).toBeNull();
});

test("who may post is no reason to leave the sample out", () => {
  const authors = { only: ["7"], never: [] };
  expect(previewPost(SAMPLE, { ...PLAIN_RULES, authors }, null)?.as).toBe("The bot");
});
