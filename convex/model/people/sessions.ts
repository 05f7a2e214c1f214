/**
 * A person's sessions: listed, and ended. An ended session is nobody at once, because every wrapper reads its row.
 */
import { type Infer, v } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";

const MOST_SESSIONS = 100;
const MOST_TOKENS = 1_000; // one an hour for the month a session lives

export const vSession = v.object({
  sessionId: v.id("authSessions"),
  createdAtMs: v.number(),
  refreshedAtMs: v.number(), // when it last got a token: within the hour while in use
  expiresAtMs: v.number(),
  isThis: v.boolean(),
});

/** The newest first. */
export async function listSessions(
  ctx: Pick<QueryCtx, "db">,
  userId: Id<"users">,
  own: Id<"authSessions">,
): Promise<Infer<typeof vSession>[]> {
  const rows = await sessionsOf(ctx, userId);
  return await Promise.all(
    rows.map(async ({ _id, _creationTime, expirationTime }) => ({
      sessionId: _id,
      createdAtMs: _creationTime,
      refreshedAtMs: (await newestToken(ctx, _id))?._creationTime ?? _creationTime,
      expiresAtMs: expirationTime,
      isThis: _id === own,
    })),
  );
}

/** Ends one of the user's sessions; somebody else's is left alone. Safe to repeat. */
export async function endSession(
  ctx: MutationCtx,
  userId: Id<"users">,
  sessionId: Id<"authSessions">,
): Promise<void> {
  const row = await ctx.db.get("authSessions", sessionId);
  if (row?.userId !== userId) return;
  const tokens = await ctx.db
    .query("authRefreshTokens")
    .withIndex("sessionId", (q) => q.eq("sessionId", sessionId))
    .take(MOST_TOKENS);
  for (const { _id } of tokens) await ctx.db.delete("authRefreshTokens", _id);
  await ctx.db.delete("authSessions", sessionId);
}

/** Ends all of the user's sessions but one; null: all. Safe to repeat. */
export async function endSessions(
  ctx: MutationCtx,
  userId: Id<"users">,
  except: Id<"authSessions"> | null,
): Promise<number> {
  const rows = (await sessionsOf(ctx, userId)).filter(({ _id }) => _id !== except);
  for (const { _id } of rows) await endSession(ctx, userId, _id);
  return rows.length;
}

async function sessionsOf(
  ctx: Pick<QueryCtx, "db">,
  userId: Id<"users">,
): Promise<Doc<"authSessions">[]> {
  return await ctx.db
    .query("authSessions")
    .withIndex("userId", (q) => q.eq("userId", userId))
    .order("desc")
    .take(MOST_SESSIONS);
}

async function newestToken(
  ctx: Pick<QueryCtx, "db">,
  sessionId: Id<"authSessions">,
): Promise<Doc<"authRefreshTokens"> | null> {
  return await ctx.db
    .query("authRefreshTokens")
    .withIndex("sessionId", (q) => q.eq("sessionId", sessionId))
    .order("desc")
    .first();
}
