/** Replacing a deleted person in stored payment events. All internal. */
import { v } from "convex/values";
import { internalMutation } from "./_generated/server.js";
import { runErasure } from "./model/people/erasure.ts";

/** One batch of an erasure; schedules the next. Safe to repeat. */
export const run = internalMutation({
  args: { erasureId: v.id("erasures") },
  returns: v.null(),
  handler: async (ctx, { erasureId }) => {
    await runErasure(ctx, erasureId);
    return null;
  },
});
