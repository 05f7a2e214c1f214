/** Worker leases: which bot process acts on a shard of guilds. */
import { ConvexError, v } from "convex/values";
import { internalMutation } from "./_generated/server.js";
import {
  acquireLease,
  beatLease,
  expireLease,
  expireSilentLeases,
  findLease,
  isShard,
  MOST_SHARDS,
  releaseLease,
} from "./model/leases/store.ts";
import { operatorQuery, workerMutation, workerQuery } from "./wrappers.ts";

const vClaim = { shard: v.number(), epoch: v.number(), holder: v.string() };

export const acquire = workerMutation({
  args: { shard: v.number(), holder: v.string() },
  returns: v.union(
    v.object({
      state: v.literal("held"),
      epoch: v.number(),
      expiresInMs: v.number(),
      sinceLastHolderMs: v.union(v.number(), v.null()), // null: nobody before
    }),
    v.object({ state: v.literal("busy"), holder: v.string() }),
  ),
  handler: async (ctx, args) => {
    if (!isShard(args.shard)) {
      const message = `There is no shard ${args.shard}; the first is 0.`;
      throw new ConvexError({ code: "unknown_shard", message });
    }
    return await acquireLease(ctx, { ...args, machineId: ctx.machine._id });
  },
});

/** Meant to be called every 3 s. */
export const beat = workerMutation({
  args: vClaim,
  returns: v.union(v.object({ state: v.literal("held") }), v.object({ state: v.literal("lost") })),
  handler: async (ctx, args) => {
    const isHeld = await beatLease(ctx, { ...args, machineId: ctx.machine._id });
    return isHeld ? { state: "held" as const } : { state: "lost" as const };
  },
});

export const release = workerMutation({
  args: vClaim,
  returns: v.null(),
  handler: async (ctx, args) => {
    await releaseLease(ctx, { ...args, machineId: ctx.machine._id });
    return null;
  },
});

/** Who holds the shard; null when it is free. Standbys subscribe to it. */
export const status = workerQuery({
  args: { shard: v.number() },
  returns: { holder: v.union(v.string(), v.null()), epoch: v.number() },
  handler: async (ctx, { shard }) => {
    const lease = await findLease(ctx, shard);
    return { holder: lease?.holder ?? null, epoch: lease?.epoch ?? 0 };
  },
});

export const list = operatorQuery({
  args: {},
  returns: {
    leases: v.array(
      v.object({
        shard: v.number(),
        holder: v.union(v.string(), v.null()),
        epoch: v.number(),
        heldSinceMs: v.number(),
      }),
    ),
  },
  handler: async (ctx) => {
    const leases = await ctx.db.query("leases").withIndex("by_shard").take(MOST_SHARDS);
    return {
      leases: leases.map(({ shard, holder, epoch, heldSinceMs }) => {
        return { shard, holder, epoch, heldSinceMs };
      }),
    };
  },
});

/** Runs when the holder of that epoch would be silent for too long. */
export const expire = internalMutation({
  args: { shard: v.number(), epoch: v.number() },
  returns: v.null(),
  handler: async (ctx, { shard, epoch }) => {
    await expireLease(ctx, shard, epoch);
    return null;
  },
});

export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await expireSilentLeases(ctx);
    return null;
  },
});
