/** The shapes of what is known about capturing a source. */
import { v } from "convex/values";

export const vCaptureState = v.union(
  v.literal("listening"), // everything up to now was read
  v.literal("failing"), // what was missed cannot be read: see code
);

export const vGapCause = v.union(
  v.literal("start"), // no bot held the shard
  v.literal("session"), // Discord ended the gateway session without telling what happened meanwhile
  v.literal("added"), // the source was new
);

/** A time in which nothing was heard, read again afterwards. */
export const vGap = v.object({
  cause: vGapCause,
  fromMs: v.number(),
  untilMs: v.number(),
  recovered: v.number(), // events read again that nobody knew
});

/** What a bot reports about one source. */
export const vCaptureReport = v.object({
  channelId: v.string(),
  state: vCaptureState,
  code: v.union(v.string(), v.null()),
  message: v.union(v.string(), v.null()),
  gap: v.union(vGap, v.null()),
});
