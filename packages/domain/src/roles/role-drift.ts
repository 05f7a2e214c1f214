/**
 * What a look at a whole server finds to be otherwise than it was settled.
 *
 * [ROLE7] Only what was settled can have drifted; what is being worked on is not looked at.
 * [ROLE8] A mapped role that is neither wanted nor ours is told, and left alone.
 */

export interface SettledRoles {
  readonly wanted: readonly string[];
  readonly ours: readonly string[];
  /** Settled, or blocked because the account was not in the server. */
  readonly state: "settled" | "absent";
}

export type Drift =
  | { readonly kind: "missing"; readonly roleIds: readonly string[] } // the account is there, without these
  | { readonly kind: "left" }; // the account is not there any more

/** Null: all is as it was settled. `held`: what the account holds, null if it is not in the server. */
export function driftOf(
  { wanted, state }: Pick<SettledRoles, "wanted" | "state">,
  held: readonly string[] | null,
): Drift | null {
  if (wanted.length === 0) return null;
  if (held === null) return state === "absent" ? null : { kind: "left" };
  const roleIds = wanted.filter((roleId) => !held.includes(roleId));
  if (state === "absent") return { kind: "missing", roleIds: wanted };
  return roleIds.length === 0 ? null : { kind: "missing", roleIds };
}

/** The mapped roles that an account holds without our doing. `row`: null if nothing is known of the account. */
export function rolesByHand(
  held: readonly string[],
  mapped: ReadonlySet<string>,
  row: Pick<SettledRoles, "wanted" | "ours"> | null,
): string[] {
  return held.filter(
    (id) => mapped.has(id) && row?.wanted.includes(id) !== true && row?.ours.includes(id) !== true,
  );
}
