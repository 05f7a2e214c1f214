import { expect, test } from "vitest";
import { driftOf, rolesByHand } from "./role-drift.ts";

test("[ROLE7] a settled role that is not held has drifted, and so has an account that left", () => {
  const row = { wanted: ["a", "b"], state: "settled" } as const;
  expect(driftOf(row, ["a", "b", "x"])).toBe(null);
  expect(driftOf(row, ["b"])).toEqual({ kind: "missing", roleIds: ["a"] });
  expect(driftOf(row, null)).toEqual({ kind: "left" });
  expect(driftOf({ wanted: [], state: "settled" }, null)).toBe(null);
});

test("[ROLE7] an account that was not there and now is gets all it is to hold", () => {
  const row = { wanted: ["a"], state: "absent" } as const;
  expect(driftOf(row, null)).toBe(null);
  expect(driftOf(row, ["a"])).toEqual({ kind: "missing", roleIds: ["a"] });
});

test("[ROLE8] a mapped role is by hand unless it is wanted or ours", () => {
  const mapped = new Set(["a", "b", "c"]);
  expect(rolesByHand(["a", "b", "c", "x"], mapped, { wanted: ["a"], ours: ["a", "b"] })).toEqual([
    "c",
  ]);
  expect(rolesByHand(["a", "x"], mapped, null)).toEqual(["a"]);
});
