import { describe, expect, test } from "vitest";
import { classifyKind } from "./kind-classifier.ts";
import { HELD_OUT_POSTS, type KindCorpus, TUNING_POSTS } from "./kind-corpus.ts";
import { SIGNAL_KINDS, type SignalKind } from "./source-event.ts";

interface Judged {
  readonly text: string;
  readonly wanted: SignalKind;
  readonly found: SignalKind;
}

function judge(corpus: KindCorpus): Judged[] {
  return SIGNAL_KINDS.flatMap((wanted) =>
    corpus[wanted].map((text) => ({ text, wanted, found: classifyKind(text) })),
  );
}

/** Of the posts called this kind, the share that are. */
function precision(judged: readonly Judged[], kind: SignalKind): number {
  const called = judged.filter(({ found }) => found === kind);
  return called.filter(({ wanted }) => wanted === kind).length / called.length;
}

/** Of the posts of this kind, the share that are called it. */
function recall(judged: readonly Judged[], kind: SignalKind): number {
  const meant = judged.filter(({ wanted }) => wanted === kind);
  return meant.filter(({ found }) => found === kind).length / meant.length;
}

describe("measured on posts it was not tuned on", () => {
  const judged = judge(HELD_OUT_POSTS);

  test.each(["entry", "update", "close"] as const)(
    "[KIND1] at least nine in ten posts called %s are",
    (kind) => {
      const wrong = judged.filter(({ found, wanted }) => found === kind && wanted !== kind);
      expect(precision(judged, kind), JSON.stringify(wrong)).toBeGreaterThanOrEqual(0.9);
    },
  );

  test.each(["entry", "update", "close"] as const)(
    "[KIND1] at least three in four %s posts are found",
    (kind) => {
      expect(recall(judged, kind)).toBeGreaterThanOrEqual(0.75);
    },
  );
});

test("[KIND1] the posts it was tuned on are all sorted right", () => {
  expect(judge(TUNING_POSTS).filter(({ wanted, found }) => wanted !== found)).toEqual([]);
});

test("[KIND2] text without a word about a trade is other", () => {
  for (const text of ["", "   ", "👍", "see https://closed.test/stop-hit", "12345", "\u0000"]) {
    expect(classifyKind(text)).toBe("other");
  }
});
