/**
 * Settling: what a worker did becomes what is applied.
 *
 * [SET1] Only the holder of the shard's lease settles; everybody else changes nothing.
 * [SET2] A result older than what is applied changes nothing.
 * [SET3] A mirror that was wanted differently meanwhile stays due.
 * [SET4] A retry waits, and becomes due by a function scheduled for that moment.
 * [SET8] Which mirror a posted message belongs to is known as long as the message stands.
 * [SET9] What comes through where a channel was closed lets everything try again that waits for that channel.
 * [SET5] A wait the other side asked for is no failed attempt.
 */
import { askedDelayMs, MAX_ATTEMPTS, retryDelayMs } from "@heliograph/domain";
import type { Infer } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { findLease, isHeldBy } from "../leases/store.ts";
import { KnownRows } from "../signals/knownRows.ts";
import { keepPosts } from "./posts.ts";
import { makeTargetDue } from "./retry.ts";
import type { vSettlement } from "./validators.ts";

export type Settlement = Infer<typeof vSettlement>;
type Mirror = Doc<"mirrors">;

/** Results one call may carry. */
export const MOST_SETTLEMENTS = 100;

const NONCE_HOLDS_MS = 120_000; // after that Discord may post a repeat, so the worker looks first
/** Reasons that hold for a whole channel, until somebody changes something in Discord. */
const CLOSED_CHANNEL = new Set(["missing_access", "missing_permission"]);
const CODE_LENGTH = 64;
const MESSAGE_LENGTH = 500;

/** Settles a batch. Safe to repeat. False if the caller does not hold the shard at that epoch. */
export async function settleBatch(
  ctx: MutationCtx,
  claim: { shard: number; epoch: number; machineId: Id<"machineTokens"> },
  results: readonly Settlement[],
): Promise<boolean> {
  const lease = await findLease(ctx, claim.shard);
  if (!isHeldBy(lease, claim)) return false;
  for (const result of results) {
    const mirror = await ctx.db.get("mirrors", result.mirrorId);
    if (mirror === null || mirror.shard !== claim.shard) continue;
    if (isPlausible(mirror, result)) await settleMirror(ctx, mirror, result);
  }
  return true;
}

/** Makes a waiting mirror due, if it still waits for that moment. */
export async function becomeDue(
  ctx: MutationCtx,
  mirrorId: Id<"mirrors">,
  dueAtMs: number,
): Promise<void> {
  const mirror = await ctx.db.get("mirrors", mirrorId);
  if (mirror?.state !== "waiting" || mirror.dueAtMs !== dueAtMs) return;
  await ctx.db.patch("mirrors", mirrorId, { state: "due" });
}

/** Makes due what should have become due a while ago. */
export async function wakeOverdue(ctx: MutationCtx): Promise<void> {
  const overdue = await ctx.db
    .query("mirrors")
    .withIndex("by_state_due", (q) => q.eq("state", "waiting").lt("dueAtMs", Date.now() - 30_000))
    .take(MOST_SETTLEMENTS);
  for (const mirror of overdue) await ctx.db.patch("mirrors", mirror._id, { state: "due" });
}

/** A worker can only have worked on a revision that was wanted, and not on one before the applied. */
function isPlausible({ applied, wantedRevision }: Mirror, { revision }: Settlement): boolean {
  return revision >= (applied?.revision ?? 1) && revision <= wantedRevision;
}

async function settleMirror(ctx: MutationCtx, mirror: Mirror, result: Settlement): Promise<void> {
  switch (result.outcome) {
    case "applied":
      return await settleApplied(ctx, mirror, result);
    case "retry":
      return await settleRetry(ctx, mirror, result);
    case "failed":
      return await settleFailed(ctx, mirror, result);
    default:
      result.outcome satisfies never;
  }
}

async function settleApplied(ctx: MutationCtx, mirror: Mirror, result: Settlement): Promise<void> {
  const messageIds = result.messageIds ?? mirror.applied?.messageIds ?? [];
  const threadId = result.threadId ?? mirror.applied?.threadId;
  const isDone = result.revision >= mirror.wantedRevision;
  await ctx.db.patch("mirrors", mirror._id, {
    applied: {
      revision: result.revision,
      messageIds,
      ...(threadId !== undefined && messageIds.length > 0 && { threadId }),
    },
    state: isDone ? "applied" : "due",
    attempt: 0,
    lookFirst: false,
    urged: false,
    ...(!mirror.withdrawn && { code: null, message: null }), // why it was withdrawn stays
  });
  await keepPosts(ctx, mirror._id, mirror.applied?.messageIds ?? [], messageIds);
  if (mirror.code !== null && CLOSED_CHANNEL.has(mirror.code)) {
    await makeTargetDue(ctx, mirror.channelId);
  }
}

async function settleRetry(ctx: MutationCtx, mirror: Mirror, result: Settlement): Promise<void> {
  if (isDoneWith(mirror, result)) return;
  const isAsked = Number.isFinite(result.retryAfterMs);
  const attempt = isAsked ? mirror.attempt : mirror.attempt + 1;
  if (attempt >= MAX_ATTEMPTS) return await settleFailed(ctx, mirror, result);
  const delayMs = isAsked ? askedDelayMs(result.retryAfterMs ?? 0) : retryDelayMs(attempt);
  const dueAtMs = Date.now() + delayMs;
  await ctx.db.patch("mirrors", mirror._id, {
    state: "waiting",
    dueAtMs,
    attempt,
    urged: false,
    // A failure may have posted all the same, and the next try may come when no nonce is remembered.
    lookFirst:
      mirror.lookFirst ||
      !isAsked ||
      dueAtMs - mirror._creationTime > NONCE_HOLDS_MS ||
      !(await hasNonce(ctx, mirror)),
    ...reasonOf(result),
  });
  const args = { mirrorId: mirror._id, dueAtMs };
  await ctx.scheduler.runAt(dueAtMs, internal.mirrors.becomeDue, args);
}

async function settleFailed(ctx: MutationCtx, mirror: Mirror, result: Settlement): Promise<void> {
  if (isDoneWith(mirror, result)) return;
  const isCurrent = result.revision >= mirror.wantedRevision;
  await ctx.db.patch("mirrors", mirror._id, {
    state: isCurrent ? "failed" : "due", // what is wanted now was not tried yet
    attempt: isCurrent ? mirror.attempt + 1 : 0,
    urged: false,
    lookFirst:
      mirror.lookFirst ||
      Date.now() - mirror._creationTime > NONCE_HOLDS_MS ||
      !(await hasNonce(ctx, mirror)),
    ...reasonOf(result),
  });
}

/** Webhooks know no nonce, nor does the opening of a forum post: of several messages the first may stand. */
async function hasNonce(ctx: MutationCtx, { rulesId }: Mirror): Promise<boolean> {
  const { mode, place } = await new KnownRows(ctx).rules(rulesId);
  return mode === "bot" && place.kind !== "forum";
}

/** A result that comes late, about a revision that is applied already. */
function isDoneWith(mirror: Mirror, result: Settlement): boolean {
  return mirror.applied !== null && mirror.applied.revision >= result.revision;
}

function reasonOf({ code, message }: Settlement): { code: string | null; message: string | null } {
  return {
    code: code?.slice(0, CODE_LENGTH) ?? null,
    message: message?.slice(0, MESSAGE_LENGTH) ?? null,
  };
}
