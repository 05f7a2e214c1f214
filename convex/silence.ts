/** Silence: which sources and routes are quiet for too long. */
import { ConvexError, v } from "convex/values";
import { internalMutation } from "./_generated/server.js";
import { recordDeed } from "./model/audit/record.ts";
import { getWatch, listenTo, listen as listenToAll } from "./model/silence/listen.ts";
import { tellOperators } from "./model/silence/tell.ts";
import { countSilent, tellWatches, vToldWatch } from "./model/silence/told.ts";
import { vSilenceRule, vSubject } from "./model/silence/validators.ts";
import { getSource } from "./model/sources/store.ts";
import { operatorMutation, operatorQuery } from "./wrappers.ts";

const LEAST_MS = 60_000; // one looks once a minute
const MOST_MS = 90 * 24 * 60 * 60_000;
const MOST_COUNTED = 100;

/** Every source and route that is listened to, the silent ones first. */
export const list = operatorQuery({
  args: {},
  returns: { watches: v.array(vToldWatch) },
  handler: async (ctx) => ({ watches: await tellWatches(ctx) }),
});

/** How many are silent, at most 100. */
export const badge = operatorQuery({
  args: {},
  returns: { silent: v.number() },
  handler: async (ctx) => ({ silent: await countSilent(ctx, MOST_COUNTED) }),
});

/** Says what is expected of a source or a route, from now on. Throws `bad_interval`, `unknown_source`, `unknown_route`. */
export const setRule = operatorMutation({
  args: { ...vSubject.fields, rule: vSilenceRule },
  returns: v.null(),
  handler: async (ctx, { sourceId, routeId, rule }) => {
    if (rule.kind === "every" && !(rule.ms >= LEAST_MS && rule.ms <= MOST_MS)) {
      const message = "Expect posts every minute at least, and every 90 days at most.";
      throw new ConvexError({ code: "bad_interval", message });
    }
    const source = await getSource(ctx, sourceId);
    const route = routeId === null ? null : await ctx.db.get("routes", routeId);
    if (routeId !== null && route?.sourceId !== sourceId) {
      throw new ConvexError({ code: "unknown_route", message: "This route does not exist." });
    }
    const nowMs = Date.now();
    const watch = await getWatch(ctx, { sourceId, routeId }, nowMs);
    await ctx.db.patch("silenceWatches", watch._id, { rule });
    const own = await getWatch(ctx, { sourceId, routeId: null }, nowMs);
    await ctx.db.patch("silenceWatches", own._id, { isSettled: false });
    const fallen = await listenTo(ctx, source);
    if (fallen.length > 0) await tellOperators(ctx, fallen);
    await recordDeed(ctx, "silence.setRule", routeId ?? sourceId, rule.kind);
    return null;
  },
});

/** Runs once a minute, and again at once for the sources that come after. */
export const listen = internalMutation({
  args: { afterName: v.string() },
  returns: v.null(),
  handler: async (ctx, { afterName }) => {
    await listenToAll(ctx, afterName);
    return null;
  },
});
