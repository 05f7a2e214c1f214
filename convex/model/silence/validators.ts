/** The shapes of silence. */
import { v } from "convex/values";

export const vSilenceRule = v.union(
  v.object({ kind: v.literal("learned") }),
  v.object({ kind: v.literal("every"), ms: v.number() }),
  v.object({ kind: v.literal("off") }),
);

export const vSilenceState = v.union(
  v.literal("learning"), // too few posts to say what is ordinary
  v.literal("heard"),
  v.literal("silent"),
  v.literal("off"),
);

/** A source, or one of its routes. */
export const vSubject = v.object({
  sourceId: v.id("sources"),
  routeId: v.union(v.id("routes"), v.null()), // null: the source itself
});
