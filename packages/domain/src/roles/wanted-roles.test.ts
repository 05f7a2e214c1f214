import { expect, test } from "vitest";
import { wantedRoles } from "./wanted-roles.ts";

const MAPPINGS = [
  { roleId: "member", tier: "basic", andAbove: true },
  { roleId: "basic", tier: "basic", andAbove: false },
  { roleId: "pro", tier: "pro", andAbove: false },
  { roleId: "member", tier: "pro", andAbove: false },
] as const;

test("[ROLE1] a tier is to hold the roles mapped to it, and those for it and above", () => {
  expect(wantedRoles("basic", MAPPINGS)).toEqual(["basic", "member"]);
  expect(wantedRoles("advanced", MAPPINGS)).toEqual(["member"]);
  expect(wantedRoles("pro", MAPPINGS)).toEqual(["member", "pro"]);
});

test("[ROLE1] without a tier nothing is wanted", () => {
  expect(wantedRoles(null, MAPPINGS)).toEqual([]);
});
