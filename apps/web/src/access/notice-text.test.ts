import { expect, test } from "vitest";
import { noticeText, noticeTone } from "./notice-text.ts";

const atMs = Date.UTC(2026, 11, 4, 14, 3);
const DAY_MS = 86_400_000;

test("the end of access, a renewal, a trial's end and a failed payment each have their sentence and day", () => {
  const texts = (["renews", "trial", "grace", "ends"] as const).map((kind) =>
    noticeText({ kind, atMs }, "UTC"),
  );
  expect(texts).toEqual([
    "Your plan renews on Fri, 4 Dec 2026, 14:03.",
    "Your trial ends on Fri, 4 Dec 2026, 14:03; your plan then goes on and is paid for.",
    "A payment has failed. Your access ends on Fri, 4 Dec 2026, 14:03 unless it is paid.",
    "Your access ends on Fri, 4 Dec 2026, 14:03.",
  ]);
});

test("an end within a week is a warning, a failed payment always, a renewal never", () => {
  expect(noticeTone({ kind: "ends", atMs }, atMs - 6 * DAY_MS)).toBe("warn");
  expect(noticeTone({ kind: "ends", atMs }, atMs - 8 * DAY_MS)).toBe("info");
  expect(noticeTone({ kind: "grace", atMs }, atMs - 8 * DAY_MS)).toBe("bad");
  expect(noticeTone({ kind: "renews", atMs }, atMs)).toBe("good");
});
