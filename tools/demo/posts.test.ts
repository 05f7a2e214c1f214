import { classifyKind, SIGNAL_KINDS } from "@heliograph/domain";
import { describe, expect, test } from "vitest";
import { CHART_IDS } from "./charts.ts";
import { DEMO_STEPS } from "./posts.ts";
import type { DemoStep } from "./script.ts";

type Posted = Extract<DemoStep, { action: "post" | "reply" }>;

const isPosted = (step: DemoStep): step is Posted =>
  step.action === "post" || step.action === "reply";
const posted = DEMO_STEPS.filter(isPosted);
const texts = DEMO_STEPS.flatMap((step) => ("text" in step ? [step.text] : []));
const count = (action: DemoStep["action"]) =>
  DEMO_STEPS.filter((step) => step.action === action).length;

describe("the script holds together", () => {
  test("every ref is posted once", () => {
    const refs = posted.map(({ ref }) => ref);
    expect(new Set(refs).size).toBe(refs.length);
  });

  test("replies, edits and deletes name a post that is there at that moment", () => {
    const living = new Set<string>();
    for (const step of DEMO_STEPS) {
      if (step.action === "reply") expect(living, step.ref).toContain(step.to);
      if (isPosted(step)) living.add(step.ref);
      else expect(living, step.ref).toContain(step.ref);
      if (step.action === "delete") living.delete(step.ref);
    }
  });

  test("no edit repeats what is there already", () => {
    const current = new Map<string, string>();
    for (const step of DEMO_STEPS) {
      if (!("text" in step)) continue;
      expect(current.get(step.ref)).not.toBe(step.text);
      current.set(step.ref, step.text);
    }
  });

  test("every post is within Discord's limits and not empty", () => {
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(2000);
    for (const { text, charts } of posted) expect(text !== "" || charts !== undefined).toBe(true);
    for (const { charts } of posted) expect(charts?.length ?? 0).toBeLessThanOrEqual(10);
  });

  test("steps follow each other within a minute, and the whole day within ten", () => {
    for (const { afterMs } of DEMO_STEPS) expect(afterMs).toBeGreaterThan(0);
    for (const { afterMs } of DEMO_STEPS) expect(afterMs).toBeLessThanOrEqual(60_000);
    const wholeMs = DEMO_STEPS.reduce((sum, { afterMs }) => sum + afterMs, 0);
    expect(wholeMs).toBeLessThan(600_000);
  });
});

describe("the script is varied", () => {
  test("at least 60 posts, with replies, edits and deletes among them", () => {
    expect(posted.length).toBeGreaterThanOrEqual(60);
    expect(count("reply")).toBeGreaterThanOrEqual(20);
    expect(count("edit")).toBeGreaterThanOrEqual(5);
    expect(count("delete")).toBeGreaterThanOrEqual(3);
  });

  test("every kind of post occurs several times", () => {
    const kinds = posted.map(({ text }) => classifyKind(text));
    for (const kind of SIGNAL_KINDS) {
      expect(kinds.filter((found) => found === kind).length, kind).toBeGreaterThanOrEqual(6);
    }
  });

  test("all three channels are posted in", () => {
    const channels = DEMO_STEPS.flatMap((step) => (step.action === "post" ? [step.channel] : []));
    expect(new Set(channels)).toEqual(new Set(["basic", "advanced", "pro"]));
  });

  test.each([
    ["Russian", /[а-я]{3}/i],
    ["Turkish", /[ğışİ]/],
    ["Spanish", /objetivo|Entrada|operación|Orden/],
    ["Arabic", /\p{Script=Arabic}{3}/u],
    ["emoji", /\p{Extended_Pictographic}/u],
  ])("%s occurs in at least three posts", (_, pattern) => {
    expect(posted.filter(({ text }) => pattern.test(text)).length).toBeGreaterThanOrEqual(3);
  });

  test("one text is nearly as long as Discord allows and one is a chart alone", () => {
    expect(Math.max(...texts.map((text) => text.length))).toBeGreaterThan(1900);
    expect(posted.some(({ text, charts }) => text === "" && charts !== undefined)).toBe(true);
  });

  test("every chart is shown", () => {
    const shown = posted.flatMap(({ charts }) => charts ?? []);
    expect(new Set(shown)).toEqual(new Set(CHART_IDS));
  });
});
