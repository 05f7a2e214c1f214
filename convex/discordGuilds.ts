/** The Discord servers that plans open, as operators set them. */
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import { internalMutation } from "./_generated/server.js";
import { recordDeed } from "./model/audit/record.ts";
import { listGuilds, removeGuild, saveGuild } from "./model/discord/guilds.ts";
import { reopenServer } from "./model/discord/members.ts";
import { settleDiscordOf } from "./model/discord/settle.ts";
import { vFeed } from "./model/signals/validators.ts";
import { operatorMutation, operatorQuery } from "./wrappers.ts";

const LINKS_A_BATCH = 50;

const vGuild = {
  guildId: v.string(),
  name: v.string(),
  minTier: vFeed,
  joinAtPurchase: v.boolean(),
};

export const list = operatorQuery({
  args: {},
  returns: { guilds: v.array(v.object(vGuild)) },
  handler: async (ctx) => {
    const guilds = await listGuilds(ctx);
    return {
      guilds: guilds.map(({ guildId, name, minTier, joinAtPurchase }) => {
        return { guildId, name, minTier, joinAtPurchase };
      }),
    };
  },
});

/** Adds or changes a server; everybody linked is looked at again, in batches. Safe to repeat. */
export const save = operatorMutation({
  args: vGuild,
  returns: v.null(),
  handler: async (ctx, guild) => {
    await saveGuild(ctx, guild);
    const { guildId, name } = guild;
    await recordDeed(ctx, "discordGuilds.save", guildId, name);
    await ctx.scheduler.runAfter(0, internal.discordGuilds.settle, { guildId, cursor: null });
    return null;
  },
});

/** Plans open it no more; nobody is removed from it. Safe to repeat. */
export const remove = operatorMutation({
  args: { guildId: v.string() },
  returns: v.null(),
  handler: async (ctx, { guildId }) => {
    await removeGuild(ctx, guildId);
    await recordDeed(ctx, "discordGuilds.remove", guildId);
    await ctx.scheduler.runAfter(0, internal.discordGuilds.settle, { guildId, cursor: null });
    return null;
  },
});

/** Looks at the next of everybody linked, after a server was set anew. */
export const settle = internalMutation({
  args: { guildId: v.string(), cursor: v.union(v.string(), v.null()) },
  returns: v.null(),
  handler: async (ctx, { guildId, cursor }) => {
    const batch = await ctx.db.query("discordLinks").paginate({ cursor, numItems: LINKS_A_BATCH });
    for (const { userId } of batch.page) {
      await reopenServer(ctx, userId, guildId);
      await settleDiscordOf(ctx, userId);
    }
    if (batch.isDone) return null;
    await ctx.scheduler.runAfter(0, internal.discordGuilds.settle, {
      guildId,
      cursor: batch.continueCursor,
    });
    return null;
  },
});
