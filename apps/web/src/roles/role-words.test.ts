import { expect, test } from "vitest";
import { reasonText } from "./role-words.ts";

test("a reason says what the customer can do, and one without words says that we try again", () => {
  expect(reasonText(null)).toBe("On its way.");
  expect(reasonText("not_linked")).toMatch(/Link your Discord/);
  expect(reasonText("discord_500")).toMatch(/trying again/);
});
