/**
 * Who of the people is staff. The only writer of `staff`.
 *
 * [STAFF1] There is an owner as long as there ever was one: the last is neither removed nor lowered.
 * [STAFF2] A change counts at once, also for open subscriptions.
 */
import { ConvexError } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { endWhatRoleGave } from "./roleLoss.ts";
import { RANKS, type Staff } from "./staff.ts";
import type { StaffRole } from "./validators.ts";

/** Gives a person a role; one they have that is as high stays. Safe to repeat. */
export async function raiseStaff(
  ctx: MutationCtx,
  userId: Id<"users">,
  role: StaffRole,
): Promise<void> {
  const row = await findStaff(ctx, userId);
  if (row === null) await ctx.db.insert("staff", { userId, role });
  else if (RANKS[row.role] < RANKS[role]) await ctx.db.patch("staff", row._id, { role });
}

/** Gives somebody of the staff another role. Throws `last_owner`, `not_staff`. Safe to repeat. */
export async function changeStaffRole(
  ctx: MutationCtx & { staff: Staff },
  userId: Id<"users">,
  role: StaffRole,
): Promise<{ before: StaffRole }> {
  const row = await findStaff(ctx, userId);
  if (row === null) {
    throw new ConvexError({ code: "not_staff", message: "They do not work here: invite them." });
  }
  if (role !== "owner") await assertNotLastOwner(ctx, userId);
  await ctx.db.patch("staff", row._id, { role });
  if (RANKS[role] < RANKS[row.role]) await endWhatRoleGave(ctx, userId);
  return { before: row.role };
}

/** Makes a person a customer again. Throws `last_owner`. Safe to repeat. */
export async function removeStaff(
  ctx: MutationCtx & { staff: Staff },
  userId: Id<"users">,
): Promise<void> {
  const row = await findStaff(ctx, userId);
  if (row === null) return;
  await assertNotLastOwner(ctx, userId);
  await ctx.db.delete("staff", row._id);
  await endWhatRoleGave(ctx, userId);
}

/** Throws `last_owner` if nobody else owns this. */
export async function assertNotLastOwner(ctx: QueryCtx, userId: Id<"users">): Promise<void> {
  const owners = await ctx.db
    .query("staff")
    .withIndex("by_role", (q) => q.eq("role", "owner"))
    .take(2);
  if (owners.length !== 1 || owners[0]?.userId !== userId) return;
  const message = "The last owner stays: make somebody else an owner first.";
  throw new ConvexError({ code: "last_owner", message });
}

async function findStaff(ctx: QueryCtx, userId: Id<"users">): Promise<Doc<"staff"> | null> {
  return await ctx.db
    .query("staff")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .unique();
}
