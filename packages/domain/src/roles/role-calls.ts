/**
 * The fewest calls that close the gap of one member.
 *
 *   one change                     a single add or remove, blind: it says whether it worked
 *   two, without having looked     two singles: looking and setting would be two calls as well
 *   more                           look once, set the whole list once; its answer shows what is held
 *
 * Before a role is given for the first time somebody looks: was it there already, it is not ours.
 *
 * [ROLE5] A set keeps every role the member holds but those to be taken.
 * [ROLE6] No plan has more calls than looking once and setting once.
 */

export interface RoleGap {
  readonly give: readonly string[];
  readonly take: readonly string[];
  readonly untried: readonly string[]; // surely nobody has tried to give these
}

export type RoleCall =
  | { readonly kind: "add"; readonly roleId: string }
  | { readonly kind: "remove"; readonly roleId: string }
  | {
      readonly kind: "set";
      readonly roleIds: readonly string[];
      readonly give: readonly string[];
      readonly take: readonly string[];
    };

export interface RolePlan {
  /** Known without a call. */
  readonly known: {
    readonly given: readonly string[];
    readonly taken: readonly string[];
    readonly byHand: readonly string[];
  };
  readonly calls: readonly RoleCall[];
}

/** The plan; `look` if the member's roles have to be read first. `held`: what was read, or null. */
export function planRoleCalls(gap: RoleGap, held: readonly string[] | null): RolePlan | "look" {
  return held === null ? planBlind(gap) : planSeeing(gap, held);
}

function planBlind({ give, take, untried }: RoleGap): RolePlan | "look" {
  const taken = take.filter((id) => untried.includes(id));
  const remove = take.filter((id) => !untried.includes(id));
  const isFirst = give.some((id) => untried.includes(id));
  if (isFirst || give.length + remove.length > 2) return "look";
  return { known: { given: [], taken, byHand: [] }, calls: singles(give, remove) };
}

function planSeeing({ give, take, untried }: RoleGap, held: readonly string[]): RolePlan {
  const there = give.filter((id) => held.includes(id));
  const add = give.filter((id) => !held.includes(id));
  const remove = take.filter((id) => held.includes(id) && !untried.includes(id));
  const known = {
    given: there.filter((id) => !untried.includes(id)),
    taken: take.filter((id) => !remove.includes(id)),
    byHand: there.filter((id) => untried.includes(id)),
  };
  if (add.length + remove.length < 2) return { known, calls: singles(add, remove) };
  const roleIds = [...held.filter((id) => !remove.includes(id)), ...add];
  return { known, calls: [{ kind: "set", roleIds, give: add, take: remove }] };
}

function singles(give: readonly string[], take: readonly string[]): RoleCall[] {
  return [
    ...take.map((roleId) => ({ kind: "remove" as const, roleId })), // what is lost goes first
    ...give.map((roleId) => ({ kind: "add" as const, roleId })),
  ];
}
