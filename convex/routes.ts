/** Routes: which source is mirrored into which channel. */
import { PLAIN_RULES } from "@heliograph/domain";
import { v } from "convex/values";
import { recordDeed } from "./model/audit/record.ts";
import { examineTarget, refuseBlocked } from "./model/doctor/examine.ts";
import { reassignTarget } from "./model/routes/assign.ts";
import {
  changeRoute,
  createRoute,
  listRoutes,
  pauseRoute,
  removeRoute,
} from "./model/routes/store.ts";
import { vRoute, vRouteRules } from "./model/routes/validators.ts";
import { getSource } from "./model/sources/store.ts";
import { operatorMutation, operatorQuery } from "./wrappers.ts";

export const list = operatorQuery({
  args: {},
  returns: { routes: v.array(vRoute) },
  handler: async (ctx) => ({ routes: await listRoutes(ctx) }),
});

/** Throws `doctor_objects` if it cannot work as things stand in Discord, unless told that this is known. */
export const create = operatorMutation({
  args: {
    sourceId: v.id("sources"),
    guildId: v.string(),
    channelId: v.string(),
    name: v.string(),
    pingRoleId: v.optional(v.string()),
    rules: v.optional(vRouteRules),
    despiteFindings: v.optional(v.boolean()),
  },
  returns: v.id("routes"),
  handler: async (ctx, { pingRoleId = null, rules, despiteFindings = false, ...route }) => {
    await getSource(ctx, route.sourceId);
    if (!despiteFindings) {
      const { guildId, channelId } = route;
      const { mode, place } = rules ?? PLAIN_RULES;
      refuseBlocked(await examineTarget(ctx, { guildId, channelId, mode, place, pingRoleId }));
    }
    const routeId = await createRoute(ctx, { ...route, pingRoleId }, rules);
    await recordDeed(ctx, "routes.create", routeId);
    return routeId;
  },
});

/** Changes a route for posts that arrive from now on. */
export const change = operatorMutation({
  args: {
    routeId: v.id("routes"),
    name: v.string(),
    pingRoleId: v.union(v.string(), v.null()),
    rules: vRouteRules,
  },
  returns: v.null(),
  handler: async (ctx, { routeId, ...next }) => {
    await changeRoute(ctx, routeId, next);
    await recordDeed(ctx, "routes.change", routeId);
    return null;
  },
});

/** Stops a route from posting anything new, or lets it go on with what arrives from now on. Safe to repeat. */
export const pause = operatorMutation({
  args: { routeId: v.id("routes"), paused: v.boolean() },
  returns: v.null(),
  handler: async (ctx, { routeId, paused }) => {
    await pauseRoute(ctx, routeId, paused);
    await recordDeed(ctx, paused ? "routes.pause" : "routes.resume", routeId);
    return null;
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
