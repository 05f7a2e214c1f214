/**
 * Who of the staff may read the text of a mail that is kept for the console.
 *
 * [MAIL5] A mail's code is as good as the account of its addressee: nobody reads that of staff of their own rank or
 *         above, or of who is invited to be, except their own.
 */
import { normalizeEmail } from "@heliograph/domain";
import type { Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import { findOwner } from "../identities/attach.ts";
import { findStaffRole } from "../people/caller.ts";
import { RANKS, type Staff } from "../people/staff.ts";

type Ctx = Pick<QueryCtx, "db">;

const MOST_INVITATIONS = 10; // a newer one ends the one before

export async function mayReadMailTo(
  ctx: Ctx,
  { actor, role }: Staff,
  address: string,
): Promise<boolean> {
  const email = normalizeEmail(address);
  if (email === null) return false;
  const ownerId = await findOwner(ctx, "email", email);
  if (actor.kind === "person" && actor.userId === ownerId) return true;
  const rank = Math.max(await rankOf(ctx, ownerId), await invitedRankOf(ctx, email));
  return rank < RANKS[role];
}

async function rankOf(ctx: Ctx, userId: Id<"users"> | null): Promise<number> {
  const role = userId === null ? null : await findStaffRole(ctx, userId);
  return role === null ? 0 : RANKS[role];
}

async function invitedRankOf(ctx: Ctx, email: string): Promise<number> {
  const invitations = await ctx.db
    .query("invitations")
    .withIndex("by_email_state", (q) => q.eq("email", email).eq("state", "open"))
    .take(MOST_INVITATIONS);
  return Math.max(0, ...invitations.map(({ role }) => RANKS[role]));
}
