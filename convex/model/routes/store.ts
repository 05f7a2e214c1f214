/**
 * Routes: a source's posts go to a target channel. The only writer of `routes` and `routeRules`.
 *
 *   create --> active <--pause, resume--> paused        remove, from either
 *
 * [ROU1] A source has at most one route to a channel.
 * [ROU2] A source is never mirrored into a channel that is itself a source: its posts would be published twice.
 * [ROU3] Changed rules concern posts from then on; a mirror keeps the rules it was planned with.
 * [ROU4] A paused route posts nothing new, not even later what came meanwhile; what it has posted still follows.
 */
import { PLAIN_RULES, type RouteRules, readRules } from "@heliograph/domain";
import { ConvexError, type Infer } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { KnownRows } from "../signals/knownRows.ts";
import { findByChannel } from "../sources/store.ts";
import { shardOfTarget } from "./assign.ts";
import type { vRoute, vRouteRules } from "./validators.ts";

type Rules = Infer<typeof vRouteRules>;

export type NewRoute = Pick<
  Doc<"routes">,
  "sourceId" | "guildId" | "channelId" | "name" | "pingRoleId"
>;

/** What of a route can be changed; its source and its target cannot. */
export interface RouteChange {
  readonly name: string;
  readonly pingRoleId: string | null;
  readonly rules: Rules;
}

const MOST_LISTED = 500;

/** The routes with their rules, newest first. */
export async function listRoutes(ctx: { db: DatabaseReader }): Promise<Infer<typeof vRoute>[]> {
  const routes = await ctx.db.query("routes").order("desc").take(MOST_LISTED);
  const known = new KnownRows(ctx);
  return await Promise.all(
    routes.map(async ({ _id, _creationTime: _, rulesId, paused = false, ...fields }) => {
      return { routeId: _id, ...fields, paused, rules: toStored(await known.rules(rulesId)) };
    }),
  );
}

/** Creates a route for posts that arrive from now on. Throws `route_exists`, `target_is_source` or what is wrong with the rules. */
export async function createRoute(
  ctx: MutationCtx,
  route: NewRoute,
  rules?: Rules,
): Promise<Id<"routes">> {
  if ((await findRoute(ctx, route.sourceId, route.channelId)) !== null) {
    const message = `This source is mirrored into channel ${route.channelId} already.`;
    throw new ConvexError({ code: "route_exists", message });
  }
  const source = await findByChannel(ctx, route.channelId);
  if (source !== null) {
    const message = `Channel ${route.channelId} is the source ${source.name}; mirror into another channel.`;
    throw new ConvexError({ code: "target_is_source", message });
  }
  const rulesId = rules === undefined ? {} : { rulesId: await keepRules(ctx, rules) };
  return await ctx.db.insert("routes", {
    ...route,
    ...rulesId,
    shard: await shardOfTarget(ctx, route),
  });
}

/** Changes a route for posts that arrive from now on. Throws `unknown_route` or what is wrong with the rules. */
export async function changeRoute(
  ctx: MutationCtx,
  routeId: Id<"routes">,
  { rules, ...change }: RouteChange,
): Promise<void> {
  const route = await getRoute(ctx, routeId);
  const known = await new KnownRows(ctx).rules(route.rulesId);
  const next = checkedRules(rules);
  const isSame = JSON.stringify(inOrder(known)) === JSON.stringify(inOrder(next));
  const rulesId = isSame ? {} : { rulesId: await ctx.db.insert("routeRules", next) };
  await ctx.db.patch("routes", routeId, { ...change, ...rulesId });
}

/** Pauses a route, and withdraws what it has not posted yet, or lets it go on. Safe to repeat. Throws `unknown_route`. */
export async function pauseRoute(
  ctx: MutationCtx,
  routeId: Id<"routes">,
  paused: boolean,
): Promise<void> {
  const route = await getRoute(ctx, routeId);
  if ((route.paused ?? false) === paused) return;
  await ctx.db.patch("routes", routeId, { paused });
  const args = { routeId, plannedBeforeMs: Date.now() };
  if (paused) await ctx.scheduler.runAfter(0, internal.mirrors.withdraw, args);
}

/** Removes a route; what it has not posted yet is withdrawn in batches. Safe to repeat. */
export async function removeRoute(ctx: MutationCtx, routeId: Id<"routes">): Promise<void> {
  if ((await ctx.db.get("routes", routeId)) === null) return;
  await ctx.db.delete("routes", routeId);
  const args = { routeId, plannedBeforeMs: Date.now() };
  await ctx.scheduler.runAfter(0, internal.mirrors.withdraw, args);
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

async function getRoute(ctx: MutationCtx, routeId: Id<"routes">): Promise<Doc<"routes">> {
  const route = await ctx.db.get("routes", routeId);
  if (route !== null) return route;
  throw new ConvexError({ code: "unknown_route", message: "This route has been removed." });
}

async function keepRules(ctx: MutationCtx, rules: Rules): Promise<Id<"routeRules">> {
  return await ctx.db.insert("routeRules", checkedRules(rules));
}

function checkedRules(rules: Rules): Rules {
  const read = readRules(rules);
  if (read.ok) return toStored(read.rules);
  const { code, field, message } = read.fault;
  throw new ConvexError({ code, field, message });
}

/** The rules in arrays that may be stored, without what the database adds to a row. */
function toStored(rules: RouteRules): Rules {
  const { mode, place, authors, keywords, domains, prefix } = rules;
  const { stripInvites, stripMentions, whenRemoved } = rules;
  return {
    mode,
    place,
    authors: { only: [...authors.only], never: [...authors.never] },
    keywords: {
      only: [...keywords.only],
      never: [...keywords.never],
      strip: [...keywords.strip],
    },
    domains: { allow: [...domains.allow], block: [...domains.block] },
    prefix,
    stripInvites,
    stripMentions,
    whenRemoved,
  };
}

/** Rules with their parts in one order, so that equal ones are equal as text. */
function inOrder(rules: RouteRules): Rules {
  return toStored({ ...PLAIN_RULES, ...rules });
}
