import { expect, test } from "vitest";
import { wordsFor } from "./outcome-words.ts";

const CALM = { provider: "Stripe", isLate: false, wasCancelled: false };

test("waiting is said differently at first, when it is late, and after leaving", () => {
  expect(wordsFor("waiting", CALM).title).toBe("Waiting for the confirmation");
  expect(wordsFor("waiting", { ...CALM, isLate: true }).title).toBe("This takes longer than usual");
  expect(wordsFor("waiting", { ...CALM, wasCancelled: true }).title).toBe("You left the checkout");
});

test("a buyer who left and paid all the same is told the truth", () => {
  const left = { ...CALM, wasCancelled: true };
  expect(wordsFor("unlocked", left).title).toBe("The feed is open");
  expect(wordsFor("settling", left).title).toBe("Paid");
});
