/** The failure desk and the log of payment events, for staff. What repairs a plan's refs is in catalogue.ts. */
import { ConvexError, v } from "convex/values";
import { internal } from "./_generated/api.js";
import { recordDeed } from "./model/audit/record.ts";
import { readGroups, vDeskGroup } from "./model/payments/desk.ts";
import { findFacts } from "./model/payments/factRows.ts";
import { readEventPage, readProblemPage, vPageOf } from "./model/payments/lists.ts";
import { maskBody } from "./model/payments/masking.ts";
import { findRunning } from "./model/payments/rebuildState.ts";
import { tryEvent } from "./model/payments/receive.ts";
import { readRefusals } from "./model/payments/refusals.ts";
import {
  getUserByEmail,
  linkPurchase,
  overrideTrial as storeOverride,
} from "./model/payments/repairs.ts";
import {
  previewReplay as dryRun,
  readOutcome,
  vOutcome,
  vReplayDiff,
} from "./model/payments/replay.ts";
import {
  summaryOfEvent,
  summaryOfPurchase,
  vEventSummary,
  vPurchaseSummary,
} from "./model/payments/summaries.ts";
import { readRivals } from "./model/payments/trials.ts";
import { vEventState, vProvider, vPurchaseProblem } from "./model/payments/validators.ts";
import { MOST_COUNTED, readFailures } from "./model/stops/list.ts";
import { operatorMutation, operatorQuery, supportQuery } from "./wrappers.ts";

const vCursor = v.union(v.string(), v.null());

/** What waits for somebody: for the badge. Grows with every new cause and purchase. */
export const badge = supportQuery({
  args: {},
  returns: { open: v.number(), isMore: v.boolean(), newestAtMs: v.union(v.number(), v.null()) },
  handler: async (ctx) => {
    const alarming = (await readGroups(ctx)).filter(({ isAlarming }) => isAlarming);
    const failures = await readFailures(ctx);
    const times = [...alarming.map(({ newestAtMs }) => newestAtMs), ...failures];
    const counts = [...alarming.map(({ count }) => count), Math.min(failures.length, MOST_COUNTED)];
    return {
      open: counts.reduce((sum, count) => sum + count, 0),
      isMore: failures.length > MOST_COUNTED || alarming.some(({ isMore }) => isMore),
      newestAtMs: times.length === 0 ? null : Math.max(...times),
    };
  },
});

/** Everything unresolved by cause, and why deliveries were refused. */
export const groups = supportQuery({
  args: {},
  returns: {
    groups: v.array(vDeskGroup),
    refusals: v.array(
      v.object({
        provider: vProvider,
        cause: v.string(),
        count: v.number(),
        firstAtMs: v.number(),
        lastAtMs: v.number(),
      }),
    ),
    rebuild: v.union(v.object({ phase: v.string(), events: v.number() }), v.null()),
  },
  handler: async (ctx) => {
    const running = await findRunning(ctx);
    const refusals = await readRefusals(ctx);
    return {
      groups: await readGroups(ctx),
      refusals: refusals.map(({ _id, _creationTime, ...fields }) => fields),
      rebuild: running === null ? null : { phase: running.phase, events: running.events },
    };
  },
});

/** The log of events, newest first. */
export const events = supportQuery({
  args: {
    provider: v.union(vProvider, v.null()),
    eventState: v.union(vEventState, v.null()),
    cause: v.union(v.string(), v.null()), // only with a state
    cursor: vCursor,
  },
  returns: vPageOf(vEventSummary),
  handler: async (ctx, args) => await readEventPage(ctx, args),
});

/** One event: what it led to, what it says, and its body without personal data. */
export const event = operatorQuery({
  args: { eventId: v.id("paymentEvents") },
  returns: {
    event: vEventSummary,
    outcome: vOutcome,
    facts: v.string(), // JSON
    maskedBody: v.string(),
  },
  handler: async (ctx, { eventId }) => {
    const row = await ctx.db.get("paymentEvents", eventId);
    if (row === null) throw new ConvexError({ code: "not_found", message: "No such event." });
    const facts = await findFacts(ctx, eventId);
    return {
      event: summaryOfEvent(row),
      outcome: await readOutcome(ctx, eventId),
      facts: maskBody(facts?.facts ?? "[]"),
      maskedBody: maskBody(row.body),
    };
  },
});

/** Purchases with a problem, oldest first. */
export const purchases = supportQuery({
  args: { problem: vPurchaseProblem, cursor: vCursor },
  returns: vPageOf(vPurchaseSummary),
  handler: async (ctx, { problem, cursor }) => await readProblemPage(ctx, problem, cursor),
});

/** Whose trials stand in the way of one that was refused. */
export const trialRivals = operatorQuery({
  args: { purchaseId: v.id("purchases") },
  returns: {
    rivals: v.array(
      v.object({ sharedBy: v.string(), startedAtMs: v.number(), purchase: vPurchaseSummary }),
    ),
  },
  handler: async (ctx, { purchaseId }) => {
    const claims = (await readRivals(ctx, purchaseId)).slice(0, 20);
    const found = await Promise.all(
      claims.map(async (claim) => ({
        claim,
        row: await ctx.db.get("purchases", claim.purchaseId),
      })),
    );
    const rivals = found.flatMap(({ claim, row }) => (row === null ? [] : [{ claim, row }]));
    return {
      rivals: await Promise.all(
        rivals.map(async ({ claim, row }) => ({
          sharedBy: claim.key.split(":")[0] ?? "",
          startedAtMs: claim.startedAtMs,
          purchase: await summaryOfPurchase(ctx, row),
        })),
      ),
    };
  },
});

/** Says whose a purchase is: the account of that verified e-mail. */
export const linkUser = operatorMutation({
  args: { purchaseId: v.id("purchases"), email: v.string() },
  returns: v.object({ isCustomerLinked: v.boolean() }), // false: the customer is somebody else's
  handler: async (ctx, { purchaseId, email }) => {
    const userId = await getUserByEmail(ctx, email);
    const linked = await linkPurchase(ctx, purchaseId, userId);
    await recordDeed(ctx, "desk.linkUser", purchaseId, userId);
    return linked;
  },
});

/** Decides of one trial, whatever the guard says. */
export const overrideTrial = operatorMutation({
  args: { purchaseId: v.id("purchases"), isAllowed: v.boolean(), reason: v.string() },
  returns: v.null(),
  handler: async (ctx, { purchaseId, ...decided }) => {
    if (decided.reason.trim() === "") {
      throw new ConvexError({ code: "reason_missing", message: "Say why." });
    }
    await storeOverride(ctx, purchaseId, decided);
    const detail = `${decided.isAllowed ? "allowed" : "refused"}: ${decided.reason}`;
    await recordDeed(ctx, "desk.overrideTrial", purchaseId, detail);
    return null;
  },
});

/** What replaying an event would change. Writes nothing. */
export const previewReplay = operatorMutation({
  args: { eventId: v.id("paymentEvents") },
  returns: vReplayDiff,
  handler: async (ctx, { eventId }) => await dryRun(ctx, eventId),
});

/** Applies an event again. */
export const replay = operatorMutation({
  args: { eventId: v.id("paymentEvents") },
  returns: vOutcome,
  handler: async (ctx, { eventId }) => {
    await readOutcome(ctx, eventId);
    await tryEvent(ctx, eventId, { kind: "event", eventId });
    await recordDeed(ctx, "desk.replay", eventId);
    return await readOutcome(ctx, eventId);
  },
});

/** Applies all events again that are in this state for this cause, in scheduled batches. */
export const replayAll = operatorMutation({
  args: { eventState: v.union(v.literal("failed"), v.literal("waiting")), cause: v.string() },
  returns: v.null(),
  handler: async (ctx, { eventState: state, cause }) => {
    const group = { state, cause, afterMs: 0, afterCreation: 0, untilMs: Date.now() };
    await ctx.scheduler.runAfter(0, internal.payments.replayGroup, group);
    await recordDeed(ctx, "desk.replayAll", cause);
    return null;
  },
});
