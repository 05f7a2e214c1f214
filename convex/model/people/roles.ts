/**
 * Who of the people is staff. The only writer of `staff`.
 *
 * [STAFF1] There is an owner as long as there ever was one: the last is neither removed nor lowered.
 * [STAFF2] A change counts at once, also for open subscriptions.
 */
import { ConvexError } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import type { StaffRole } from "./validators.ts";

/** Gives a person a role, or another one. Throws `last_owner`. Safe to repeat. */
export async function setStaffRole(
  ctx: MutationCtx,
  userId: Id<"users">,
  role: StaffRole,
): Promise<void> {
  const row = await findStaff(ctx, userId);
  if (row === null) {
    await ctx.db.insert("staff", { userId, role });
    return;
  }
  if (role !== "owner") await assertNotLastOwner(ctx, userId);
  await ctx.db.patch("staff", row._id, { role });
}

/** Makes a person a customer again. Throws `last_owner`. Safe to repeat. */
export async function removeStaff(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  const row = await findStaff(ctx, userId);
  if (row === null) return;
  await assertNotLastOwner(ctx, userId);
  await ctx.db.delete("staff", row._id);
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
