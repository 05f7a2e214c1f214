/**
 * Test messages: wanted by staff, written and removed by the bot. The only writer of `targetTests`.
 *
 *   wanted --the bot takes it, once--> running --it says what came of it--> done
 *      '------------- 30 s (a scheduled function looks) -------------> unanswered
 *
 * [DOC1] A test is taken by one process, and ends: done, or unanswered after 30 s.
 * [DOC2] One test of a channel at a time.
 */
import { ConvexError } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { botFor } from "./servingBot.ts";
import type { Target, TestOutcome } from "./validators.ts";

const ANSWERED_WITHIN_MS = 30_000;
const KEPT_MS = 24 * 60 * 60_000;
const MOST_WANTED = 10;
const SWEPT = 100;
const CODE_LENGTH = 64;
const MESSAGE_LENGTH = 500;

type TargetTest = Doc<"targetTests">;
type Place = Pick<Target, "guildId" | "channelId" | "mode">;

/** Asks the bot of the target for a test message, or gives the one under way. Throws `bot_offline`. */
export async function wantTest(ctx: MutationCtx, place: Place): Promise<Id<"targetTests">> {
  const last = await findTest(ctx, place);
  if (last?.state === "wanted" || last?.state === "running") return last._id;
  const bot = await botFor(ctx, place);
  if (bot?.state !== "online" || bot.botUserId === null) {
    const message = "The bot of this channel is not online: start it first.";
    throw new ConvexError({ code: "bot_offline", message });
  }
  const testId = await ctx.db.insert("targetTests", {
    ...place,
    botUserId: bot.botUserId,
    state: "wanted",
    requestedAtMs: Date.now(),
    webhooks: null,
    code: null,
    message: null,
  });
  await ctx.scheduler.runAfter(ANSWERED_WITHIN_MS, internal.doctor.expire, { testId });
  return testId;
}

/** The tests that a bot has not taken yet. */
export async function listWanted(
  ctx: { db: DatabaseReader },
  botUserId: string,
): Promise<TargetTest[]> {
  return await ctx.db
    .query("targetTests")
    .withIndex("by_bot_state", (q) => q.eq("botUserId", botUserId).eq("state", "wanted"))
    .take(MOST_WANTED);
}

/** True for the one who takes it. */
export async function takeTest(ctx: MutationCtx, testId: Id<"targetTests">): Promise<boolean> {
  const test = await ctx.db.get("targetTests", testId);
  if (test?.state !== "wanted") return false;
  await ctx.db.patch("targetTests", testId, { state: "running" });
  return true;
}

/** Says what came of it. Safe to repeat; too late changes nothing. */
export async function settleTest(
  ctx: MutationCtx,
  testId: Id<"targetTests">,
  { webhooks, code, message }: TestOutcome,
): Promise<void> {
  const test = await ctx.db.get("targetTests", testId);
  if (test?.state !== "running") return;
  await ctx.db.patch("targetTests", testId, {
    state: "done",
    webhooks,
    code: code?.slice(0, CODE_LENGTH) ?? null,
    message: message?.slice(0, MESSAGE_LENGTH) ?? null,
  });
}

/** Ends a test that nobody answered. */
export async function expireTest(ctx: MutationCtx, testId: Id<"targetTests">): Promise<void> {
  const test = await ctx.db.get("targetTests", testId);
  if (test?.state !== "wanted" && test?.state !== "running") return;
  await ctx.db.patch("targetTests", testId, { state: "unanswered" });
}

/** Forgets tests of yesterday. */
export async function sweepTests(ctx: MutationCtx): Promise<void> {
  const old = await ctx.db
    .query("targetTests")
    .withIndex("by_requestedAtMs", (q) => q.lt("requestedAtMs", Date.now() - KEPT_MS))
    .take(SWEPT);
  for (const { _id } of old) await ctx.db.delete("targetTests", _id);
}

/** The last test of the channel in that mode, or null. */
export async function findTest(
  ctx: { db: DatabaseReader },
  { channelId, mode }: Pick<Place, "channelId" | "mode">,
): Promise<TargetTest | null> {
  return await ctx.db
    .query("targetTests")
    .withIndex("by_channel_mode", (q) => q.eq("channelId", channelId).eq("mode", mode))
    .order("desc")
    .first();
}
