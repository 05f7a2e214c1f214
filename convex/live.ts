/** The operator's live view. */
import { v } from "convex/values";
import { readMinutes } from "./model/ingest/rollUp.ts";
import { readLive } from "./model/live/read.ts";
import { vLiveSignal } from "./model/mirrors/validators.ts";
import { operatorQuery } from "./wrappers.ts";

/** The newest signals of all feeds with their mirrors, newest first. `limit` is 1 to 50. */
export const signals = operatorQuery({
  args: { limit: v.number() },
  returns: { signals: v.array(vLiveSignal) },
  handler: async (ctx, { limit }) => ({ signals: await readLive(ctx, limit) }),
});

/** Ingest per minute, oldest first, of the minutes of the last hour that had any; seconds behind. */
export const rate = operatorQuery({
  args: {},
  returns: {
    minutes: v.array(
      v.object({
        minuteMs: v.number(),
        accepted: v.number(),
        duplicate: v.number(),
        stale: v.number(),
        rejected: v.number(),
      }),
    ),
  },
  handler: async (ctx) => ({ minutes: await readMinutes(ctx) }),
});
