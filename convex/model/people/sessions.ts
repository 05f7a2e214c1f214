/**
 * A person's sessions: listed, and ended. An ended session is nobody at once, because every wrapper reads its row.
 *
 * [SES4] However many sessions and tokens somebody has made of an account: those that are to end all end, and
 *        no number of them makes the transaction fail that ends them.
 */
import { type Infer, v } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx, QueryCtx } from "../../_generated/server.js";

const MOST_LISTED = 100;
const ENDED_AT_ONCE = 500;
const TOKENS_AT_ONCE = 2_000; // one an hour is usual, but who holds a session may ask for more

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
  const rows = await sessionsOf(ctx, userId, MOST_LISTED);
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
  await ctx.db.delete("authSessions", sessionId);
  await forgetTokens(ctx, [sessionId]);
}

/**
 * Ends all of the user's sessions but one, null: all; of very many the rest after this transaction. Answers how
 * many at once. `untilMs`: none that began later. Safe to repeat.
 */
export async function endSessions(
  ctx: MutationCtx,
  userId: Id<"users">,
  except: Id<"authSessions"> | null,
  untilMs: number | null = null,
): Promise<number> {
  const [newest] = await sessionsOf(ctx, userId, 1);
  if (newest === undefined) return 0;
  const lastMs = untilMs ?? newest._creationTime;
  const rows = await ctx.db
    .query("authSessions")
    .withIndex("userId", (q) => q.eq("userId", userId).lte("_creationTime", lastMs))
    .take(ENDED_AT_ONCE);
  const ended = rows.map(({ _id }) => _id).filter((sessionId) => sessionId !== except);
  for (const sessionId of ended) await ctx.db.delete("authSessions", sessionId);
  await forgetTokens(ctx, ended);
  if (rows.length === ENDED_AT_ONCE) {
    const rest = { userId, except, untilMs: lastMs };
    await ctx.scheduler.runAfter(0, internal.signIns.endMoreSessions, rest);
  }
  return ended.length;
}

/** Deletes what refreshed sessions that are no more: as much as goes into a transaction, the rest in the next. */
export async function forgetTokens(
  ctx: MutationCtx,
  sessionIds: readonly Id<"authSessions">[],
): Promise<void> {
  let left = TOKENS_AT_ONCE;
  for (const [index, sessionId] of sessionIds.entries()) {
    const tokens = await ctx.db
      .query("authRefreshTokens")
      .withIndex("sessionId", (q) => q.eq("sessionId", sessionId))
      .take(left);
    for (const { _id } of tokens) await ctx.db.delete("authRefreshTokens", _id);
    left -= tokens.length;
    if (left > 0) continue;
    const rest = { sessionIds: sessionIds.slice(index) };
    await ctx.scheduler.runAfter(0, internal.signIns.forgetTokens, rest);
    return;
  }
}

async function sessionsOf(
  ctx: Pick<QueryCtx, "db">,
  userId: Id<"users">,
  most: number,
): Promise<Doc<"authSessions">[]> {
  return await ctx.db
    .query("authSessions")
    .withIndex("userId", (q) => q.eq("userId", userId))
    .order("desc")
    .take(most);
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
