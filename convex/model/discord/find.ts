/** Reading links: whose a Discord account is, and which account is somebody's. */
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";

type Reader = { db: DatabaseReader };

/** The person's Discord account, or null. */
export async function findLink(
  ctx: Reader,
  userId: Id<"users">,
): Promise<Doc<"discordLinks"> | null> {
  return await ctx.db
    .query("discordLinks")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .unique();
}

/** The link of a Discord account, or null while it is nobody's. */
export async function findLinkOfAccount(
  ctx: Reader,
  discordId: string,
): Promise<Doc<"discordLinks"> | null> {
  return await ctx.db
    .query("discordLinks")
    .withIndex("by_discordId", (q) => q.eq("discordId", discordId))
    .unique();
}

/** What is kept beside a link. */
export async function findTokens(
  ctx: Reader,
  linkId: Id<"discordLinks">,
): Promise<Doc<"discordTokens"> | null> {
  return await ctx.db
    .query("discordTokens")
    .withIndex("by_linkId", (q) => q.eq("linkId", linkId))
    .unique();
}
