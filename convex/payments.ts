/** Payments: events in, purchases out. What staff see and do about them is in desk.ts. */
import { v } from "convex/values";
import { internal } from "./_generated/api.js";
import { internalMutation } from "./_generated/server.js";
import { vTimelineCause } from "./model/access/validators.ts";
import { readPurchasesOf, SETTLED_AT_ONCE } from "./model/payments/customers.ts";
import { failureOf } from "./model/payments/failures.ts";
import { beginRebuild, stepRebuild as doStep, prunePurchase } from "./model/payments/rebuild.ts";
import { holdsSettling } from "./model/payments/rebuildState.ts";
import { applyEvent, readInto, receiveEvent, tryEvent } from "./model/payments/receive.ts";
import { recordRefusal } from "./model/payments/refusals.ts";
import { replayGroup as replayBatch } from "./model/payments/repairs.ts";
import { applyAndThrow } from "./model/payments/replay.ts";
import { settleAgain, trySettling } from "./model/payments/settle.ts";
import { putStanding } from "./model/payments/standing.ts";
import { vEventOrigin, vEventState, vProvider } from "./model/payments/validators.ts";

/** Stores a verified event and applies it. Safe to repeat. */
export const receive = internalMutation({
  args: {
    provider: vProvider,
    body: v.string(), // the verified bytes as text
    origin: vEventOrigin,
    receivedAtMs: v.number(),
  },
  returns: v.object({ eventId: v.id("paymentEvents"), isNew: v.boolean() }),
  handler: async (ctx, args) => await receiveEvent(ctx, args),
});

/** Applies one event, or throws: the nested transaction of `receive`, of retries and of replays. */
export const apply = internalMutation({
  args: { eventId: v.id("paymentEvents"), cause: vTimelineCause },
  returns: v.object({ state: vEventState, cause: v.union(v.string(), v.null()) }),
  handler: async (ctx, { eventId, cause }) => await applyEvent(ctx, eventId, cause),
});

/** Tries a failed event again, if nobody has meanwhile. */
export const retry = internalMutation({
  args: { eventId: v.id("paymentEvents"), attempts: v.number() },
  returns: v.null(),
  handler: async (ctx, { eventId, attempts }) => {
    const event = await ctx.db.get("paymentEvents", eventId);
    if (event?.state === "failed" && event.attempts === attempts) {
      await tryEvent(ctx, eventId, { kind: "event", eventId });
    }
    return null;
  },
});

/** Reads an event's body into facts and settles nothing. False: it cannot be read, and is failed. */
export const read = internalMutation({
  args: { eventId: v.id("paymentEvents") },
  returns: v.boolean(),
  handler: async (ctx, { eventId }) => {
    const event = await ctx.db.get("paymentEvents", eventId);
    if (event === null) return true;
    try {
      const standing = await readInto(ctx, event);
      if (standing !== null || event.state === "failed" || event.state === "ignored") {
        const next = standing ?? ({ state: "waiting", cause: "rebuilding" } as const);
        await putStanding(ctx, event, next);
      }
      return true;
    } catch (error) {
      const { cause, detail } = failureOf(error);
      await putStanding(ctx, event, { state: "failed", cause, detail, attempts: event.attempts });
      return false;
    }
  },
});

/** Applies an event and throws what came of it, so that nothing stays: the dry run of a replay. */
export const applyAndUndo = internalMutation({
  args: { eventId: v.id("paymentEvents") },
  returns: v.null(),
  handler: async (ctx, { eventId }) => await applyAndThrow(ctx, eventId),
});

/** A batch of a replay of all events with one cause. */
export const replayGroup = internalMutation({
  args: {
    state: v.union(v.literal("failed"), v.literal("waiting")),
    cause: v.string(),
    afterMs: v.number(),
    afterCreation: v.number(),
    untilMs: v.number(),
  },
  returns: v.null(),
  handler: async (ctx, group) => {
    await replayBatch(ctx, group);
    return null;
  },
});

/** Settles what was bought under an identity that has just become somebody's. */
export const settleIdentity = internalMutation({
  args: { identityId: v.id("identities"), afterMs: v.number() },
  returns: v.null(),
  handler: async (ctx, { identityId, afterMs }) => {
    const identity = await ctx.db.get("identities", identityId);
    if (identity === null || (await holdsSettling(ctx))) return null;
    const rows = await readPurchasesOf(ctx, identity, afterMs);
    const cause = { kind: "identity", identityId } as const;
    const waiting = rows.filter(({ userId }) => userId !== identity.userId); // theirs stays theirs
    for (const { _id } of waiting) await trySettling(ctx, _id, cause, 0);
    const last = rows.at(-1);
    if (rows.length === SETTLED_AT_ONCE && last !== undefined) {
      const next = { identityId, afterMs: last._creationTime };
      await ctx.scheduler.runAfter(0, internal.payments.settleIdentity, next);
    }
    return null;
  },
});

/** Settles a purchase that is known: the nested transaction of whoever settles several. */
export const settle = internalMutation({
  args: { purchaseId: v.id("purchases"), cause: vTimelineCause },
  returns: v.null(),
  handler: async (ctx, { purchaseId, cause }) => {
    await settleAgain(ctx, purchaseId, { cause });
    return null;
  },
});

/** Tries again what failed as one of several. */
export const retrySettling = internalMutation({
  args: { purchaseId: v.id("purchases"), cause: vTimelineCause, attempts: v.number() },
  returns: v.null(),
  handler: async (ctx, { purchaseId, cause, attempts }) => {
    await trySettling(ctx, purchaseId, cause, attempts);
    return null;
  },
});

/** Counts a refused delivery, with why, for the operator. */
export const refuse = internalMutation({
  args: { provider: vProvider, cause: v.string() },
  returns: v.null(),
  handler: async (ctx, { provider, cause }) => {
    await recordRefusal(ctx, provider, cause);
    return null;
  },
});

/** Makes purchases and access anew from the log of events: npx convex run payments:rebuild */
export const rebuild = internalMutation({
  args: {},
  returns: v.id("paymentRebuilds"),
  handler: async (ctx) => await beginRebuild(ctx),
});

/** Removes a purchase that no event speaks of any more; a step of a rebuild. True: it was removed. */
export const prune = internalMutation({
  args: { purchaseId: v.id("purchases") },
  returns: v.boolean(),
  handler: async (ctx, { purchaseId }) => await prunePurchase(ctx, purchaseId),
});

export const stepRebuild = internalMutation({
  args: { rebuildId: v.id("paymentRebuilds") },
  returns: v.null(),
  handler: async (ctx, { rebuildId }) => {
    await doStep(ctx, rebuildId);
    return null;
  },
});
