import { expect, test } from "vitest";
import { applyChanges } from "./environment-limits.ts";

const set = (name: string, value: string | null) => ({ name, value });

test("[ENV1] removals come before sets, and removing what is absent is fine", () => {
  const before = new Map([
    ["A", "1"],
    ["B", "2"],
  ]);
  const after = applyChanges(before, [
    set("A", "3"),
    set("A", null),
    set("B", null),
    set("C", null),
  ]);
  expect([...after]).toEqual([["A", "3"]]);
  expect(before.get("A")).toBe("1");
});

test.each([
  ["EnvironmentVariableNameInvalid", set("9X", "1")],
  ["EnvironmentVariableNameInvalid", set("", "1")],
  ["EnvironmentVariableNameTooLong", set("A".repeat(257), "1")],
  ["EnvVarNameForbidden", set("CONVEX_SITE_URL", "1")],
  ["EnvironmentVariableValueTooLarge", set("A", "é".repeat(4097))],
])("[ENV2] %s", (code, change) => {
  expect(() => applyChanges(new Map(), [change])).toThrow(
    expect.objectContaining({ code, status: 400 }),
  );
});

test("[ENV2] the longest name and value are accepted", () => {
  expect(applyChanges(new Map(), [set("A".repeat(256), "x".repeat(8192))]).size).toBe(1);
});

test("[ENV2] 512 variables are accepted, 513 are not", () => {
  const many = Array.from({ length: 512 }, (_, i) => set(`N${i}`, "1"));
  const full = applyChanges(new Map(), many);
  expect(full.size).toBe(512);
  const code = "EnvVarLimitMet";
  expect(() => applyChanges(full, [set("ONE_MORE", "1")])).toThrow(
    expect.objectContaining({ code }),
  );
});

test("[ENV2] names and values together fit into 512 KiB", () => {
  const big = Array.from({ length: 64 }, (_, i) => set(`V${i}`, "x".repeat(8192)));
  const code = "EnvVarTotalSizeLimitMet";
  expect(() => applyChanges(new Map(), big)).toThrow(expect.objectContaining({ code }));
});
