/**
 * Machine identities: sources, bots, consoles.
 *
 * Made from the command line:  npx convex run machines:issue '{"kind":"bot","name":"Bot 1"}'
 */
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import type { Id } from "./_generated/dataModel.js";
import { internalAction, internalMutation, internalQuery } from "./_generated/server.js";
import { COMMAND_LINE, recordDeed } from "./model/audit/record.ts";
import type { MachineKind } from "./model/machines/caller.ts";
import {
  assertMayMake,
  readMachineName,
  readTtl,
  registerNamed,
  shownTo,
  vNewMachine,
} from "./model/machines/issue.ts";
import { listMachines, vMachineListing } from "./model/machines/list.ts";
import {
  checkToken,
  endMachine,
  expireOverdueMachines,
  findUse,
  recordUse,
  replaceTokenOf,
  sweepMachines,
} from "./model/machines/store.ts";
import { hashToken, makeToken } from "./model/machines/tokens.ts";
import { vMachineKind } from "./model/machines/validators.ts";
import { badInput } from "./model/people/passwordFlow.ts";
import { assertStillStaff, vStaff } from "./model/people/staff.ts";
import { operatorAction, operatorMutation, operatorQuery } from "./wrappers.ts";

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
    await recordDeed({ ...ctx, staff: COMMAND_LINE }, "machines.revoke", machineId);
    return null;
  },
});

/** Makes a machine, for the console. The token is in the answer and nowhere else. A console's needs an owner. */
export const issueAsStaff = operatorAction({
  args: {
    kind: vMachineKind,
    name: v.string(),
    ttlMs: v.union(v.number(), v.null()), // null: until revoked
    sourceName: v.union(v.string(), v.null()), // binds a source token to one source
  },
  returns: v.object({ token: v.string(), machineId: v.id("machineTokens") }),
  handler: async (ctx, { kind, name, ttlMs, sourceName }) => {
    const { staff } = ctx;
    assertMayMake(staff, kind);
    const token = makeToken(kind);
    const made = { kind, name: readMachineName(name), ttlMs: readTtl(ttlMs), sourceName };
    const tokenHash = hashToken(token);
    const machineId: Id<"machineTokens"> = await ctx.runMutation(internal.machines.register, {
      staff,
      machine: { ...made, tokenHash },
    });
    return { token, machineId };
  },
});

/** Gives a machine a new token, for the console. The old one is refused from then on. */
export const rotateAsStaff = operatorAction({
  args: { machineId: v.id("machineTokens") },
  returns: v.object({ token: v.string() }),
  handler: async (ctx, { machineId }) => {
    const { staff } = ctx;
    const kind: MachineKind = await ctx.runQuery(internal.machines.activeKindOf, { machineId });
    assertMayMake(staff, kind);
    const token = makeToken(kind);
    const tokenHash = hashToken(token);
    await ctx.runMutation(internal.machines.replaceToken, { staff, machineId, tokenHash });
    return { token };
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
    const token = makeToken(kind);
    const machine = {
      kind,
      name,
      tokenHash: hashToken(token),
      ttlMs: readTtl(ttlMs ?? null),
      sourceName: sourceName ?? null,
    };
    const machineId: Id<"machineTokens"> = await ctx.runMutation(internal.machines.register, {
      staff: COMMAND_LINE,
      machine,
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
    const tokenHash = hashToken(token);
    const made = { staff: COMMAND_LINE, machineId, tokenHash };
    await ctx.runMutation(internal.machines.replaceToken, made);
    return { token };
  },
});

/** With the audit log. */
export const register = internalMutation({
  args: { staff: vStaff, machine: vNewMachine },
  returns: v.id("machineTokens"),
  handler: async (ctx, { staff, machine }) => {
    await assertStillStaff(ctx, staff);
    const machineId = await registerNamed({ ...ctx, staff }, machine);
    await recordDeed({ ...ctx, staff }, "machines.issue", machineId, machine.kind);
    return machineId;
  },
});

export const activeKindOf = internalQuery({
  args: { machineId: v.id("machineTokens") },
  returns: vMachineKind,
  handler: async (ctx, { machineId }) => {
    const machine = await ctx.db.get("machineTokens", machineId);
    if (machine === null) throw badInput(`No machine has the id ${machineId}.`);
    if (machine.state !== "active") {
      throw badInput(`${machine.name} has ended (${machine.state}): issue a new machine.`);
    }
    return machine.kind;
  },
});

/** With the audit log. */
export const replaceToken = internalMutation({
  args: { staff: vStaff, machineId: v.id("machineTokens"), tokenHash: v.string() },
  returns: v.null(),
  handler: async (ctx, { staff, machineId, tokenHash }) => {
    await assertStillStaff(ctx, staff);
    await replaceTokenOf(ctx, machineId, tokenHash, shownTo(staff));
    await recordDeed({ ...ctx, staff }, "machines.rotate", machineId);
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
