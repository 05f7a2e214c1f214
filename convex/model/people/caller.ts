/**
 * Which person is calling, from the session that Convex Auth signed.
 *
 * The rows decide, not the token: a session that was ended and a deleted user are
 * nobody at once, also on open subscriptions, however long the token still lives.
 */
import { ConvexError } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import { findEnvironment, getEnvironment } from "../environment.ts";
import type { StaffRole } from "./validators.ts";

export interface Person {
  readonly userId: Id<"users">;
  readonly sessionId: Id<"authSessions">;
  readonly user: Doc<"users">;
}

/** The calling person, or null when nobody is signed in as one. */
export async function findCallingPerson(
  ctx: Pick<QueryCtx, "auth" | "db">,
): Promise<Person | null> {
  const identity = await ctx.auth.getUserIdentity();
  if (identity === null || identity.issuer !== getEnvironment("CONVEX_SITE_URL")) return null;
  const [user = "", session = ""] = identity.subject.split("|");
  const userId = ctx.db.normalizeId("users", user);
  const sessionId = ctx.db.normalizeId("authSessions", session);
  if (userId === null || sessionId === null) return null;
  const sessionRow = await ctx.db.get("authSessions", sessionId);
  if (sessionRow?.userId !== userId) return null;
  const row = await ctx.db.get("users", userId);
  if (row === null || row.deletedAtMs !== undefined) return null;
  return { userId, sessionId, user: row };
}

/** The calling person. Throws `unauthenticated` when nobody is signed in as one. */
export async function getCallingPerson(ctx: Pick<QueryCtx, "auth" | "db">): Promise<Person> {
  const person = await findCallingPerson(ctx);
  if (person === null) throw signedOut();
  return person;
}

/** Throws unless nobody is signed in, or a person is or was: what people sign in and out with is not for machines. */
export async function refuseMachines(ctx: Pick<QueryCtx, "auth">): Promise<void> {
  const identity = await ctx.auth.getUserIdentity();
  if (identity === null || identity.issuer === getEnvironment("CONVEX_SITE_URL")) return;
  if (identity.issuer !== findEnvironment("HELIOGRAPH_MACHINE_ISSUER")) throw signedOut();
  const message = "A machine does not sign in as a person.";
  throw new ConvexError({ code: "wrong_kind", message });
}

/** The person's role among staff, or null for a customer. */
export async function findStaffRole(
  ctx: Pick<QueryCtx, "db">,
  userId: Id<"users">,
): Promise<StaffRole | null> {
  const row = await ctx.db
    .query("staff")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .unique();
  return row?.role ?? null;
}

/** What a mutation or an action throws at a caller who is not signed in. */
export function signedOut(): ConvexError<{ code: string; message: string }> {
  return new ConvexError({ code: "unauthenticated", message: "Sign in first." });
}
