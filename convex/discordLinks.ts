/** What the actions of linking Discord read and write. All internal. */
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import { internalMutation } from "./_generated/server.js";
import { findAccess } from "./model/access/row.ts";
import { needsLeaveToJoin } from "./model/discord/guilds.ts";
import { sweepJoins } from "./model/discord/joins.ts";
import { beginState, sweepStates, takeState } from "./model/discord/linkStates.ts";
import { saveLink } from "./model/discord/links.ts";
import { LINK_REFUSALS, type LinkRefusalCode } from "./model/discord/refusals.ts";
import { sweepRevocations } from "./model/discord/tokens.ts";
import { vDiscordProfile, vSealedTokens } from "./model/discord/validators.ts";

const vLinkRefusal = v.union(
  ...(Object.keys(LINK_REFUSALS) as LinkRefusalCode[]).map((code) => v.literal(code)),
);

/** For `discord.beginLink`. */
export const begin = internalMutation({
  args: {
    stateHash: v.string(),
    userId: v.id("users"),
    sessionId: v.id("authSessions"),
    verifier: v.string(),
    returnTo: v.string(),
  },
  returns: v.object({ asksToJoin: v.boolean() }),
  handler: async (ctx, args) => {
    await beginState(ctx, args);
    const access = await findAccess(ctx, args.userId);
    return { asksToJoin: await needsLeaveToJoin(ctx, access?.tier ?? null) };
  },
});

/** For `discord.completeLink`: the state is used up, whatever is answered. */
export const take = internalMutation({
  args: { state: v.string(), userId: v.id("users"), sessionId: v.id("authSessions") },
  returns: v.union(
    v.object({ ok: v.literal(true), verifier: v.string(), returnTo: v.string() }),
    v.object({ ok: v.literal(false), code: vLinkRefusal }),
  ),
  handler: async (ctx, args) => await takeState(ctx, args),
});

/** For `discord.completeLink`: nothing for a session that ended while Discord was asked. */
export const save = internalMutation({
  args: {
    userId: v.id("users"),
    sessionId: v.id("authSessions"),
    profile: vDiscordProfile,
    mayJoin: v.boolean(),
    tokens: vSealedTokens,
  },
  returns: v.union(v.literal("linked"), v.literal("taken"), v.literal("signedOut")),
  handler: async (ctx, { sessionId, ...proven }) => {
    const session = await ctx.db.get("authSessions", sessionId);
    if (session?.userId !== proven.userId) return "signedOut";
    return await saveLink(ctx, proven);
  },
});

/** Forgets what was begun and is over; begins again what was lost. */
export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await sweepRevocations(ctx);
    await sweepJoins(ctx);
    const isMore = await sweepStates(ctx);
    if (isMore) await ctx.scheduler.runAfter(0, internal.discordLinks.sweep, {});
    return null;
  },
});
