import { expect, test } from "vitest";
import { readMappingForm } from "./mapping-form.ts";
import { effectText, tierText } from "./role-words.ts";

test("the effect of a change reads as who gains and who loses", () => {
  expect(effectText({ gain: 12, lose: 3, unlinked: 0 })).toBe("12 gain the role, 3 lose it.");
  expect(effectText({ gain: 0, lose: 1, unlinked: 2 })).toBe(
    "1 loses it. 2 would gain it by linking Discord.",
  );
  expect(effectText({ gain: 0, lose: 0, unlinked: 0 })).toBe("Nobody's roles change.");
});

test("the highest tier has nothing above it", () => {
  expect(tierText({ tier: "basic", andAbove: true })).toBe("Basic and above");
  expect(tierText({ tier: "pro", andAbove: true })).toBe("Pro");
});

test("a mapping's form says what is wrong with each field, and else reads it", () => {
  const form = new FormData();
  form.set("guildId", "Club");
  form.set("tier", "pro");
  expect(readMappingForm(form)).toMatchObject({
    ok: false,
    errors: { guildId: expect.any(String), roleId: expect.any(String), name: expect.any(String) },
  });
  for (const [field, value] of [
    ["guildId", " 900000000000000101 "],
    ["guildName", "Club"],
    ["roleId", "900000000000000201"],
    ["name", "Pro"],
    ["andAbove", "on"],
  ] as const) {
    form.set(field, value);
  }
  expect(readMappingForm(form)).toEqual({
    ok: true,
    value: {
      ...{ guildId: "900000000000000101", guildName: "Club", roleId: "900000000000000201" },
      ...{ name: "Pro", tier: "pro", andAbove: true },
    },
  });
});
