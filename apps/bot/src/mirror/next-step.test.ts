import { expect, test } from "vitest";
import { nextStep } from "./next-step.ts";

const wanted = { revision: 2, deleted: false };
const gone = { revision: 3, deleted: true };
const applied = { revision: 1, messageIds: ["10", "11"] };

test("what was never posted is sent", () => {
  expect(nextStep({ wanted, applied: null, lookFirst: false })).toEqual({
    kind: "send",
    lookFirst: false,
  });
});

test("a send whose outcome is unknown looks first", () => {
  expect(nextStep({ wanted, applied: null, lookFirst: true })).toEqual({
    kind: "send",
    lookFirst: true,
  });
});

test("what stands is edited in place", () => {
  expect(nextStep({ wanted, applied, lookFirst: true })).toEqual({
    kind: "edit",
    messageIds: ["10", "11"],
  });
});

test("every message of a deleted signal is deleted", () => {
  expect(nextStep({ wanted: gone, applied, lookFirst: false })).toEqual({
    kind: "delete",
    messageIds: ["10", "11"],
  });
});

test.each([true, false])(
  "without a settled post a deleted signal is looked for: %s",
  (lookFirst) => {
    expect(nextStep({ wanted: gone, applied: null, lookFirst })).toEqual({
      kind: "deleteWhatIsFound",
    });
  },
);
