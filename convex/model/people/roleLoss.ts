/**
 * What ends with a role. Their own role counts at once, since every wrapper reads its row; this is about what
 * would go on without them.
 *
 * [STAFF3] With somebody's role, or a part of it, end the consoles whose tokens they were shown, the open invitations
 *          they sent and those that wait for them, the links to media that the console showed them, and their
 *          sessions: they sign in again as what they are now.
 */
import { internal } from "../../_generated/api.js";
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { recordDeed } from "../audit/record.ts";
import { rotatePreview } from "../feeds/shards.ts";
import { endMachine } from "../machines/store.ts";
import { endInvitation } from "./invitations.ts";
import { endSessions } from "./sessions.ts";
import type { Staff } from "./staff.ts";

const BATCH_ROWS = 200;
const MOST_ADDRESSES = 100; // of one person

type Ctx = MutationCtx & { readonly staff: Staff };

/** Each with its deed; what is more than a batch ends in the next. Safe to repeat. */
export async function endWhatRoleGave(ctx: Ctx, userId: Id<"users">): Promise<void> {
  const consoles = await endConsoles(ctx, userId);
  const sent = await endSentInvitations(ctx, userId);
  await endWaitingInvitations(ctx, userId);
  await rotatePreview(ctx);
  const sessions = await endSessions(ctx, userId, null);
  if (sessions > 0) await recordDeed(ctx, "staff.endSessions", userId, String(sessions));
  if (Math.max(consoles, sent) < BATCH_ROWS) return;
  await ctx.scheduler.runAfter(0, internal.staff.endMoreOfRole, { userId, staff: ctx.staff });
}

async function endConsoles(ctx: Ctx, userId: Id<"users">): Promise<number> {
  const machines = await ctx.db
    .query("machineTokens")
    .withIndex("by_shownTo_kind_state", (q) =>
      q.eq("shownTo", userId).eq("kind", "console").eq("state", "active"),
    )
    .take(BATCH_ROWS);
  for (const { _id } of machines) {
    await endMachine(ctx, _id, "revoked");
    await recordDeed(ctx, "machines.revoke", _id, "with the role of whom its token was shown to");
  }
  return machines.length;
}

async function endSentInvitations(ctx: Ctx, userId: Id<"users">): Promise<number> {
  const invitations = await ctx.db
    .query("invitations")
    .withIndex("by_invitedBy_state", (q) => q.eq("invitedBy", userId).eq("state", "open"))
    .take(BATCH_ROWS);
  for (const { _id } of invitations) await revoke(ctx, _id, "with the role of who sent it");
  return invitations.length;
}

async function endWaitingInvitations(ctx: Ctx, userId: Id<"users">): Promise<void> {
  const addresses = await ctx.db
    .query("identities")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .take(MOST_ADDRESSES);
  for (const { kind, value } of addresses) {
    if (kind !== "email") continue;
    const invitations = await ctx.db
      .query("invitations")
      .withIndex("by_email_state", (q) => q.eq("email", value).eq("state", "open"))
      .take(BATCH_ROWS);
    for (const { _id } of invitations) await revoke(ctx, _id, "with the role of whom it was for");
  }
}

async function revoke(ctx: Ctx, invitationId: Id<"invitations">, why: string): Promise<void> {
  await endInvitation(ctx, invitationId, "revoked");
  await recordDeed(ctx, "staff.revokeInvitation", invitationId, why);
}
