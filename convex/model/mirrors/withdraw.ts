/**
 * Removing or pausing a route: what it has not posted yet is never posted. What it has
 * posted stays, and still follows edits and deletes.
 */
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";

const WITHDRAWN_PER_BATCH = 200;

/** Withdraws the next batch of the route's mirrors and schedules the rest. Safe to repeat. */
export async function withdrawRoute(
  ctx: MutationCtx,
  routeId: Id<"routes">,
  plannedBeforeMs: number,
): Promise<void> {
  // A failed one too: the next edit would try it again.
  for (const state of ["due", "waiting", "failed"] as const) {
    const open = await ctx.db
      .query("mirrors")
      .withIndex(
        "by_route_open",
        (q) =>
          q
            .eq("routeId", routeId)
            .eq("state", state)
            .eq("applied", null)
            .eq("withdrawn", false)
            .lt("_creationTime", plannedBeforeMs + 1), // a route that goes on by now has planned more
      )
      .take(WITHDRAWN_PER_BATCH);
    for (const mirror of open) await withdrawMirror(ctx, mirror);
    if (open.length < WITHDRAWN_PER_BATCH) continue;
    await ctx.scheduler.runAfter(0, internal.mirrors.withdraw, { routeId, plannedBeforeMs });
    return;
  }
}

/** Its revision counts on by itself: a worker that is posting it right now settles an older one. */
async function withdrawMirror(ctx: MutationCtx, mirror: Doc<"mirrors">): Promise<void> {
  await ctx.db.patch("mirrors", mirror._id, {
    withdrawn: true,
    wantedDeleted: true,
    wantedRevision: mirror.wantedRevision + 1,
  });
}
