import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  gapOf,
  type MemberRoles,
  NO_ROLES,
  noteAbsent,
  noteMissing,
  noteReport,
  type RoleReport,
  wantRoles,
} from "./member-roles.ts";
import { planRoleCalls, type RoleCall } from "./role-calls.ts";

const MAPPED = ["a", "b", "c", "d"];
const NOTHING: RoleReport = { given: [], taken: [], byHand: [], tried: [] };

/** A server, a backend and workers that die. */
class World {
  readonly held = new Map<string, "us" | "hand">();
  roles: MemberRoles = NO_ROLES;
  #isFresh = true; // every untried role became so under the lease that is held

  want(wanted: readonly string[]): void {
    this.roles = wantRoles(this.roles, wanted);
  }

  tamper(roleId: string, isGiven: boolean): void {
    if (!isGiven) this.held.delete(roleId);
    else if (!this.held.has(roleId)) this.held.set(roleId, "hand");
  }

  /** A turn of the worker. It dies after so many calls, or the answer to the last is lost; then it reports nothing, or a retry. */
  work(end: "reports" | "dies" | "retries", calls: number, meanwhile: () => void): void {
    const before = this.roles;
    const gap = { ...gapOf(before), untried: this.#isFresh ? before.untried : [] };
    const blind = planRoleCalls(gap, null);
    const plan = blind === "look" ? planRoleCalls(gap, [...this.held.keys()]) : blind;
    if (plan === "look") throw new Error("it has looked");
    const done = end === "reports" ? plan.calls : plan.calls.slice(0, calls);
    for (const call of done) this.#carryOut(call);
    meanwhile();
    const given = plan.calls.flatMap((call) => namesOf(call, "give"));
    const taken = plan.calls.flatMap((call) => namesOf(call, "take"));
    if (end === "reports") {
      const { known } = plan;
      this.#settle({
        given: [...known.given, ...given],
        taken: [...known.taken, ...taken],
        byHand: known.byHand,
        tried: [],
      });
    }
    if (end === "retries") this.#settle({ ...NOTHING, ...plan.known, tried: [...given, ...taken] });
    if (end === "dies" && this.roles.untried.length > 0) this.#isFresh = false;
  }

  /** Compares as the drift sweep does, of a member nobody works on. */
  sweep(): void {
    const { give, take } = gapOf(this.roles);
    if (give.length + take.length > 0) return;
    this.roles = noteMissing(
      this.roles,
      this.roles.wanted.filter((id) => !this.held.has(id)),
    );
  }

  settleDown(): void {
    for (let turn = 0; turn < 4; turn += 1) {
      this.work("reports", 0, () => undefined);
      this.sweep();
    }
  }

  #settle(report: RoleReport): void {
    this.roles = noteReport(this.roles, report);
    if (this.roles.untried.length === 0) this.#isFresh = true;
  }

  #carryOut(call: RoleCall): void {
    for (const id of namesOf(call, "take")) this.held.delete(id);
    for (const id of namesOf(call, "give")) if (!this.held.has(id)) this.held.set(id, "us");
  }
}

function namesOf(call: RoleCall, which: "give" | "take"): readonly string[] {
  if (call.kind === "set") return call[which];
  return (call.kind === "add") === (which === "give") ? [call.roleId] : [];
}

const wants = fc.uniqueArray(fc.constantFrom(...MAPPED), { maxLength: 4 });
const steps = (ends: readonly ("reports" | "dies" | "retries")[]) =>
  fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant("want" as const), wanted: wants }),
      fc.record({
        kind: fc.constant("work" as const),
        end: fc.constantFrom(...ends),
        calls: fc.nat(2),
        wanted: fc.option(wants),
      }),
      fc.record({
        kind: fc.constant("tamper" as const),
        roleId: fc.constantFrom(...MAPPED),
        isGiven: fc.boolean(),
      }),
      fc.record({ kind: fc.constant("sweep" as const) }),
    ),
    { maxLength: 14, size: "max" },
  );

type Steps = ReturnType<typeof steps> extends fc.Arbitrary<infer T> ? T : never;

function play(history: Steps, world: World): void {
  for (const step of history) {
    if (step.kind === "want") world.want(step.wanted);
    else if (step.kind === "tamper") world.tamper(step.roleId, step.isGiven);
    else if (step.kind === "sweep") world.sweep();
    else {
      const { wanted } = step;
      world.work(step.end, step.calls, () => (wanted === null ? undefined : world.want(wanted)));
    }
  }
  world.settleDown();
}

describe("what is held in the end", () => {
  test("[ROLE4] is what is wanted and nothing that we gave beside it, whatever was lost on the way", () => {
    fc.assert(
      fc.property(steps(["reports", "dies", "retries"]), (history) => {
        const world = new World();
        play(history, world);
        const { wanted } = world.roles;
        expect([...world.held.keys()]).toEqual(expect.arrayContaining([...wanted]));
        const ours = [...world.held].filter(([, by]) => by === "us").map(([roleId]) => roleId);
        expect(ours.filter((roleId) => !wanted.includes(roleId))).toEqual([]);
      }),
      { numRuns: 2_000 },
    );
  });

  test("[ROLE3] has every role that somebody had before, while no worker dies", () => {
    fc.assert(
      fc.property(
        steps(["reports", "retries"]).map((all) => all.filter(({ kind }) => kind !== "tamper")),
        wants,
        (history, byHand) => {
          const world = new World();
          for (const roleId of byHand) world.tamper(roleId, true);
          play(history, world);
          expect([...world.held.keys()]).toEqual(expect.arrayContaining(byHand));
        },
      ),
      { numRuns: 1_000 },
    );
  });
});

test("[ROLE4] a role that is wanted again after a removal nobody heard of is given again, without a sweep", () => {
  const held = noteReport(wantRoles(NO_ROLES, ["a"]), { ...NOTHING, given: ["a"] });
  const lost = noteReport(wantRoles(held, []), { ...NOTHING, tried: ["a"] }); // the answer timed out
  expect(gapOf(wantRoles(lost, ["a"]))).toEqual({ give: ["a"], take: [] });
});

test("[ROLE2] a role that was never wanted is never taken", () => {
  const roles = wantRoles(wantRoles(NO_ROLES, ["a"]), []);
  expect(gapOf(roles)).toEqual({ give: [], take: ["a"] });
});

test("[ROLE4] a role that is wanted again while it is being taken is given again", () => {
  let roles = noteReport(wantRoles(NO_ROLES, ["a"]), { ...NOTHING, given: ["a"] });
  roles = wantRoles(wantRoles(roles, []), ["a"]);
  roles = noteReport(roles, { ...NOTHING, taken: ["a"] });
  expect(gapOf(roles)).toEqual({ give: ["a"], take: [] });
});

test("[ROLE3] an account that is not in the server holds nothing, and is looked at when it comes", () => {
  const roles = noteAbsent(noteReport(wantRoles(NO_ROLES, ["a"]), { ...NOTHING, given: ["a"] }));
  expect(gapOf(roles)).toEqual({ give: ["a"], take: [] });
  expect(planRoleCalls({ ...gapOf(roles), untried: roles.untried }, null)).toBe("look");
  expect(planRoleCalls({ give: [], take: ["a"], untried: roles.untried }, null)).toMatchObject({
    calls: [],
  });
});
