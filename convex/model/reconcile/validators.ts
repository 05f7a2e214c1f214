/** Shapes of reconciliation. */
import { type Infer, v } from "convex/values";
import { vFeed } from "../signals/validators.ts";

/** One thing the provider says is so. `event`: an event of the provider's own, as it was to be delivered. */
export const vStatement = v.union(
  v.object({ kind: v.literal("event"), body: v.string() }),
  v.object({
    kind: v.literal("object"),
    type: v.string(), // the event that would have told it
    object: v.string(), // JSON
    sinceMs: v.union(v.number(), v.null()), // since when it is so, as the object says; null: it does not
  }),
);

export type Statement = Infer<typeof vStatement>;

export const vRunState = v.union(
  v.literal("running"),
  v.literal("done"),
  v.literal("failed"), // the provider refused, or could not be reached for long; the next run begins anew
);

export const vRunCause = v.union(v.literal("schedule"), v.literal("operator"));

/** What a difference was about, on one side of its repair. Null: there was none. */
export const vSide = {
  purchase: v.union(
    v.object({ state: v.string(), untilMs: v.union(v.number(), v.null()) }),
    v.null(),
  ),
  access: v.union(v.object({ tier: vFeed, untilMs: v.union(v.number(), v.null()) }), v.null()),
};

const vBoth = v.object(vSide);

export type Side = Infer<typeof vBoth>;

/** How far a run has come. `problem` is a stable code and never what the provider wrote. */
export const vRunFields = {
  state: vRunState,
  cause: vRunCause,
  startedAtMs: v.number(),
  endedAtMs: v.union(v.number(), v.null()),
  pages: v.number(), // read from the provider
  compared: v.number(), // statements held against what we know
  repaired: v.number(), // of them, those that changed something
  failed: v.number(), // of them, those that could not be applied: they are on the failure desk
  problem: v.union(v.string(), v.null()),
};
