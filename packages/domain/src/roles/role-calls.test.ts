import * as fc from "fast-check";
import { expect, test } from "vitest";
import { planRoleCalls } from "./role-calls.ts";

const roles = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e", "f"), { maxLength: 6 });

/** A gap never gives and takes the same role. */
const gaps = fc.tuple(roles, roles, roles).map(([give, take, untried]) => ({
  give,
  take: take.filter((id) => !give.includes(id)),
  untried,
}));

test("[ROLE6] one lost role is one call, and so is one that was given before", () => {
  const lost = planRoleCalls({ give: [], take: ["a"], untried: [] }, null);
  expect(lost).toMatchObject({ calls: [{ kind: "remove", roleId: "a" }] });
  const again = planRoleCalls({ give: ["a"], take: [], untried: [] }, null);
  expect(again).toMatchObject({ calls: [{ kind: "add", roleId: "a" }] });
});

test("[ROLE6] a change of tier is two singles, what is lost first; three changes are a look and a set", () => {
  expect(planRoleCalls({ give: ["b"], take: ["a"], untried: [] }, null)).toMatchObject({
    calls: [
      { kind: "remove", roleId: "a" },
      { kind: "add", roleId: "b" },
    ],
  });
  const gap = { give: ["b", "c"], take: ["a"], untried: [] };
  expect(planRoleCalls(gap, null)).toBe("look");
  expect(planRoleCalls(gap, ["a", "x"])).toMatchObject({
    calls: [{ kind: "set", roleIds: ["x", "b", "c"], give: ["b", "c"], take: ["a"] }],
  });
});

test("[ROLE3] a role that is there before the first try is by hand, and costs no call", () => {
  const gap = { give: ["a"], take: [], untried: ["a"] };
  expect(planRoleCalls(gap, null)).toBe("look");
  expect(planRoleCalls(gap, ["a"])).toEqual({
    known: { given: [], taken: [], byHand: ["a"] },
    calls: [],
  });
});

test("[ROLE3] what nobody has tried to give is not taken from anybody", () => {
  const plan = planRoleCalls({ give: [], take: ["a"], untried: ["a"] }, null);
  expect(plan).toEqual({ known: { given: [], taken: ["a"], byHand: [] }, calls: [] });
});

test("[ROLE5] a set keeps everything but what is taken, and the calls close the gap", () => {
  fc.assert(
    fc.property(gaps, roles, (gap, held) => {
      const plan = planRoleCalls(gap, held);
      if (plan === "look") throw new Error("it has looked");
      const after = new Set<string>(held);
      for (const call of plan.calls) {
        if (call.kind === "add") after.add(call.roleId);
        else if (call.kind === "remove") after.delete(call.roleId);
        else {
          after.clear();
          for (const id of call.roleIds) after.add(id);
        }
      }
      const take = gap.take.filter((id) => !gap.untried.includes(id));
      const expected = new Set([...held.filter((id) => !take.includes(id)), ...gap.give]);
      expect(after).toEqual(expected);
      expect(plan.calls.length).toBeLessThanOrEqual(1);
    }),
  );
});

test("[ROLE6] without looking there are never more than two calls", () => {
  fc.assert(
    fc.property(gaps, (gap) => {
      const plan = planRoleCalls(gap, null);
      expect(plan === "look" || plan.calls.length <= 2).toBe(true);
    }),
  );
});
