/** What a person may see, as it was decided last. Reads no clock. */
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";

/** The person's row, or null if they may see nothing. */
export async function findAccess(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
): Promise<Doc<"access"> | null> {
  return await ctx.db
    .query("access")
    .withIndex("by_userId", (q) => q.eq("userId", userId))
    .unique();
}
