/**
 * What is known of the roles of one Discord account in one server: what it is to hold, and what it may hold
 * because of us. Lists are sorted and without repeats.
 *
 *   not ours --wanted--> ours, untried --the worker tries--> ours, given --not wanted--> ours --taken--> not ours
 *                                 \--was there before we tried--> by hand, for good
 *
 * What becomes ours is written together with the wish, before anybody acts on it: a worker that dies between the
 * call and its report leaves nothing behind that would be forgotten.
 *
 * [ROLE2] Only what may be held because of us is ever taken; roles that are not mapped are never named.
 * [ROLE3] A role that was there before we tried to give it is by hand, and stays when it is no longer wanted.
 * [ROLE4] Whatever gets lost between worker and backend, in the end the account holds what is wanted and nothing else of ours.
 */

export interface MemberRoles {
  readonly wanted: readonly string[];
  readonly ours: readonly string[]; // may be held because of us
  readonly given: readonly string[]; // known to be held because of us
  readonly byHand: readonly string[]; // held before we tried to give it
  readonly untried: readonly string[]; // of ours: nobody has tried to give it yet
}

/** What a worker has found out, or brought about. */
export interface RoleReport {
  readonly given: readonly string[];
  readonly taken: readonly string[];
  readonly byHand: readonly string[];
  readonly tried: readonly string[]; // and whether it came about is not known
}

export const NO_ROLES: MemberRoles = { wanted: [], ours: [], given: [], byHand: [], untried: [] };

/** Another set is wanted from now on. What is wanted again may have been taken meanwhile: it is given again. */
export function wantRoles(roles: MemberRoles, wanted: readonly string[]): MemberRoles {
  const fresh = without(wanted, [...roles.wanted, ...roles.byHand, ...roles.ours]);
  return {
    ...roles,
    wanted: together(wanted, []),
    ours: together(roles.ours, without(wanted, roles.byHand)),
    given: without(roles.given, without(wanted, roles.wanted)),
    untried: together(roles.untried, fresh),
  };
}

/** What is still to be given and taken. */
export function gapOf({ wanted, ours, given, byHand }: MemberRoles): {
  give: string[];
  take: string[];
} {
  return { give: without(wanted, [...given, ...byHand]), take: without(ours, wanted) };
}

/** A report counts also when something else is wanted by now. */
export function noteReport(roles: MemberRoles, report: RoleReport): MemberRoles {
  const { given, taken, byHand, tried } = report;
  const lost = without(taken, roles.wanted); // what is wanted again stays ours: it will be given again
  return {
    wanted: roles.wanted,
    ours: without(together(roles.ours, given), [...lost, ...byHand]),
    given: without(together(roles.given, given), [...taken, ...byHand]),
    byHand: without(together(roles.byHand, byHand), given),
    untried: without(roles.untried, [...tried, ...given, ...lost, ...byHand]),
  };
}

/** These are not held after all, whoever took them: what is wanted of them is ours to give. */
export function noteMissing(roles: MemberRoles, missing: readonly string[]): MemberRoles {
  const byHand = without(roles.byHand, missing);
  return {
    ...roles,
    byHand,
    given: without(roles.given, missing),
    ours: together(roles.ours, without(roles.wanted, byHand)),
  };
}

/** The account is not in the server: nothing is held there, and nobody has tried to give it again. */
export function noteAbsent({ wanted }: MemberRoles): MemberRoles {
  return { wanted, ours: wanted, given: [], byHand: [], untried: wanted };
}

function together(one: readonly string[], other: readonly string[]): string[] {
  return [...new Set([...one, ...other])].sort();
}

function without(list: readonly string[], out: readonly string[]): string[] {
  return together(list, []).filter((roleId) => !out.includes(roleId));
}
