/**
 * Settling: what a worker reports becomes what is known to be held.
 *
 * [RSET1] Only the holder of the shard's lease settles; everybody else changes nothing.
 * [RSET2] A report counts for what it found out also when something else is wanted by now; the row then stays due.
 * [RSET3] A retry waits, longer each time, and becomes due by a function scheduled for that moment.
 * [RSET4] A wait that Discord asked for is no failed attempt.
 * [RSET5] What only a change elsewhere can cure is blocked with its code until something is said to have changed.
 */
import {
  askedDelayMs,
  gapOf,
  jitteredDelayMs,
  MAX_ATTEMPTS,
  type MemberRoles,
  noteAbsent,
  noteMissing,
  noteReport,
  retryDelayMs,
} from "@heliograph/domain";
import type { Infer } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { findLease, isHeldBy } from "../leases/store.ts";
import type { vRoleSettlement } from "./validators.ts";
import { copied, dueNow } from "./want.ts";
import { isSureUntried } from "./work.ts";

export type RoleSettlement = Infer<typeof vRoleSettlement>;
type Row = Doc<"memberRoles">;

/** Results one call may carry. */
export const MOST_RESULTS = 100;

const CODE_LENGTH = 64;
const MESSAGE_LENGTH = 500;

/** Settles a batch. Safe to repeat. False if the caller does not hold the shard at that epoch. */
export async function settleRoleBatch(
  ctx: MutationCtx,
  claim: { shard: number; epoch: number; machineId: Id<"machineTokens"> },
  results: readonly RoleSettlement[],
): Promise<boolean> {
  const lease = await findLease(ctx, claim.shard);
  if (!isHeldBy(lease, claim)) return false;
  for (const result of results) {
    const row = await ctx.db.get("memberRoles", result.memberRoleId);
    if (row?.shard === claim.shard && result.revision <= row.revision) {
      await settleRow(ctx, row, result, isSureUntried(row, lease));
    }
  }
  return true;
}

/** Makes a waiting row due, if it still waits for that moment. */
export async function makeRolesDue(
  ctx: MutationCtx,
  memberRoleId: Id<"memberRoles">,
  dueAtMs: number,
): Promise<void> {
  const row = await ctx.db.get("memberRoles", memberRoleId);
  if (row?.state !== "waiting" || row.dueAtMs !== dueAtMs) return;
  await ctx.db.patch("memberRoles", memberRoleId, { state: "due" });
}

/** Makes due what should have become due a while ago. */
export async function wakeOverdueRoles(ctx: MutationCtx): Promise<void> {
  const overdue = await ctx.db
    .query("memberRoles")
    .withIndex("by_state_due", (q) => q.eq("state", "waiting").lt("dueAtMs", Date.now() - 30_000))
    .take(MOST_RESULTS);
  for (const { _id } of overdue) await ctx.db.patch("memberRoles", _id, { state: "due" });
}

/** Has the row worked on now, from the first attempt. `missing`: what is known not to be held any more. */
export async function tryAgain(
  ctx: MutationCtx,
  row: Row,
  missing: readonly string[] = [],
): Promise<void> {
  await ctx.db.patch("memberRoles", row._id, {
    ...copied(noteMissing(row, missing)),
    revision: row.revision + 1, // a report that is on its way is about another try
    attempt: 0,
    ...dueNow(row),
  });
}

async function settleRow(
  ctx: MutationCtx,
  row: Row,
  result: RoleSettlement,
  isSure: boolean,
): Promise<void> {
  const roles = rolesAfter(row, result, isSure);
  const { give, take } = gapOf(roles);
  const isDone = give.length + take.length === 0;
  if (isDone && roles.wanted.length + roles.ours.length === 0) {
    await ctx.db.delete("memberRoles", row._id);
    return;
  }
  const isCurrent = result.revision === row.revision;
  await ctx.db.patch("memberRoles", row._id, {
    ...copied(roles),
    ...(isCurrent
      ? await nextState(ctx, row, { ...result, outcome: outcomeOf(result, isDone) })
      : {}),
  });
}

function rolesAfter(row: Row, result: RoleSettlement, isSure: boolean): MemberRoles {
  const roles = noteReport(row, result);
  if (result.code === "not_in_server") return noteAbsent(roles);
  return isSure ? roles : { ...roles, untried: [] }; // an earlier holder may have tried them
}

/** What is known to be held decides, not the word. */
function outcomeOf({ outcome }: RoleSettlement, isDone: boolean): RoleSettlement["outcome"] {
  if (isDone) return "applied";
  return outcome === "applied" ? "retry" : outcome;
}

type StateFields = Partial<Pick<Row, "state" | "dueAtMs" | "attempt" | "code" | "message">>;

async function nextState(ctx: MutationCtx, row: Row, result: RoleSettlement): Promise<StateFields> {
  switch (result.outcome) {
    case "applied":
      return { state: "settled", attempt: 0, code: null, message: null };
    case "blocked":
      return { state: "blocked", attempt: row.attempt + 1, ...reasonOf(result) };
    case "retry":
      return await waitFor(ctx, row, result);
    default:
      return result.outcome satisfies never;
  }
}

async function waitFor(ctx: MutationCtx, row: Row, result: RoleSettlement): Promise<StateFields> {
  const isAsked = Number.isFinite(result.retryAfterMs);
  const attempt = isAsked ? row.attempt : row.attempt + 1;
  const reason = reasonOf(result);
  if (attempt >= MAX_ATTEMPTS) return { state: "blocked", attempt, ...reason };
  const delayMs = isAsked ? askedDelayMs(result.retryAfterMs ?? 0) : retryDelayMs(attempt);
  const dueAtMs = Date.now() + jitteredDelayMs(delayMs, Math.random());
  const args = { memberRoleId: row._id, dueAtMs };
  await ctx.scheduler.runAt(dueAtMs, internal.roles.becomeDue, args);
  return { state: "waiting", dueAtMs, attempt, ...reason };
}

function reasonOf({ code, message }: RoleSettlement): Pick<Row, "code" | "message"> {
  return {
    code: code?.slice(0, CODE_LENGTH) ?? null,
    message: message?.slice(0, MESSAGE_LENGTH) ?? null,
  };
}
