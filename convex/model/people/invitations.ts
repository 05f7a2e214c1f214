/**
 * Invitations to the staff. The only writer of `invitations`.
 *
 *   open --accepted by the person with that verified e-mail--> accepted
 *     |---------- revoked by an owner, by a newer one for the same e-mail, or with a role --> revoked
 *     '---------- at expiresAtMs, by a scheduled function --> expired
 *
 * [INV1] An invitation works once, for 7 days, and for the person who has proven its e-mail.
 * [INV2] Its token is stored as a hash only.
 */
import { ConvexError, type Infer, v } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { findOwner } from "../identities/attach.ts";
import type { Person } from "./caller.ts";
import { hashText } from "./hashes.ts";
import type { Staff } from "./staff.ts";
import { type StaffRole, vInvitationState, vStaffRole } from "./validators.ts";

const GOOD_FOR_MS = 7 * 24 * 60 * 60_000;
const MOST_LISTED = 100;

export const vInvitation = v.object({
  invitationId: v.id("invitations"),
  email: v.string(),
  role: vStaffRole,
  state: vInvitationState,
  invitedAtMs: v.number(),
  expiresAtMs: v.number(),
});

/** Invites an address; an earlier open invitation of it is revoked. */
export async function inviteStaff(
  ctx: MutationCtx & { staff: Staff },
  made: { readonly email: string; readonly role: StaffRole; readonly tokenHash: string },
): Promise<Id<"invitations">> {
  const earlier = await ctx.db
    .query("invitations")
    .withIndex("by_email_state", (q) => q.eq("email", made.email).eq("state", "open"))
    .take(MOST_LISTED);
  for (const { _id } of earlier) await endInvitation(ctx, _id, "revoked");
  const expiresAtMs = Date.now() + GOOD_FOR_MS;
  const { actor } = ctx.staff;
  const row = { ...made, state: "open" as const, expiresAtMs, acceptedBy: null };
  const invitedBy = actor.kind === "person" ? { invitedBy: actor.userId } : {};
  const invitationId = await ctx.db.insert("invitations", { ...row, ...invitedBy });
  await ctx.scheduler.runAfter(GOOD_FOR_MS, internal.staff.expireInvitation, { invitationId });
  return invitationId;
}

/** Ends an open invitation; another is left alone. Safe to repeat. */
export async function endInvitation(
  ctx: MutationCtx,
  invitationId: Id<"invitations">,
  state: "revoked" | "expired",
): Promise<void> {
  const row = await ctx.db.get("invitations", invitationId);
  if (row?.state === "open") await ctx.db.patch("invitations", invitationId, { state });
}

/** Uses up an invitation, which the caller may accept again. Throws `invitation_over` or `not_yours`. */
export async function acceptInvitation(
  ctx: MutationCtx,
  { userId }: Person,
  token: string,
): Promise<{ invitation: Doc<"invitations">; isNew: boolean }> {
  const row = await ctx.db
    .query("invitations")
    .withIndex("by_tokenHash", (q) => q.eq("tokenHash", hashText(token)))
    .unique();
  if (row === null) throw invitationOver();
  if (row.state === "accepted" && row.acceptedBy === userId) {
    return { invitation: row, isNew: false };
  }
  if (row.state !== "open" || row.expiresAtMs <= Date.now()) throw invitationOver();
  if ((await findOwner(ctx, "email", row.email)) !== userId) {
    const message = "This invitation is for another address. Sign in with the one it was sent to.";
    throw new ConvexError({ code: "not_yours", message });
  }
  await ctx.db.patch("invitations", row._id, { state: "accepted", acceptedBy: userId });
  return { invitation: row, isNew: true };
}

/** The newest first. */
export async function listInvitations(ctx: QueryCtx): Promise<Infer<typeof vInvitation>[]> {
  const rows = await ctx.db.query("invitations").order("desc").take(MOST_LISTED);
  return rows.map(({ _id, _creationTime, email, role, state, expiresAtMs }) => ({
    invitationId: _id,
    email,
    role,
    state,
    invitedAtMs: _creationTime,
    expiresAtMs,
  }));
}

function invitationOver(): ConvexError<{ code: string; message: string }> {
  const message = "This invitation was used, revoked or has expired. Ask for a new one.";
  return new ConvexError({ code: "invitation_over", message });
}
