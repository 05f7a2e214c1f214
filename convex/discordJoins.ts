/** Adding people to the servers of their plans. All internal. */
import type { JoinOutcome } from "@heliograph/domain";
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import { type ActionCtx, internalAction, internalMutation } from "./_generated/server.js";
import { answerAll, joinServer } from "./model/discord/addToServers.ts";
import { botToken } from "./model/discord/application.ts";
import {
  claimRun,
  type JoinTask,
  settleRun,
  vJoinTask,
  wakeMember,
} from "./model/discord/joins.ts";
import { refreshGrant } from "./model/discord/oauth.ts";
import { openGrant, sealGrant } from "./model/discord/sealedGrant.ts";
import { type JoinResult, vJoinResult } from "./model/discord/validators.ts";

const FRESH_MS = 60_000; // a token that ends within it is refreshed first

/** Adds a person to what is due for them, a few servers at a time. Safe to repeat. */
export const run = internalAction({
  args: { userId: v.id("users") },
  returns: v.null(),
  handler: async (ctx, { userId }) => {
    const task: JoinTask | null = await ctx.runMutation(internal.discordJoins.claim, { userId });
    if (task === null) return null;
    const results = await attempt(ctx, task);
    await ctx.runMutation(internal.discordJoins.settle, { userId, linkId: task.linkId, results });
    return null;
  },
});

export const claim = internalMutation({
  args: { userId: v.id("users") },
  returns: v.union(vJoinTask, v.null()),
  handler: async (ctx, { userId }) => await claimRun(ctx, userId),
});

export const settle = internalMutation({
  args: {
    userId: v.id("users"),
    linkId: v.id("discordLinks"),
    results: v.array(vJoinResult),
  },
  returns: v.null(),
  handler: async (ctx, { results, ...whose }) => {
    await settleRun(ctx, whose, results);
    return null;
  },
});

/** Runs at a waiting row's dueAtMs. */
export const wake = internalMutation({
  args: { memberId: v.id("discordMembers"), dueAtMs: v.number() },
  returns: v.null(),
  handler: async (ctx, { memberId, dueAtMs }) => {
    await wakeMember(ctx, memberId, dueAtMs);
    return null;
  },
});

async function attempt(ctx: ActionCtx, task: JoinTask): Promise<JoinResult[]> {
  const token = botToken();
  if (token === undefined) return answerAll(task, { kind: "refused", code: "bot_not_configured" });
  const leave = await readLeave(ctx, task);
  if (leave.kind === "problem") return answerAll(task, leave.outcome);
  const results: JoinResult[] = [];
  for (const { memberId, guildId, joins } of task.places) {
    const place = { guildId, discordId: task.discordId, botToken: token };
    const found = await joinServer(place, joins ? leave.accessToken : null);
    const isMissing = found.kind === "absent" && joins;
    const outcome = isMissing ? ({ kind: "refused", code: "no_consent" } as const) : found;
    results.push({ memberId, outcome });
  }
  return results;
}

type Leave =
  | { kind: "leave"; accessToken: string | null }
  | { kind: "problem"; outcome: JoinOutcome };

/** The person's access token, refreshed if it is over; null if they gave no leave to join. */
async function readLeave(ctx: ActionCtx, task: JoinTask): Promise<Leave> {
  const tokens = task.sealed === null ? null : await openGrant(task.sealed);
  if (tokens === null) return { kind: "leave", accessToken: null };
  if (task.expiresAtMs > Date.now() + FRESH_MS) {
    return { kind: "leave", accessToken: tokens.accessToken };
  }
  const granted = await refreshGrant(tokens.refreshToken);
  if (!granted.ok) {
    const isWithdrawn = granted.code === "code_refused";
    const outcome: JoinOutcome = isWithdrawn
      ? { kind: "refused", code: "consent_withdrawn" }
      : { kind: "retry", code: "discord_unavailable", afterMs: null };
    return { kind: "problem", outcome };
  }
  const sealed = await sealGrant(granted.grant);
  await ctx.runMutation(internal.discordTokens.refreshed, { linkId: task.linkId, tokens: sealed });
  return { kind: "leave", accessToken: granted.grant.accessToken };
}
