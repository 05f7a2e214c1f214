/** The feed as a viewer reads it. Takes a feed key; one execution serves every viewer of a shard. */
import { ConvexError, v } from "convex/values";
import { readNextSeq, readSegment } from "./model/feeds/read.ts";
import { vFeed, vFeedSignal } from "./model/signals/validators.ts";
import { feedKeyQuery } from "./wrappers.ts";

/** One segment of eight seqs, ascending. Meant to be subscribed. */
export const segment = feedKeyQuery({
  args: { segment: v.number() },
  returns: { feed: vFeed, segment: v.number(), signals: v.array(vFeedSignal) },
  handler: async (ctx, args) => {
    const { feed } = ctx.access;
    if (!Number.isSafeInteger(args.segment)) {
      const message = "A segment is a whole number: floor(seq / 8).";
      throw new ConvexError({ code: "bad_segment", message });
    }
    const signals = await readSegment(ctx, ctx.access, args.segment);
    return { feed, segment: args.segment, signals };
  },
});

/** Where the feed stands. Read it once: it changes with every signal. */
export const position = feedKeyQuery({
  args: {},
  returns: { feed: vFeed, nextSeq: v.number() },
  handler: async (ctx) => {
    const { feed } = ctx.access;
    return { feed, nextSeq: await readNextSeq(ctx, feed) };
  },
});
