/** The shapes of a route. */
import { v } from "convex/values";

const vTexts = v.array(v.string());

/** What a route does to a post: `RouteRules` of packages/domain, which says what each part means. */
export const vRouteRules = v.object({
  mode: v.union(v.literal("bot"), v.literal("webhook")),
  place: v.union(
    v.object({ kind: v.literal("channel") }),
    v.object({ kind: v.literal("thread"), parentChannelId: v.string() }),
    v.object({ kind: v.literal("forum") }),
  ),
  authors: v.object({ only: vTexts, never: vTexts }),
  keywords: v.object({ only: vTexts, never: vTexts, strip: vTexts }),
  domains: v.object({ allow: vTexts, block: vTexts }),
  prefix: v.string(),
  stripInvites: v.boolean(),
  stripMentions: v.boolean(),
  whenRemoved: v.union(v.literal("restore"), v.literal("leave")),
});

/** A route as the console shows it. */
export const vRoute = v.object({
  routeId: v.id("routes"),
  sourceId: v.id("sources"),
  guildId: v.string(),
  channelId: v.string(),
  name: v.string(),
  pingRoleId: v.union(v.string(), v.null()),
  shard: v.number(),
  paused: v.boolean(),
  rules: vRouteRules,
});
