/**
 * The servers that plans open. The only writer of `discordGuilds`.
 *
 * [DGU1] A server stands in the list once; what changes about it is looked at again for everybody linked.
 */
import { compareTiers, type Tier } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";

export const MOST_GUILDS = 50;

const NAME_LENGTH = 100; // Discord's limit
const MOST_PLANS = 200;
const SNOWFLAKE = /^\d{1,20}$/;

export type GuildSetting = Pick<
  Doc<"discordGuilds">,
  "guildId" | "name" | "minTier" | "joinAtPurchase"
>;

/** Every server, in the order they were added. */
export async function listGuilds(ctx: { db: DatabaseReader }): Promise<Doc<"discordGuilds">[]> {
  return await ctx.db.query("discordGuilds").take(MOST_GUILDS);
}

/** One of them, or null. */
export async function findGuild(
  ctx: { db: DatabaseReader },
  guildId: string,
): Promise<Doc<"discordGuilds"> | null> {
  return await ctx.db
    .query("discordGuilds")
    .withIndex("by_guildId", (q) => q.eq("guildId", guildId))
    .unique();
}

/** Those that a tier opens. */
export function guildsOpenTo(
  guilds: readonly Doc<"discordGuilds">[],
  tier: Tier | null,
): Doc<"discordGuilds">[] {
  return tier === null ? [] : guilds.filter(({ minTier }) => compareTiers(tier, minTier) >= 0);
}

/** Whether a plan on sale, or what this person has, means being added to a server. */
export async function needsLeaveToJoin(
  ctx: { db: DatabaseReader },
  tier: Tier | null,
): Promise<boolean> {
  const joining = (await listGuilds(ctx)).filter(({ joinAtPurchase }) => joinAtPurchase);
  const onSale = await ctx.db
    .query("plans")
    .withIndex("by_state_order", (q) => q.eq("state", "published"))
    .take(MOST_PLANS);
  const tiers = [...onSale.map((plan) => plan.tier), tier];
  return tiers.some((one) => guildsOpenTo(joining, one).length > 0);
}

/** Adds or changes a server. Throws `guild_id_invalid`, `guild_name_invalid`, `too_many_guilds`. */
export async function saveGuild(ctx: MutationCtx, setting: GuildSetting): Promise<void> {
  const { guildId } = setting;
  const name = setting.name.trim();
  if (!SNOWFLAKE.test(guildId)) throw problem("guild_id_invalid", "A server's id is a number.");
  if (name === "" || name.length > NAME_LENGTH) {
    throw problem("guild_name_invalid", `A server's name has 1 to ${NAME_LENGTH} characters.`);
  }
  const known = await findGuild(ctx, guildId);
  if (known !== null) {
    await ctx.db.patch("discordGuilds", known._id, { ...setting, name });
    return;
  }
  if ((await listGuilds(ctx)).length >= MOST_GUILDS) {
    throw problem("too_many_guilds", `Plans open at most ${MOST_GUILDS} servers.`);
  }
  await ctx.db.insert("discordGuilds", { ...setting, name });
}

/** Takes a server from the list; nobody is removed from it. Safe to repeat. */
export async function removeGuild(ctx: MutationCtx, guildId: string): Promise<void> {
  const known = await findGuild(ctx, guildId);
  if (known !== null) await ctx.db.delete("discordGuilds", known._id);
}

function problem(code: string, message: string): ConvexError<{ code: string; message: string }> {
  return new ConvexError({ code, message });
}
