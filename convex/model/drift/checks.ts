/**
 * Checking targets: does each channel show what is applied? The backend says when
 * a target is to be checked and what should stand there; the bot pages the channel,
 * compares and reports. The only writer of `targetChecks`.
 *
 *   route, schedule or operator --> wanted --bot pages and compares--> done
 *
 * [DRI1] Every target is checked once in a while, the one that was longest ago first, and at once when asked for.
 * [DRI2] A message that is missing is treated as one removed by hand; a changed one is wanted again.
 * [DRI3] A message of ours is a stray only if the mirror of its signal in that channel is settled without it.
 */
import type { Feed } from "@heliograph/domain";
import type { Infer } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { noteChanged, noteLosses } from "../mirrors/losses.ts";
import { findPost } from "../mirrors/posts.ts";
import { findMirror } from "../mirrors/want.ts";
import { KnownRows } from "../signals/knownRows.ts";
import type { vCheckReport, vWantedCheck } from "./validators.ts";

type Report = Infer<typeof vCheckReport>;
type Check = Doc<"targetChecks">;

const MOST_WANTED = 5; // what one bot is shown at a time
const TARGETS_PER_TURN = 20;
const MOST_LISTED = 500;

interface Target {
  readonly channelId: string;
  readonly guildId: string;
  readonly shard: number;
}

/** Asks for a check of the target. Safe to repeat. */
export async function wantCheck(ctx: MutationCtx, target: Target, nowMs: number): Promise<void> {
  const known = await findCheck(ctx, target.channelId);
  if (known?.state === "wanted") return;
  const { channelId, guildId, shard } = target;
  if (known !== null) {
    await ctx.db.patch("targetChecks", known._id, { state: "wanted", wantedAtMs: nowMs, shard });
    return;
  }
  const found = { compared: 0, missing: 0, changed: 0, strays: 0, checkedAtMs: null, code: null };
  const wanted = { state: "wanted" as const, wantedAtMs: nowMs };
  await ctx.db.insert("targetChecks", { channelId, guildId, shard, ...wanted, ...found });
}

/** Asks for checks of the targets that were checked longest ago, and of all that never were. */
export async function wantNextChecks(ctx: MutationCtx, nowMs: number): Promise<void> {
  const routes = await ctx.db.query("routes").order("desc").take(MOST_LISTED);
  const targets = new Map(routes.map((route) => [route.channelId, route]));
  for (const target of targets.values()) {
    if ((await findCheck(ctx, target.channelId)) === null) await wantCheck(ctx, target, nowMs);
  }
  const oldest = await ctx.db
    .query("targetChecks")
    .withIndex("by_state_checkedAtMs", (q) => q.eq("state", "done"))
    .take(TARGETS_PER_TURN);
  for (const check of oldest) {
    const target = targets.get(check.channelId);
    if (target !== undefined) await wantCheck(ctx, target, nowMs);
    else if (routes.length < MOST_LISTED) await ctx.db.delete("targetChecks", check._id);
  }
}

/** Asks for a check of every target. */
export async function wantAllChecks(ctx: MutationCtx, nowMs: number): Promise<number> {
  const routes = await ctx.db.query("routes").order("desc").take(MOST_LISTED);
  const targets = new Map(routes.map((route) => [route.channelId, route]));
  for (const target of targets.values()) await wantCheck(ctx, target, nowMs);
  return targets.size;
}

/** The checks that a bot of the shard is to make, the one asked for first. */
export async function readWantedChecks(
  ctx: { db: DatabaseReader },
  shard: number,
): Promise<Infer<typeof vWantedCheck>[]> {
  const checks = await ctx.db
    .query("targetChecks")
    .withIndex("by_shard_state_wantedAtMs", (q) => q.eq("shard", shard).eq("state", "wanted"))
    .take(MOST_WANTED);
  const known = new KnownRows(ctx);
  return await Promise.all(
    checks.map(async ({ channelId, guildId, wantedAtMs }) => {
      const route = await ctx.db
        .query("routes")
        .withIndex("by_channelId", (q) => q.eq("channelId", channelId))
        .first();
      const { place } = await known.rules(route?.rulesId);
      return { channelId, guildId, wantedAtMs, place };
    }),
  );
}

/** All checks, for the console. */
export async function listChecks(ctx: { db: DatabaseReader }): Promise<Check[]> {
  return await ctx.db.query("targetChecks").take(MOST_LISTED);
}

/** Repairs what was found and closes the check; answers the strays that are to be removed. Safe to repeat. */
export async function closeCheck(
  ctx: MutationCtx,
  shard: number,
  report: Report,
  nowMs: number,
): Promise<string[]> {
  await noteLosses(ctx, shard, report.missing);
  for (const mirrorId of report.changed) {
    const mirror = await ctx.db.get("mirrors", mirrorId);
    if (mirror?.shard === shard) await noteChanged(ctx, mirror);
  }
  const strays: string[] = [];
  for (const candidate of report.strays) {
    if (await isStray(ctx, report.channelId, candidate)) strays.push(candidate.messageId);
  }
  const check = await findCheck(ctx, report.channelId);
  if (check === null) return strays;
  await ctx.db.patch("targetChecks", check._id, {
    state: "done",
    checkedAtMs: nowMs,
    compared: report.compared,
    missing: report.missing.length,
    changed: report.changed.length,
    strays: strays.length,
    code: report.code,
  });
  return strays;
}

async function isStray(
  ctx: MutationCtx,
  channelId: string,
  { messageId, feed, seq }: { messageId: string; feed: Feed; seq: number },
): Promise<boolean> {
  if ((await findPost(ctx, messageId)) !== null) return false;
  const mirror = await findMirrorAt(ctx, channelId, { feed, seq });
  // Of a signal that was never mirrored here we know nothing: another deployment may have posted it.
  return mirror?.state === "applied" && mirror.applied?.messageIds.includes(messageId) === false;
}

async function findMirrorAt(
  ctx: MutationCtx,
  channelId: string,
  { feed, seq }: { feed: Feed; seq: number },
): Promise<Doc<"mirrors"> | null> {
  const signal = await ctx.db
    .query("signals")
    .withIndex("by_feed_seq", (q) => q.eq("feed", feed).eq("seq", seq))
    .unique();
  return signal === null ? null : await findMirror(ctx, signal._id, channelId);
}

/** The check of the channel, or null. */
export async function findCheck(
  ctx: { db: DatabaseReader },
  channelId: string,
): Promise<Check | null> {
  return await ctx.db
    .query("targetChecks")
    .withIndex("by_channelId", (q) => q.eq("channelId", channelId))
    .unique();
}
