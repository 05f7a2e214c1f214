/** The doctor: whether routes, sources and roles can work, and what to click if not. */
import { v } from "convex/values";
import { internalMutation } from "./_generated/server.js";
import { recordDeed } from "./model/audit/record.ts";
import {
  examineGuildRole,
  examineJoiningOf,
  examineSourceChannel,
  examineTarget,
  goRound,
  tellTest,
} from "./model/doctor/examine.ts";
import {
  expireTest,
  listWanted,
  settleTest,
  sweepTests,
  takeTest,
  wantTest,
} from "./model/doctor/tests.ts";
import {
  vFinding,
  vMode,
  vPatient,
  vTarget,
  vTestOutcome,
  vToldTest,
} from "./model/doctor/validators.ts";
import { operatorMutation, operatorQuery, workerMutation, workerQuery } from "./wrappers.ts";

/** A target, before or after it is a route's. Follows every change in Discord. */
export const target = operatorQuery({
  args: vTarget.fields,
  returns: { findings: v.array(vFinding), test: v.union(vToldTest, v.null()) },
  handler: async (ctx, args) => ({
    findings: await examineTarget(ctx, args),
    test: await tellTest(ctx, args),
  }),
});

/** A channel that is, or may be, a source. */
export const source = operatorQuery({
  args: { guildId: v.string(), channelId: v.string() },
  returns: { findings: v.array(vFinding) },
  handler: async (ctx, { guildId, channelId }) => ({
    findings: await examineSourceChannel(ctx, guildId, channelId),
  }),
});

/** A role that is, or may be, given to members. */
export const role = operatorQuery({
  args: { guildId: v.string(), roleId: v.string() },
  returns: { findings: v.array(vFinding) },
  handler: async (ctx, { guildId, roleId }) => ({
    findings: await examineGuildRole(ctx, guildId, roleId),
  }),
});

/** A server that people are, or may be, added to. */
export const joining = operatorQuery({
  args: { guildId: v.string() },
  returns: { findings: v.array(vFinding) },
  handler: async (ctx, { guildId }) => ({ findings: await examineJoiningOf(ctx, guildId) }),
});

/** A round over all sources and routes: those with findings. */
export const round = operatorQuery({
  args: {},
  returns: { examined: v.number(), patients: v.array(vPatient) },
  handler: async (ctx) => await goRound(ctx),
});

/** Has the bot write a test message and remove it. Throws `bot_offline`. */
export const test = operatorMutation({
  args: { guildId: v.string(), channelId: v.string(), mode: vMode },
  returns: v.id("targetTests"),
  handler: async (ctx, place) => {
    const testId = await wantTest(ctx, place);
    await recordDeed(ctx, "doctor.test", place.channelId);
    return testId;
  },
});

/** What a bot is asked to test. Meant to be subscribed. */
export const wanted = workerQuery({
  args: { botUserId: v.string() },
  returns: {
    tests: v.array(v.object({ testId: v.id("targetTests"), channelId: v.string(), mode: vMode })),
  },
  handler: async (ctx, { botUserId }) => {
    const rows = await listWanted(ctx, botUserId);
    return { tests: rows.map(({ _id: testId, channelId, mode }) => ({ testId, channelId, mode })) };
  },
});

/** Takes a test; `taken`: by somebody else, or it is over. */
export const take = workerMutation({
  args: { testId: v.id("targetTests") },
  returns: v.union(v.literal("yours"), v.literal("taken")),
  handler: async (ctx, { testId }) => ((await takeTest(ctx, testId)) ? "yours" : "taken"),
});

/** What came of a test. Safe to repeat. */
export const settle = workerMutation({
  args: { testId: v.id("targetTests"), outcome: vTestOutcome },
  returns: v.null(),
  handler: async (ctx, { testId, outcome }) => {
    await settleTest(ctx, testId, outcome);
    return null;
  },
});

/** Runs when a test should have been answered. */
export const expire = internalMutation({
  args: { testId: v.id("targetTests") },
  returns: v.null(),
  handler: async (ctx, { testId }) => {
    await expireTest(ctx, testId);
    return null;
  },
});

export const sweep = internalMutation({
  args: {},
  returns: v.null(),
  handler: async (ctx) => {
    await sweepTests(ctx);
    return null;
  },
});
