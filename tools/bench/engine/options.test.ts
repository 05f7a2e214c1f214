import { expect, test } from "vitest";
import { MEASUREMENTS, readEngineOptions } from "./options.ts";

test("without flags everything is measured and told to people", () => {
  expect(readEngineOptions([])).toEqual({ only: MEASUREMENTS, json: false });
});

test("--only takes names and keeps the bench's order", () => {
  const { only } = readEngineOptions(["--only", "startSeconds,mutations64", "--json"]);
  expect(only).toEqual(["mutations64", "startSeconds"]);
});

test("an unknown name is refused with the known ones", () => {
  expect(() => readEngineOptions(["--only", "mutations65"])).toThrow(/mutations64.*"mutations65"/);
});
