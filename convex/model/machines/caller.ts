/**
 * Which machine is calling, from its JWT's subject and its token's row.
 *
 * The row decides, not the claims: reading it makes every open subscription of
 * the machine run again the moment the row changes.
 */
import { ConvexError } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import { findEnvironment } from "../environment.ts";

export type Machine = Doc<"machineTokens">;
export type MachineKind = Machine["kind"];

/** The calling machine, whatever its state. Throws `unauthenticated` or `wrong_kind`. */
export async function readCallingMachine(
  ctx: Pick<QueryCtx, "auth" | "db">,
  kinds: readonly MachineKind[],
): Promise<Machine> {
  const identity = await ctx.auth.getUserIdentity();
  if (identity === null || identity.issuer !== findEnvironment("HELIOGRAPH_MACHINE_ISSUER")) {
    throw new ConvexError({ code: "unauthenticated", message: "Sign in with a machine token." });
  }
  const machineId = ctx.db.normalizeId("machineTokens", identity.subject);
  const machine = machineId === null ? null : await ctx.db.get("machineTokens", machineId);
  if (machine === null) {
    throw new ConvexError({ code: "unauthenticated", message: "This machine does not exist." });
  }
  if (!kinds.includes(machine.kind)) {
    const message = `A ${machine.kind} may not call this; it is for: ${kinds.join(", ")}.`;
    throw new ConvexError({ code: "wrong_kind", message });
  }
  return machine;
}

/** What a mutation throws at a machine that was revoked or has expired. */
export function machineEnded(): ConvexError<{ code: string; message: string }> {
  return new ConvexError({
    code: "machine_revoked",
    message: "This machine token was revoked or has expired.",
  });
}

/** Whether a machine's time is over, also before the function that ends it has run. */
export async function machineHasExpired(
  ctx: Pick<QueryCtx, "db">,
  machineId: Machine["_id"],
  nowMs: number,
): Promise<boolean> {
  const machine = await ctx.db.get("machineTokens", machineId);
  return machine === null || isOver(machine, nowMs);
}

/** Whether the machine's time is over. */
export function isOver({ expiresAtMs }: Pick<Machine, "expiresAtMs">, nowMs: number): boolean {
  return expiresAtMs !== null && expiresAtMs <= nowMs;
}
