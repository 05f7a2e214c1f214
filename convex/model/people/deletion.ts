/**
 * Deleting an account: at once for everybody who looks, in batches for what is stored of old.
 *
 *   now         sessions, ways to sign in, role and e-mail go; identities keep ids only; the row is emptied
 *   afterwards  every payment event that speaks of the person is rewritten with a pseudonym, batch by batch
 *
 * [DEL1] Nothing stored names the person afterwards: no name, e-mail, phone, address or IP.
 * [DEL2] What folds read stays: ids, amounts, times. Replaying the events gives the same purchases.
 * [DEL3] What renews is stopped at its provider. What cannot be stopped from here is named, and refuses the
 *        deletion unless the caller insists.
 * [DEL4] The last owner cannot go.
 */
import { normalizeEmail } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";
import { recordDeed } from "../audit/record.ts";
import { openClaims } from "../identities/claims.ts";
import { readRenewals, stopRenewals } from "../stops/renewals.ts";
import { findStaffRole } from "./caller.ts";
import { dropEmailChange, findEmailChange } from "./emailChange.ts";
import { beginErasure, collectMarks } from "./erasure.ts";
import { afterUserDeleted } from "./hooks.ts";
import { assertNotLastOwner, removeStaff } from "./roles.ts";
import { endSessions } from "./sessions.ts";
import { deleteWayIn } from "./waysIn.ts";

const MOST_ROWS = 500; // of one person, of one kind

/** Throws `renewals_running` with their names, or `last_owner`. */
export async function deleteAccount(
  ctx: MutationCtx,
  userId: Id<"users">,
  despiteRenewals: boolean,
): Promise<void> {
  const user = await ctx.db.get("users", userId);
  if (user === null || user.deletedAtMs !== undefined) return;
  await assertNotLastOwner(ctx, userId);
  if (!despiteRenewals) await assertAllStoppable(ctx, userId);
  const pseudonym = pseudonymOf(userId);
  const marks = await collectMarks(ctx, user);
  await leaveStaff(ctx, userId);
  await stopRenewals(ctx, userId);
  await emptyUser(ctx, user, pseudonym);
  await afterUserDeleted(ctx, userId);
  await beginErasure(ctx, { userId, pseudonym, ...marks });
}

/** The name of somebody who is gone: the same for ever, and no way back. */
export function pseudonymOf(userId: Id<"users">): string {
  return `deleted-${userId}`;
}

async function assertAllStoppable(ctx: QueryCtx, userId: Id<"users">): Promise<void> {
  const stuck = (await readRenewals(ctx, userId)).filter(({ obstacle }) => obstacle !== null);
  if (stuck.length === 0) return;
  const plans = stuck.map(({ name, provider }) => `${name} (${provider})`);
  const message = `Cancel first, or you go on paying: ${plans.join(", ")}. It cannot be cancelled from here.`;
  throw new ConvexError({ code: "renewals_running", plans, message });
}

/** That somebody of the staff left is a deed of theirs, and so is what ends with their role. */
async function leaveStaff(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  const role = await findStaffRole(ctx, userId);
  if (role === null) return;
  const staff = { actor: { kind: "person" as const, userId }, role };
  await recordDeed({ ...ctx, staff }, "staff.leave", userId, role);
  await removeStaff({ ...ctx, staff }, userId);
}

async function emptyUser(ctx: MutationCtx, user: Doc<"users">, pseudonym: string): Promise<void> {
  const userId = user._id;
  await endSessions(ctx, userId, null);
  await deleteWaysIn(ctx, userId);
  await forgetMailboxes(ctx, user, pseudonym);
  await dropEmailChange(ctx, userId);
  await pseudonymiseIdentities(ctx, userId, pseudonym);
  await ctx.db.replace("users", userId, { deletedAtMs: Date.now() });
}

async function deleteWaysIn(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  const accounts = await ctx.db
    .query("authAccounts")
    .withIndex("userIdAndProvider", (q) => q.eq("userId", userId))
    .take(MOST_ROWS);
  for (const account of accounts) await deleteWayIn(ctx, account);
}

/** Ids of providers stay, for replays; what names the person, or would bar their return, goes. */
async function pseudonymiseIdentities(
  ctx: MutationCtx,
  userId: Id<"users">,
  pseudonym: string,
): Promise<void> {
  const rows = await ctx.db
    .query("identities")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .take(MOST_ROWS);
  for (const [index, { _id, kind, value }] of rows.entries()) {
    const isPersonal = kind === "email" || kind === "discord" || value.includes("@");
    if (isPersonal) await ctx.db.patch("identities", _id, { value: `${pseudonym}-${index}` });
  }
}

/** Of the account's e-mail, of every other that was proven, and of those that were about to be. */
async function forgetMailboxes(
  ctx: MutationCtx,
  user: Doc<"users">,
  pseudonym: string,
): Promise<void> {
  const identities = await ctx.db
    .query("identities")
    .withIndex("by_userId", (q) => q.eq("userId", user._id))
    .take(MOST_ROWS);
  const change = await findEmailChange(ctx, user._id);
  const claims = await openClaims(ctx, user._id);
  const emails = new Set([
    normalizeEmail(user.email ?? ""),
    change?.email ?? null,
    ...claims.map(({ email }) => email),
    ...identities.filter(({ kind }) => kind === "email").map(({ value }) => value),
  ]);
  for (const email of emails) if (email !== null) await forgetMailbox(ctx, email, pseudonym);
}

async function forgetMailbox(ctx: MutationCtx, email: string, pseudonym: string): Promise<void> {
  const mails = await ctx.db
    .query("mails")
    .withIndex("by_to", (q) => q.eq("to", email))
    .take(MOST_ROWS);
  for (const { _id } of mails) await ctx.db.delete("mails", _id);
  for (const state of ["open", "accepted", "revoked", "expired"] as const) {
    const invitations = await ctx.db
      .query("invitations")
      .withIndex("by_email_state", (q) => q.eq("email", email).eq("state", state))
      .take(MOST_ROWS);
    for (const { _id } of invitations) {
      const left = state === "open" ? ("revoked" as const) : state;
      await ctx.db.patch("invitations", _id, { email: pseudonym, state: left });
    }
  }
}
