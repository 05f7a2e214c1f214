/** Silence as the console shows it. */
import { silenceBoundMs } from "@heliograph/domain";
import { type Infer, v } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { vSilenceRule, vSilenceState, vSubject } from "./validators.ts";

const MOST_SHOWN = 300;
const STATES = ["silent", "heard", "learning", "off"] as const;

export const vToldWatch = v.object({
  ...vSubject.fields,
  watchId: v.id("silenceWatches"),
  name: v.string(), // of the source, or of the route's target
  sourceName: v.string(),
  rule: vSilenceRule,
  state: vSilenceState,
  sinceMs: v.number(),
  lastAtMs: v.union(v.number(), v.null()),
  boundMs: v.union(v.number(), v.null()), // the silence that is too long
  toldAtMs: v.union(v.number(), v.null()),
});

type Told = Infer<typeof vToldWatch>;

/** Every watch, the silent ones first. */
export async function tellWatches(ctx: { db: DatabaseReader }): Promise<Told[]> {
  const told: Told[] = [];
  for (const state of STATES) {
    const watches = await ctx.db
      .query("silenceWatches")
      .withIndex("by_state_sinceMs", (q) => q.eq("state", state))
      .order("desc")
      .take(MOST_SHOWN - told.length);
    told.push(...(await Promise.all(watches.map((watch) => tellWatch(ctx, watch)))));
    if (told.length >= MOST_SHOWN) break;
  }
  return told;
}

/** How many are silent, up to some. */
export async function countSilent(ctx: { db: DatabaseReader }, most: number): Promise<number> {
  const silent = await ctx.db
    .query("silenceWatches")
    .withIndex("by_state_sinceMs", (q) => q.eq("state", "silent"))
    .take(most);
  return silent.length;
}

async function tellWatch(ctx: { db: DatabaseReader }, watch: Doc<"silenceWatches">): Promise<Told> {
  const { _id: watchId, sourceId, routeId, rule, state, sinceMs, lastAtMs, toldAtMs } = watch;
  const source = await ctx.db.get("sources", sourceId);
  const route = routeId === null ? null : await ctx.db.get("routes", routeId);
  const sourceName = source?.name ?? "Unknown source";
  const name = routeId === null ? sourceName : (route?.name ?? "Removed route");
  const boundMs = routeId === null ? silenceBoundMs(watch) : null;
  const subject = { watchId, sourceId, routeId, name, sourceName };
  return { ...subject, rule, state, sinceMs, lastAtMs, boundMs, toldAtMs };
}
