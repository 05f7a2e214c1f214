/** Routes: which source is mirrored into which channel. */
import { v } from "convex/values";
import { recordDeed } from "./model/audit/record.ts";
import { examineTarget, refuseBlocked } from "./model/doctor/examine.ts";
import { reassignTarget } from "./model/routes/assign.ts";
import { createRoute, listRoutes, removeRoute } from "./model/routes/store.ts";
import { getSource } from "./model/sources/store.ts";
import { operatorMutation, operatorQuery } from "./wrappers.ts";

export const list = operatorQuery({
  args: {},
  returns: {
    routes: v.array(
      v.object({
        routeId: v.id("routes"),
        sourceId: v.id("sources"),
        guildId: v.string(),
        channelId: v.string(),
        name: v.string(),
        pingRoleId: v.union(v.string(), v.null()),
        shard: v.number(),
      }),
    ),
  },
  handler: async (ctx) => {
    const routes = await listRoutes(ctx);
    return {
      routes: routes.map(({ _id: routeId, _creationTime: _, ...fields }) => {
        return { routeId, ...fields };
      }),
    };
  },
});

/** Throws `doctor_objects` if it cannot work as things stand in Discord, unless told that this is known. */
export const create = operatorMutation({
  args: {
    sourceId: v.id("sources"),
    guildId: v.string(),
    channelId: v.string(),
    name: v.string(),
    pingRoleId: v.optional(v.string()),
    despiteFindings: v.optional(v.boolean()),
  },
  returns: v.id("routes"),
  handler: async (ctx, { pingRoleId = null, despiteFindings = false, ...route }) => {
    await getSource(ctx, route.sourceId);
    if (!despiteFindings) {
      refuseBlocked(await examineTarget(ctx, { ...route, pingRoleId, mode: "bot" }));
    }
    const routeId = await createRoute(ctx, { ...route, pingRoleId });
    await recordDeed(ctx, "routes.create", routeId);
    return routeId;
  },
});

/** Removes a route. What it posted stays and still follows edits and deletes. Safe to repeat. */
export const remove = operatorMutation({
  args: { routeId: v.id("routes") },
  returns: v.null(),
  handler: async (ctx, { routeId }) => {
    await removeRoute(ctx, routeId);
    await recordDeed(ctx, "routes.remove", routeId);
    return null;
  },
});

/** Gives a target to another bot with room, if there is one. What was posted stays with the one that posted it. */
export const reassign = operatorMutation({
  args: { channelId: v.string() },
  returns: v.union(v.literal("moved"), v.literal("kept")),
  handler: async (ctx, { channelId }) => {
    const isMoved = await reassignTarget(ctx, channelId);
    await recordDeed(ctx, "routes.reassign", channelId, isMoved ? "moved" : "kept");
    return isMoved ? "moved" : "kept";
  },
});
