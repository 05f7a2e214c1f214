/**
 * Routes: a source's posts go to a target channel. The only writer of `routes`.
 *
 * [ROU1] A source has at most one route to a channel.
 * [ROU2] A source is never mirrored into a channel that is itself a source: its posts would be published twice.
 */
import { ConvexError } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { findByChannel } from "../sources/store.ts";
import { shardOfTarget } from "./assign.ts";

export type NewRoute = Pick<
  Doc<"routes">,
  "sourceId" | "guildId" | "channelId" | "name" | "pingRoleId"
>;

const MOST_LISTED = 500;

/** The routes, newest first. */
export async function listRoutes(ctx: { db: DatabaseReader }): Promise<Doc<"routes">[]> {
  return await ctx.db.query("routes").order("desc").take(MOST_LISTED);
}

/** Creates a route for posts that arrive from now on. Throws `route_exists` or `target_is_source`. */
export async function createRoute(ctx: MutationCtx, route: NewRoute): Promise<Id<"routes">> {
  if ((await findRoute(ctx, route.sourceId, route.channelId)) !== null) {
    const message = `This source is mirrored into channel ${route.channelId} already.`;
    throw new ConvexError({ code: "route_exists", message });
  }
  const source = await findByChannel(ctx, route.channelId);
  if (source !== null) {
    const message = `Channel ${route.channelId} is the source ${source.name}; mirror into another channel.`;
    throw new ConvexError({ code: "target_is_source", message });
  }
  return await ctx.db.insert("routes", { ...route, shard: await shardOfTarget(ctx, route) });
}

/** Removes a route; what it has not posted yet is withdrawn in batches. Safe to repeat. */
export async function removeRoute(ctx: MutationCtx, routeId: Id<"routes">): Promise<void> {
  if ((await ctx.db.get("routes", routeId)) === null) return;
  await ctx.db.delete("routes", routeId);
  await ctx.scheduler.runAfter(0, internal.mirrors.withdraw, { routeId });
}

/** The route from a source to a channel, or null. */
export async function findRoute(
  ctx: { db: DatabaseReader },
  sourceId: Id<"sources">,
  channelId: string,
): Promise<Doc<"routes"> | null> {
  return await ctx.db
    .query("routes")
    .withIndex("by_source_channel", (q) => q.eq("sourceId", sourceId).eq("channelId", channelId))
    .unique();
}
