/**
 * Machine tokens: made, ended, used. The only writer of `machineTokens` and `tokenUses`.
 *
 * [MAC1] A token is stored as its hash only.
 * [MAC2] A token that was revoked, rotated away or has expired is refused from then on.
 * [MAC3] Last use is written at most once a minute.
 */
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { rotatePreview } from "../feeds/shards.ts";
import type { Machine, MachineKind } from "./caller.ts";

export interface NewMachine {
  readonly kind: MachineKind;
  readonly name: string;
  readonly tokenHash: string;
  readonly sourceId: Id<"sources"> | null;
  readonly ttlMs: number | null;
  readonly shownTo: ShownTo;
}

/** Who has seen a machine's token: a person of the staff, or nobody of them. */
export type ShownTo = Id<"users"> | undefined;

/** A machine whose token is good, or the code of why it is not. */
export type TokenCheck =
  | { readonly ok: true; readonly machine: Machine }
  | { readonly ok: false; readonly code: "unknown_token" | "revoked_token" | "expired_token" };

const USE_EVERY_MS = 60_000;
const SWEPT_AFTER_MS = 30 * 24 * 60 * 60_000;
const SWEEP_ROWS = 100;

/** Stores a machine. One that lives for a time ends by a function scheduled then. */
export async function registerMachine(
  ctx: MutationCtx,
  made: NewMachine,
): Promise<Id<"machineTokens">> {
  const { ttlMs, shownTo, ...machine } = made;
  const expiresAtMs = ttlMs === null ? null : Date.now() + ttlMs;
  const seen = shownTo === undefined ? {} : { shownTo };
  const row = { ...machine, ...seen, state: "active", expiresAtMs, endedAtMs: null } as const;
  const machineId = await ctx.db.insert("machineTokens", row);
  if (ttlMs !== null) {
    await ctx.scheduler.runAfter(ttlMs, internal.machines.expire, { machineId });
  }
  return machineId;
}

/** Gives a machine another token: who has seen only the one before holds nothing. */
export async function replaceTokenOf(
  ctx: MutationCtx,
  machineId: Id<"machineTokens">,
  tokenHash: string,
  shownTo: ShownTo,
): Promise<void> {
  await ctx.db.patch("machineTokens", machineId, { tokenHash, shownTo });
}

/** Ends a machine. Its open subscriptions run again and answer `revoked`. Safe to repeat. */
export async function endMachine(
  ctx: MutationCtx,
  machineId: Id<"machineTokens">,
  state: "revoked" | "expired",
): Promise<void> {
  const machine = await ctx.db.get("machineTokens", machineId);
  if (machine?.state !== "active") return;
  await ctx.db.patch("machineTokens", machineId, { state, endedAtMs: Date.now() });
  if (machine.kind === "console") await rotatePreview(ctx); // it was shown links to media
}

/** The machine a token belongs to. Reads the clock: for mutations, and queries that actions call. */
export async function checkToken(
  ctx: { db: DatabaseReader },
  tokenHash: string,
  nowMs: number,
): Promise<TokenCheck> {
  const machine = await ctx.db
    .query("machineTokens")
    .withIndex("by_tokenHash", (q) => q.eq("tokenHash", tokenHash))
    .unique();
  if (machine === null) return { ok: false, code: "unknown_token" };
  if (machine.state === "revoked") return { ok: false, code: "revoked_token" };
  const isOver = machine.expiresAtMs !== null && machine.expiresAtMs <= nowMs;
  if (machine.state === "expired" || isOver) return { ok: false, code: "expired_token" };
  return { ok: true, machine };
}

/** When the machine was last heard of, or null. */
export async function findUse(
  ctx: { db: DatabaseReader },
  machineId: Id<"machineTokens">,
): Promise<Doc<"tokenUses"> | null> {
  return await ctx.db
    .query("tokenUses")
    .withIndex("by_machineId", (q) => q.eq("machineId", machineId))
    .unique();
}

/** Whether the last use on record is too old to stand. */
export function isUseOld(usedAtMs: number | null, nowMs: number): boolean {
  return usedAtMs === null || usedAtMs <= nowMs - USE_EVERY_MS;
}

/** Records that the machine was heard of then, unless it was within a minute of what is on record. */
export async function recordUse(
  ctx: MutationCtx,
  machineId: Id<"machineTokens">,
  usedAtMs: number,
): Promise<void> {
  const use = await findUse(ctx, machineId);
  if (!isUseOld(use?.usedAtMs ?? null, usedAtMs)) return;
  if (use === null) await ctx.db.insert("tokenUses", { machineId, usedAtMs });
  else await ctx.db.patch("tokenUses", use._id, { usedAtMs });
}

/** Forgets machines that ended long ago. True if there may be more. */
export async function sweepMachines(ctx: MutationCtx): Promise<boolean> {
  const before = Date.now() - SWEPT_AFTER_MS;
  const ended = await ctx.db
    .query("machineTokens")
    .withIndex("by_endedAtMs", (q) => q.gt("endedAtMs", null).lt("endedAtMs", before))
    .take(SWEEP_ROWS);
  for (const machine of ended) {
    const use = await findUse(ctx, machine._id);
    if (use !== null) await ctx.db.delete("tokenUses", use._id);
    await ctx.db.delete("machineTokens", machine._id);
  }
  return ended.length === SWEEP_ROWS;
}

/** Ends machines whose scheduled expiry was missed. */
export async function expireOverdueMachines(ctx: MutationCtx): Promise<void> {
  const overdue = await ctx.db
    .query("machineTokens")
    .withIndex("by_state_expiresAtMs", (q) =>
      q.eq("state", "active").gt("expiresAtMs", null).lt("expiresAtMs", Date.now()),
    )
    .take(SWEEP_ROWS);
  for (const machine of overdue) await endMachine(ctx, machine._id, "expired");
}
