/** What the bot hears of members of servers, and looking again at what it has not heard. */
import { ConvexError, v } from "convex/values";
import { internal } from "./_generated/api.js";
import { internalAction, internalMutation, internalQuery } from "./_generated/server.js";
import { botToken } from "./model/discord/application.ts";
import { listGuilds } from "./model/discord/guilds.ts";
import { listMembers, type SeenMembers } from "./model/discord/listMembers.ts";
import { hearMember, missedEvents, vMemberPage } from "./model/discord/members.ts";
import { type MemberEvent, vMemberEvent } from "./model/discord/validators.ts";
import { workerMutation } from "./wrappers.ts";

const MOST_EVENTS = 100;

/** Who came, passed the screening, or left. Strangers change nothing. Safe to repeat. */
export const report = workerMutation({
  args: { events: v.array(vMemberEvent) },
  returns: v.null(),
  handler: async (ctx, { events }) => {
    if (events.length > MOST_EVENTS) {
      const message = `Send at most ${MOST_EVENTS} events, not ${events.length}.`;
      throw new ConvexError({ code: "too_many_events", message });
    }
    for (const event of events) await hearMember(ctx, event);
    return null;
  },
});

/** The bot's connection is a new one: what happened before it was told to nobody. Safe to repeat. */
export const missed = workerMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    for (const { guildId } of await listGuilds(ctx)) {
      await ctx.scheduler.runAfter(0, internal.discordMembers.lookAgain, { guildId });
    }
    return null;
  },
});

/** Compares a server's members, as Discord lists them, with what is known. Safe to repeat. */
export const lookAgain = internalAction({
  args: { guildId: v.string() },
  returns: v.null(),
  handler: async (ctx, { guildId }) => {
    const token = botToken();
    if (token === undefined) return null;
    const atMs = Date.now();
    const seen: SeenMembers | null = await listMembers(guildId, token);
    if (seen === null) return null; // Discord is away, or the bot may not list: the next look finds it
    for (let cursor: string | null = null; ; ) {
      const page: typeof vMemberPage.type = await ctx.runQuery(internal.discordMembers.known, {
        guildId,
        cursor,
      });
      const events: MemberEvent[] = missedEvents(page.members, { guildId, seen, atMs });
      if (events.length > 0) await ctx.runMutation(internal.discordMembers.hear, { events });
      if (page.cursor === null) return null;
      cursor = page.cursor;
    }
  },
});

/** Those of a server whose presence is known, a page of them. */
export const known = internalQuery({
  args: { guildId: v.string(), cursor: v.union(v.string(), v.null()) },
  returns: vMemberPage,
  handler: async (ctx, { guildId, cursor }) => {
    const page = await ctx.db
      .query("discordMembers")
      .withIndex("by_guildId", (q) => q.eq("guildId", guildId))
      .paginate({ cursor, numItems: MOST_EVENTS });
    return {
      members: page.page.map(({ discordId, presence }) => ({ discordId, presence })),
      cursor: page.isDone ? null : page.continueCursor,
    };
  },
});

export const hear = internalMutation({
  args: { events: v.array(vMemberEvent) },
  returns: v.null(),
  handler: async (ctx, { events }) => {
    for (const event of events) await hearMember(ctx, event);
    return null;
  },
});
