/**
 * Who works here: roles and invitations.
 *
 * The first owner is made from the command line, never by being first to sign up:
 * npx convex run staff:makeOwner '{"email":"..."}'
 */
import { ConvexError, v } from "convex/values";
import { internal } from "./_generated/api.js";
import { internalMutation } from "./_generated/server.js";
import { COMMAND_LINE, recordDeed } from "./model/audit/record.ts";
import { findOwner } from "./model/identities/attach.ts";
import { invitationMail } from "./model/people/accountMails.ts";
import { findStaffRole } from "./model/people/caller.ts";
import { makeLinkToken } from "./model/people/codes.ts";
import { hashText } from "./model/people/hashes.ts";
import {
  acceptInvitation,
  endInvitation,
  inviteStaff,
  listInvitations,
  vInvitation,
} from "./model/people/invitations.ts";
import { countOrThrow } from "./model/people/passwordConfirmation.ts";
import { readEmail } from "./model/people/passwordFlow.ts";
import { queueRequested } from "./model/people/requestedMails.ts";
import { endWhatRoleGave } from "./model/people/roleLoss.ts";
import { changeStaffRole, raiseStaff, removeStaff } from "./model/people/roles.ts";
import { assertStillStaff, vStaff } from "./model/people/staff.ts";
import { vStaffRole } from "./model/people/validators.ts";
import {
  customerMutation,
  customerQuery,
  operatorQuery,
  ownerAction,
  ownerMutation,
} from "./wrappers.ts";

const MOST_LISTED = 200;

const vMember = v.object({
  userId: v.id("users"),
  name: v.union(v.string(), v.null()),
  email: v.union(v.string(), v.null()),
  role: vStaffRole,
  sinceMs: v.number(),
});

/** Who one is at the console: `role` is null for a customer. */
export const me = customerQuery({
  args: {},
  returns: { email: v.union(v.string(), v.null()), role: v.union(vStaffRole, v.null()) },
  handler: async (ctx) => {
    const { user, userId } = ctx.person;
    return { email: user.email ?? null, role: await findStaffRole(ctx, userId) };
  },
});

/** The staff, and whom they invited. */
export const list = operatorQuery({
  args: {},
  returns: {
    members: v.array(vMember),
    invitations: v.array(vInvitation),
    own: v.union(v.id("users"), v.null()), // the caller; null: a console's token
    ownRole: vStaffRole,
  },
  handler: async (ctx) => {
    const rows = await ctx.db.query("staff").take(MOST_LISTED);
    const members = await Promise.all(
      rows.map(async ({ userId, role, _creationTime }) => {
        const user = await ctx.db.get("users", userId);
        const { name = null, email = null } = user ?? {};
        return { userId, name, email, role, sinceMs: _creationTime };
      }),
    );
    const { actor, role: ownRole } = ctx.staff;
    const own = actor.kind === "person" ? actor.userId : null;
    return { members, invitations: await listInvitations(ctx), own, ownRole };
  },
});

/** Mails an invitation; an earlier open one for the address ends. Throws `too_many_tries`. */
export const invite = ownerAction({
  args: { email: v.string(), role: vStaffRole },
  returns: v.null(),
  handler: async (ctx, { email: typed, role }) => {
    const email = readEmail(typed);
    const { staff } = ctx;
    if (staff.actor.kind === "person") await countOrThrow(ctx, "invitation", staff.actor.userId);
    await ctx.runMutation(internal.staff.storeInvitation, {
      staff,
      email,
      role,
      token: makeLinkToken(),
    });
    return null;
  },
});

/** The token goes into the mail and is stored as a hash. */
export const storeInvitation = internalMutation({
  args: { staff: vStaff, email: v.string(), role: vStaffRole, token: v.string() },
  returns: v.null(),
  handler: async (ctx, { staff, email, role, token }) => {
    await assertStillStaff(ctx, staff);
    const made = { email, role, tokenHash: hashText(token) };
    const invitationId = await inviteStaff({ ...ctx, staff }, made);
    await queueRequested(ctx, "invitation", invitationMail(email, role, token));
    await recordDeed({ ...ctx, staff }, "staff.invite", invitationId, role);
    return null;
  },
});

/** Ends an open invitation. Safe to repeat. */
export const revokeInvitation = ownerMutation({
  args: { invitationId: v.id("invitations") },
  returns: v.null(),
  handler: async (ctx, { invitationId }) => {
    await endInvitation(ctx, invitationId, "revoked");
    await recordDeed(ctx, "staff.revokeInvitation", invitationId);
    return null;
  },
});

/** Joins the staff; a higher role stays. Throws `invitation_over` or `not_yours`. Safe to repeat. */
export const accept = customerMutation({
  args: { token: v.string() },
  returns: v.object({ role: vStaffRole }),
  handler: async (ctx, { token }) => {
    const { userId } = ctx.person;
    const { invitation, isNew } = await acceptInvitation(ctx, ctx.person, token);
    const { _id, role } = invitation;
    const staff = { actor: { kind: "person" as const, userId }, role };
    if (isNew) {
      await raiseStaff(ctx, userId, role);
      await recordDeed({ ...ctx, staff }, "staff.accept", userId, `${role} by invitation ${_id}`);
    }
    return { role };
  },
});

/** Gives somebody who works here another role. A lower one signs them out. Throws `last_owner`, `not_staff`. */
export const setRole = ownerMutation({
  args: { userId: v.id("users"), role: vStaffRole },
  returns: v.null(),
  handler: async (ctx, { userId, role }) => {
    const { before } = await changeStaffRole(ctx, userId, role);
    await recordDeed(ctx, "staff.setRole", userId, `${before} to ${role}`);
    return null;
  },
});

/** Makes somebody a customer again, at once, and signs them out. Throws `last_owner`. Safe to repeat. */
export const remove = ownerMutation({
  args: { userId: v.id("users") },
  returns: v.null(),
  handler: async (ctx, { userId }) => {
    await removeStaff(ctx, userId);
    await recordDeed(ctx, "staff.remove", userId);
    return null;
  },
});

/** Makes the person with that verified e-mail an owner: for the command line. */
export const makeOwner = internalMutation({
  args: { email: v.string() },
  returns: v.object({ userId: v.id("users") }),
  handler: async (ctx, { email: typed }) => {
    const email = readEmail(typed);
    const userId = await findOwner(ctx, "email", email);
    if (userId === null) {
      const message = `Nobody has proven ${email}: sign up with it and type the code first.`;
      throw new ConvexError({ code: "unknown_email", message });
    }
    await raiseStaff(ctx, userId, "owner");
    await recordDeed({ ...ctx, staff: COMMAND_LINE }, "staff.makeOwner", userId);
    return { userId };
  },
});

/** Ends what a batch has left of a lost role. */
export const endMoreOfRole = internalMutation({
  args: { userId: v.id("users"), staff: vStaff },
  returns: v.null(),
  handler: async (ctx, { userId, staff }) => {
    await endWhatRoleGave({ ...ctx, staff }, userId);
    return null;
  },
});

/** Runs at an invitation's expiresAtMs. */
export const expireInvitation = internalMutation({
  args: { invitationId: v.id("invitations") },
  returns: v.null(),
  handler: async (ctx, { invitationId }) => {
    await endInvitation(ctx, invitationId, "expired");
    return null;
  },
});
