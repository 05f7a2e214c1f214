/** Roles after a change of the mappings: everybody with access, a bounded batch at a time. */
import { internal } from "../../_generated/api.js";
import type { MutationCtx } from "../../_generated/server.js";
import { readPlaces, settleRolesOf } from "./want.ts";

const BATCH = 25; // for each, identities, access and rows are read, and a row in every server

/** Looks at a batch and schedules the next one. Safe to repeat. */
export async function resettleBatch(ctx: MutationCtx, cursor: string | null): Promise<void> {
  const { page, isDone, continueCursor } = await ctx.db
    .query("access")
    .withIndex("by_userId")
    .paginate({ cursor, numItems: BATCH });
  const places = await readPlaces(ctx);
  for (const { userId } of page) await settleRolesOf(ctx, userId, places);
  if (isDone) return;
  await ctx.scheduler.runAfter(0, internal.roles.resettle, { cursor: continueCursor });
}
