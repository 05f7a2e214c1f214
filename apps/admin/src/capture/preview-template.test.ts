import { expect, test } from "vitest";
import { previewTemplate } from "./preview-template.ts";

const ALERT = '{"ticker":"BTC","close":{{close}}}';

test("a template is shown with what the alert has not", () => {
  expect(previewTemplate("{{ticker}} at {{close}}", ALERT)).toEqual({
    state: "shown",
    content: "BTC at —",
    notes: ["The alert has no close."],
  });
});

test("a fault says where", () => {
  expect(previewTemplate("one\n{{ticker", ALERT)).toMatchObject({
    state: "faulty",
    message: expect.stringMatching(/^Line 2, column 1: /),
  });
});

test("without a template, or with one for other alerts, all of it is shown", () => {
  expect(previewTemplate(" ", ALERT)).toMatchObject({ content: "ticker: BTC", notes: [] });
  expect(previewTemplate("{{tp}}", ALERT)).toMatchObject({
    content: "ticker: BTC",
    notes: ["The alert has no tp.", expect.stringContaining("none of the values")],
  });
  expect(previewTemplate("{{tp}}", " ")).toEqual({ state: "noAlert" });
});
