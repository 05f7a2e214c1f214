/**
 * Worker leases: one holder per shard of guilds, with an epoch that grows with
 * every new holder. The row changes only when the holder does; beats have a row
 * of their own.
 *
 *   free --acquire--> held --beat every 3 s--> held
 *    ^                 |  release, or 9 s without a beat (a scheduled function looks)
 *    +-----------------+
 *
 * [LEA1] A shard has at most one holder, and every new holder a greater epoch.
 * [LEA2] Nine seconds without a beat free the shard, by a scheduled function.
 * [LEA3] An acquire by the holder itself takes over from it: a process that started again under its
 *        old name does not know what the one before had begun.
 */
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";

/** Without a beat for this long the holder is taken for dead: three beats lost. */
export const LEASE_MS = 9_000;

/** Who says it holds, or wants to hold, a shard. */
export interface Claim {
  readonly shard: number;
  readonly holder: string; // a name of the process
  readonly machineId: Id<"machineTokens">;
}

export type Acquired =
  | { state: "held"; epoch: number; expiresInMs: number; sinceLastHolderMs: number | null }
  | { state: "busy"; holder: string };

/**
 * Takes the shard if it is free, its holder is dead or the holder is the caller. Safe to
 * repeat: the answer that counts is the last, earlier epochs are over.
 */
export async function acquireLease(ctx: MutationCtx, claim: Claim): Promise<Acquired> {
  const nowMs = Date.now();
  const lease = await findLease(ctx, claim.shard);
  const beat = await findBeat(ctx, claim.shard);
  const isFresh = beat !== null && beat.beatAtMs > nowMs - LEASE_MS;
  if (lease !== null && lease.holder !== null && isFresh) {
    const isCaller = isHeldBy(lease, { ...claim, epoch: lease.epoch });
    if (!isCaller) return { state: "busy", holder: lease.holder };
  }
  const sinceLastHolderMs = beat === null ? null : nowMs - beat.beatAtMs;
  const epoch = await takeLease(ctx, lease, claim, nowMs);
  await setBeat(ctx, beat, { shard: claim.shard, epoch, beatAtMs: nowMs });
  return { state: "held", epoch, expiresInMs: LEASE_MS, sinceLastHolderMs };
}

/** Says the holder lives. False if somebody else holds the shard, or nobody. */
export async function beatLease(
  ctx: MutationCtx,
  claim: Claim & { epoch: number },
): Promise<boolean> {
  if (!isHeldBy(await findLease(ctx, claim.shard), claim)) return false;
  const { shard, epoch } = claim;
  await setBeat(ctx, await findBeat(ctx, shard), { shard, epoch, beatAtMs: Date.now() });
  return true;
}

/** Gives the shard back. Does nothing if it is not held by the caller. */
export async function releaseLease(
  ctx: MutationCtx,
  claim: Claim & { epoch: number },
): Promise<void> {
  const lease = await findLease(ctx, claim.shard);
  if (lease === null || !isHeldBy(lease, claim)) return;
  await ctx.db.patch("leases", lease._id, { holder: null, machineId: null });
}

/** Frees the shard if the holder of that epoch is silent, else looks again when it would be. */
export async function expireLease(ctx: MutationCtx, shard: number, epoch: number): Promise<void> {
  const lease = await findLease(ctx, shard);
  if (lease === null || lease.epoch !== epoch || lease.holder === null) return;
  const beat = await findBeat(ctx, shard);
  const silentMs = Date.now() - (beat?.beatAtMs ?? 0);
  if (silentMs >= LEASE_MS) {
    await ctx.db.patch("leases", lease._id, { holder: null, machineId: null });
    return;
  }
  await ctx.scheduler.runAfter(LEASE_MS - silentMs, internal.leases.expire, { shard, epoch });
}

/** Frees shards whose expiry was missed. */
export async function expireSilentLeases(ctx: MutationCtx): Promise<void> {
  const beats = await ctx.db
    .query("leaseBeats")
    .withIndex("by_beatAtMs", (q) => q.lt("beatAtMs", Date.now() - LEASE_MS))
    .take(MOST_SHARDS);
  for (const { shard } of beats) {
    const lease = await findLease(ctx, shard);
    if (lease !== null) await expireLease(ctx, shard, lease.epoch);
  }
}

/** More shards than one seller's guilds will ever need. */
export const MOST_SHARDS = 100;

/** Whether a shard of that number can be. */
export function isShard(shard: number): boolean {
  return Number.isInteger(shard) && shard >= 0 && shard < MOST_SHARDS;
}

/** The shard's lease, or null if nobody ever held it. */
export async function findLease(
  ctx: { db: DatabaseReader },
  shard: number,
): Promise<Doc<"leases"> | null> {
  return await ctx.db
    .query("leases")
    .withIndex("by_shard", (q) => q.eq("shard", shard))
    .unique();
}

/** Whether the lease is the caller's, at that epoch. */
export function isHeldBy(
  lease: Doc<"leases"> | null,
  claim: { epoch: number; machineId: Id<"machineTokens">; holder?: string },
): boolean {
  if (lease === null || lease.holder === null) return false;
  if (claim.holder !== undefined && lease.holder !== claim.holder) return false;
  return lease.epoch === claim.epoch && lease.machineId === claim.machineId;
}

async function takeLease(
  ctx: MutationCtx,
  lease: Doc<"leases"> | null,
  { shard, holder, machineId }: Claim,
  nowMs: number,
): Promise<number> {
  const epoch = (lease?.epoch ?? 0) + 1;
  const held = { epoch, holder, machineId, heldSinceMs: nowMs, tookOver: lease !== null };
  if (lease === null) await ctx.db.insert("leases", { shard, ...held });
  else await ctx.db.patch("leases", lease._id, held);
  await ctx.scheduler.runAfter(LEASE_MS, internal.leases.expire, { shard, epoch });
  return epoch;
}

async function findBeat(
  ctx: { db: DatabaseReader },
  shard: number,
): Promise<Doc<"leaseBeats"> | null> {
  return await ctx.db
    .query("leaseBeats")
    .withIndex("by_shard", (q) => q.eq("shard", shard))
    .unique();
}

async function setBeat(
  ctx: MutationCtx,
  beat: Doc<"leaseBeats"> | null,
  next: { shard: number; epoch: number; beatAtMs: number },
): Promise<void> {
  if (beat === null) await ctx.db.insert("leaseBeats", next);
  else await ctx.db.patch("leaseBeats", beat._id, next);
}
