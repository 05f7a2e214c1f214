/** For the export: what was sent to the person's proven addresses, and what waits for a code. Never a code or a token. */
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import { openClaims } from "../identities/claims.ts";
import { findEmailChange } from "./emailChange.ts";

const MOST_ADDRESSES = 100; // of one person
const MOST_ROWS = 100; // of one address
const STATES = ["open", "accepted", "revoked", "expired"] as const;

/** New addresses that are not proven yet: for the account, or for what was bought with them. */
export async function pendingChanges(ctx: QueryCtx, userId: Id<"users">): Promise<object[]> {
  const change = await findEmailChange(ctx, userId);
  const claims = await openClaims(ctx, userId);
  return [
    ...(change === null ? [] : [{ kind: "emailChange", row: change }]),
    ...claims.map((row) => ({ kind: "claim", row })),
  ].map(({ kind, row: { email, expiresAtMs, _creationTime } }) => {
    return { kind, email, askedAtMs: _creationTime, expiresAtMs };
  });
}

/** Invitations to the staff that were sent to them, or that they accepted. */
export async function invitationsTo(ctx: QueryCtx, userId: Id<"users">): Promise<object[]> {
  const accepted = await ctx.db
    .query("invitations")
    .withIndex("by_acceptedBy", (q) => q.eq("acceptedBy", userId))
    .take(MOST_ROWS);
  const rows = new Map(accepted.map((row) => [row._id, row]));
  for (const email of await addressesOf(ctx, userId)) {
    for (const state of STATES) {
      const sent = await ctx.db
        .query("invitations")
        .withIndex("by_email_state", (q) => q.eq("email", email).eq("state", state))
        .take(MOST_ROWS);
      // Whoever accepted one had the address then.
      const theirs = sent.filter(({ acceptedBy }) => acceptedBy === null || acceptedBy === userId);
      for (const row of theirs) rows.set(row._id, row);
    }
  }
  return [...rows.values()].map(invitationRow);
}

/** Mails to them, as long as they are kept; the texts have codes in them and stay out. */
export async function mailsTo(ctx: QueryCtx, userId: Id<"users">): Promise<object[]> {
  const mails: Doc<"mails">[] = [];
  for (const email of await addressesOf(ctx, userId)) {
    const sent = await ctx.db
      .query("mails")
      .withIndex("by_to", (q) => q.eq("to", email))
      .take(MOST_ROWS);
    mails.push(...sent);
  }
  return mails.map(({ to, subject, state, _creationTime, settledAtMs }) => {
    return { to, subject, state, queuedAtMs: _creationTime, settledAtMs };
  });
}

async function addressesOf(ctx: QueryCtx, userId: Id<"users">): Promise<string[]> {
  const identities = await ctx.db
    .query("identities")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .take(MOST_ADDRESSES);
  return identities.filter(({ kind }) => kind === "email").map(({ value }) => value);
}

function invitationRow({ email, role, state, expiresAtMs, _creationTime }: Doc<"invitations">) {
  return { email, role, state, invitedAtMs: _creationTime, expiresAtMs };
}
