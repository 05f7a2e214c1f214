/**
 * One run of adding a person to servers: what is to be done, and what came of it. Runs of one person never
 * overlap, because refreshing a token uses up the one it was refreshed with.
 *
 * [JOIN5] Two runs at once do the work of one; a run that died is begun again by the sweep.
 * [JOIN6] Access that is over adds nobody, also before the function that ends it has run.
 */
import { type Infer, v } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { findAccess } from "../access/row.ts";
import { findLink, findTokens } from "./find.ts";
import { listGuilds } from "./guilds.ts";
import { membersOf, settleResult } from "./members.ts";
import type { JoinResult } from "./validators.ts";

const MOST_A_RUN = 5;
const BUSY_MS = 150_000; // five servers, two calls each, ten seconds at most a call, and a refresh
const OVERDUE_MS = 60_000;
const SWEPT_AT_ONCE = 50;

/** What a run has to do. */
export const vJoinTask = v.object({
  linkId: v.id("discordLinks"),
  discordId: v.string(),
  sealed: v.union(v.string(), v.null()), // null: no leave to add them anywhere
  expiresAtMs: v.number(), // of the access token
  places: v.array(
    v.object({
      memberId: v.id("discordMembers"),
      guildId: v.string(),
      joins: v.boolean(), // false: only look whether they are there
    }),
  ),
});

export type JoinTask = Infer<typeof vJoinTask>;

/** What is due for a person; null if nothing is, or a run is at it. */
export async function claimRun(ctx: MutationCtx, userId: Id<"users">): Promise<JoinTask | null> {
  const nowMs = Date.now();
  const link = await findLink(ctx, userId);
  const tokens = link === null ? null : await findTokens(ctx, link._id);
  if (link === null || tokens === null || tokens.busyUntilMs > nowMs) return null;
  const access = await findAccess(ctx, userId);
  if (access === null || (access.untilMs !== null && access.untilMs <= nowMs)) return null;
  const due = (await dueOf(ctx, userId)).slice(0, MOST_A_RUN);
  if (due.length === 0) return null;
  await ctx.db.patch("discordTokens", tokens._id, { busyUntilMs: nowMs + BUSY_MS });
  const guilds = await listGuilds(ctx);
  return {
    linkId: link._id,
    discordId: link.discordId,
    sealed: link.mayJoin ? tokens.sealed : null,
    expiresAtMs: tokens.expiresAtMs,
    places: due.map(({ _id, guildId }) => {
      const joins = guilds.find((guild) => guild.guildId === guildId)?.joinAtPurchase === true;
      return { memberId: _id, guildId, joins };
    }),
  };
}

/** Takes down what a run found, and begins the next if there is more. Safe to repeat. */
export async function settleRun(
  ctx: MutationCtx,
  { userId, linkId }: { userId: Id<"users">; linkId: Id<"discordLinks"> },
  results: readonly JoinResult[],
): Promise<void> {
  const tokens = await findTokens(ctx, linkId);
  if (tokens !== null) await ctx.db.patch("discordTokens", tokens._id, { busyUntilMs: 0 });
  for (const result of results) await settleResult(ctx, result);
  const isMore = (await dueOf(ctx, userId)).length > 0;
  if (isMore) await ctx.scheduler.runAfter(0, internal.discordJoins.run, { userId });
}

/** Makes a waiting row due, if it still waits for that moment. Safe to repeat. */
export async function wakeMember(
  ctx: MutationCtx,
  memberId: Id<"discordMembers">,
  dueAtMs: number,
): Promise<void> {
  const row = await ctx.db.get("discordMembers", memberId);
  if (row?.joining !== "waiting" || row.dueAtMs !== dueAtMs) return;
  await ctx.db.patch("discordMembers", memberId, { joining: "due" });
  await ctx.scheduler.runAfter(0, internal.discordJoins.run, { userId: row.userId });
}

/** Begins what was due a while ago, or should have become due. */
export async function sweepJoins(ctx: MutationCtx): Promise<void> {
  for (const joining of ["due", "waiting"] as const) {
    const overdue = await ctx.db
      .query("discordMembers")
      .withIndex("by_joining_dueAtMs", (q) =>
        q.eq("joining", joining).lt("dueAtMs", Date.now() - OVERDUE_MS),
      )
      .take(SWEPT_AT_ONCE);
    for (const { _id } of overdue) {
      await ctx.db.patch("discordMembers", _id, { joining: "due", dueAtMs: Date.now() });
    }
    for (const userId of new Set(overdue.map((row) => row.userId))) {
      await ctx.scheduler.runAfter(0, internal.discordJoins.run, { userId });
    }
  }
}

async function dueOf(ctx: MutationCtx, userId: Id<"users">): Promise<Doc<"discordMembers">[]> {
  return (await membersOf(ctx, userId)).filter(({ joining }) => joining === "due");
}
