/** What a person may see now, for their own pages. */
import { type Infer, v } from "convex/values";
import type { Id } from "../../_generated/dataModel.js";
import type { QueryCtx } from "../../_generated/server.js";
import { findAccess } from "../access/row.ts";
import { vFeed } from "../signals/validators.ts";

export const vOwnAccess = v.object({ tier: vFeed, untilMs: v.union(v.number(), v.null()) });

/** Null: nothing. Reads no clock: the row is changed at the moment access ends. */
export async function findOwnAccess(
  ctx: QueryCtx,
  userId: Id<"users">,
): Promise<Infer<typeof vOwnAccess> | null> {
  const row = await findAccess(ctx, userId);
  return row === null ? null : { tier: row.tier, untilMs: row.untilMs };
}
