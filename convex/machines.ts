/**
 * Machine identities: sources, bots, consoles.
 *
 * Made from the command line:  npx convex run machines:issue '{"kind":"bot","name":"Bot 1"}'
 */
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import { internalAction, internalMutation, internalQuery } from "./_generated/server.js";
import { recordDeed } from "./model/audit/record.ts";
import { listMachines, vMachineListing } from "./model/machines/list.ts";
import {
  checkToken,
  endMachine,
  expireOverdueMachines,
  findUse,
  recordUse,
  registerMachine,
  sweepMachines,
} from "./model/machines/store.ts";
import { hashToken, makeToken } from "./model/machines/tokens.ts";
import { vMachineKind } from "./model/machines/validators.ts";
import { operatorMutation, operatorQuery } from "./wrappers.ts";

/** Functions cannot be scheduled more than five years ahead; leave ttlMs out for a token without end. */
const MOST_TTL_MS = 4 * 365 * 24 * 60 * 60_000;

export const list = operatorQuery({
  args: {},
  returns: { machines: v.array(vMachineListing) },
  handler: async (ctx) => ({ machines: await listMachines(ctx) }),
});

/** Ends a machine at once. Safe to repeat. */
export const revoke = operatorMutation({
  args: { machineId: v.id("machineTokens") },
  returns: v.null(),
  handler: async (ctx, { machineId }) => {
    await endMachine(ctx, machineId, "revoked");
    await recordDeed(ctx, "machines.revoke", machineId);
    return null;
  },
});

/** The same from the command line: npx convex run machines:revokeNow '{"machineId":"..."}' */
export const revokeNow = internalMutation({
  args: { machineId: v.id("machineTokens") },
  returns: v.null(),
  handler: async (ctx, { machineId }) => {
    await endMachine(ctx, machineId, "revoked");
    return null;
  },
});

/** Makes a machine. The token is in the answer and nowhere else. */
export const issue = internalAction({
  args: {
    kind: vMachineKind,
    name: v.string(),
    ttlMs: v.optional(v.number()), // absent: until revoked
    sourceName: v.optional(v.string()), // binds a source token to one source
  },
  returns: v.object({ token: v.string(), machineId: v.id("machineTokens") }),
  handler: async (ctx, { kind, name, ttlMs, sourceName }) => {
    if (ttlMs !== undefined && !(ttlMs > 0 && ttlMs <= MOST_TTL_MS)) {
      throw new Error(`ttlMs is ${ttlMs}; give 1 to ${MOST_TTL_MS}, or leave it out.`);
    }
    const token = makeToken(kind);
    const machineId: Id<"machineTokens"> = await ctx.runMutation(internal.machines.register, {
      kind,
      name,
      tokenHash: hashToken(token),
      ttlMs: ttlMs ?? null,
      sourceName: sourceName ?? null,
    });
    return { token, machineId };
  },
});

/**
 * Gives a machine a new token; the old one is refused from then on. A JWT it was exchanged
 * for lives its ten minutes out: a token that leaked is revoked, not rotated.
 */
export const rotate = internalAction({
  args: { machineId: v.id("machineTokens") },
  returns: v.object({ token: v.string() }),
  handler: async (ctx, { machineId }) => {
    const kind = await ctx.runQuery(internal.machines.activeKindOf, { machineId });
    const token = makeToken(kind);
    await ctx.runMutation(internal.machines.replaceToken, {
      machineId,
      tokenHash: hashToken(token),
    });
    return { token };
  },
});

export const register = internalMutation({
  args: {
    kind: vMachineKind,
    name: v.string(),
    tokenHash: v.string(),
    ttlMs: v.union(v.number(), v.null()),
    sourceName: v.union(v.string(), v.null()),
  },
  returns: v.id("machineTokens"),
  handler: async (ctx, { sourceName, ...made }) => {
    const source =
      sourceName === null
        ? null
        : await ctx.db
            .query("sources")
            .withIndex("by_name", (q) => q.eq("name", sourceName))
            .unique();
    if (sourceName !== null && source === null)
      throw new Error(`No source is named ${sourceName}.`);
    return await registerMachine(ctx, { ...made, sourceId: source?._id ?? null });
  },
});

export const activeKindOf = internalQuery({
  args: { machineId: v.id("machineTokens") },
  returns: vMachineKind,
  handler: async (ctx, { machineId }) => {
    const machine = await ctx.db.get("machineTokens", machineId);
    if (machine === null) throw new Error(`No machine has the id ${machineId}.`);
    if (machine.state !== "active") {
      throw new Error(`${machine.name} has ended (${machine.state}): issue a new machine.`);
    }
    return machine.kind;
  },
});

export const replaceToken = internalMutation({
  args: { machineId: v.id("machineTokens"), tokenHash: v.string() },
  returns: v.null(),
  handler: async (ctx, { machineId, tokenHash }) => {
    await ctx.db.patch("machineTokens", machineId, { tokenHash });
    return null;
  },
});

/** Runs at a machine's expiresAtMs. */
export const expire = internalMutation({
  args: { machineId: v.id("machineTokens") },
  returns: v.null(),
  handler: async (ctx, { machineId }) => {
    await endMachine(ctx, machineId, "expired");
    return null;
  },
});

/** For the HTTP actions: whose token this is, or why it is refused. */
export const check = internalQuery({
  args: { tokenHash: v.string(), nowMs: v.number() },
  returns: v.union(
    v.object({
      ok: v.literal(true),
      machineId: v.id("machineTokens"),
      kind: vMachineKind,
      name: v.string(),
      expiresAtMs: v.union(v.number(), v.null()),
      usedAtMs: v.union(v.number(), v.null()),
    }),
    v.object({ ok: v.literal(false), code: v.string() }),
  ),
  handler: async (ctx, { tokenHash, nowMs }) => {
    const checked = await checkToken(ctx, tokenHash, nowMs);
    if (!checked.ok) return { ok: false as const, code: checked.code };
    const { _id: machineId, kind, name, expiresAtMs } = checked.machine;
    const use = await findUse(ctx, machineId);
    const usedAtMs = use?.usedAtMs ?? null;
    return { ok: true as const, machineId, kind, name, expiresAtMs, usedAtMs };
  },
});

export const touch = internalMutation({
  args: { machineId: v.id("machineTokens") },
  returns: v.null(),
  handler: async (ctx, { machineId }) => {
    await recordUse(ctx, machineId, Date.now());
    return null;
  },
});

/** Ends what should have ended, forgets what ended long ago. */
export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await expireOverdueMachines(ctx);
    const hasMore = await sweepMachines(ctx);
    if (hasMore) await ctx.scheduler.runAfter(0, internal.machines.sweep, {});
    return null;
  },
});
