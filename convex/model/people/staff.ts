/**
 * Who acts as staff: a signed-in person with a role, or a console's machine token.
 *
 *   support < operator < owner; a console counts as an operator
 */
import { ConvexError, type Infer, v } from "convex/values";
import type { QueryCtx } from "../../_generated/server.js";
import { findEnvironment } from "../environment.ts";
import { machineEnded, machineHasExpired, readCallingMachine } from "../machines/caller.ts";
import { findCallingPerson, findStaffRole, signedOut } from "./caller.ts";
import { type StaffRole, vStaffActor, vStaffRole } from "./validators.ts";

/** A higher role may do all that a lower one may. */
export const RANKS: Record<StaffRole, number> = { support: 1, operator: 2, owner: 3 };

export const vStaff = v.object({ actor: vStaffActor, role: vStaffRole });

export type Staff = Infer<typeof vStaff>;

export type StaffAnswer =
  | { readonly state: "current"; readonly staff: Staff }
  | { readonly state: "signedOut" | "forbidden" | "revoked" };

/** Who calls, and whether that role is enough. Throws `wrong_kind` at a bot or a source. */
export async function readCallingStaff(
  ctx: Pick<QueryCtx, "auth" | "db">,
  least: StaffRole,
): Promise<StaffAnswer> {
  const identity = await ctx.auth.getUserIdentity();
  if (identity?.issuer === findEnvironment("HELIOGRAPH_MACHINE_ISSUER")) {
    const machine = await readCallingMachine(ctx, ["console"]);
    if (machine.state !== "active") return { state: "revoked" };
    const staff: Staff = { actor: { kind: "console", machineId: machine._id }, role: "operator" };
    return RANKS.operator >= RANKS[least] ? { state: "current", staff } : { state: "forbidden" };
  }
  const person = await findCallingPerson(ctx);
  if (person === null) return { state: "signedOut" };
  const role = await findStaffRole(ctx, person.userId);
  if (role === null || RANKS[role] < RANKS[least]) return { state: "forbidden" };
  return { state: "current", staff: { actor: { kind: "person", userId: person.userId }, role } };
}

/**
 * Throws `forbidden` unless a person still has at least that role: between the check of an action and what it
 * writes, it may have been taken away.
 */
export async function assertStillStaff(
  ctx: Pick<QueryCtx, "db">,
  { actor, role: least }: Staff,
): Promise<void> {
  if (actor.kind !== "person") return;
  const role = await findStaffRole(ctx, actor.userId);
  if (role === null || RANKS[role] < RANKS[least]) throw forbidden(least);
}

/** Who calls a mutation, which may read the clock. Throws when that role is not enough. */
export async function getCallingStaff(
  ctx: Pick<QueryCtx, "auth" | "db">,
  least: StaffRole,
  nowMs: number,
): Promise<Staff> {
  const answer = await readCallingStaff(ctx, least);
  switch (answer.state) {
    case "signedOut":
      throw signedOut();
    case "forbidden":
      throw forbidden(least);
    case "revoked":
      throw machineEnded();
    case "current":
      break;
    default:
      return answer satisfies never;
  }
  const { actor } = answer.staff;
  if (actor.kind === "console" && (await machineHasExpired(ctx, actor.machineId, nowMs))) {
    throw machineEnded();
  }
  return answer.staff;
}

function forbidden(least: StaffRole): ConvexError<{ code: string; message: string }> {
  return new ConvexError({ code: "forbidden", message: `This needs the role ${least}.` });
}
