/**
 * Presence: which bot processes are online. The only writer of `botPresences` and `botPulses`.
 *
 *   online --45 s without a pulse (a scheduled function looks), or it says so--> offline
 *     ^--- appears ---'                                                forgotten a day later
 *
 * [BOT1] A bot that stops is offline at once; one that dies, after 45 s, by a scheduled function.
 * [BOT2] A pulse writes no row that anybody but the list of bots reads.
 */
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import type { Appearance } from "./validators.ts";

/** Without a pulse for this long a bot is taken for dead: two of three may be lost. */
export const SILENT_MS = 45_000;
/** More processes than one seller's bots will ever need. */
export const MOST_PRESENCES = 100;

const KEPT_MS = 24 * 60 * 60_000;
const SWEPT = 50;

type Presence = Doc<"botPresences">;

/** Says a bot is online, or what has changed of it. Safe to repeat. */
export async function appear(
  ctx: MutationCtx,
  machineId: Id<"machineTokens">,
  appearance: Appearance,
): Promise<Id<"botPresences">> {
  const known = await findPresence(ctx, appearance.holder);
  const nowMs = Date.now();
  const wasOnline = known?.state === "online" && known.machineId === machineId;
  const epoch = (known?.epoch ?? 0) + (wasOnline ? 0 : 1);
  const row = {
    ...appearance,
    machineId,
    state: "online" as const,
    code: null,
    sinceMs: wasOnline ? known.sinceMs : nowMs,
    epoch,
  };
  const presenceId = known?._id ?? (await ctx.db.insert("botPresences", row));
  if (known !== null) await ctx.db.patch("botPresences", presenceId, row);
  const servesSame = known?.workerShards.join() === row.workerShards.join();
  if (!wasOnline || !servesSame) await ctx.scheduler.runAfter(0, internal.roles.follow, {});
  if (!wasOnline) {
    await setPulse(ctx, presenceId, { atMs: nowMs, pingMs: null });
    await ctx.scheduler.runAfter(SILENT_MS, internal.bots.expire, { presenceId, epoch });
  }
  return presenceId;
}

/** Discord does not let the bot in: what a person has to act on. Safe to repeat. */
export async function noteRefused(
  ctx: MutationCtx,
  machineId: Id<"machineTokens">,
  { holder, workerShards, code }: { holder: string; workerShards: number[]; code: string },
): Promise<void> {
  const known = await findPresence(ctx, holder);
  const refused = { machineId, state: "refused" as const, code, sinceMs: Date.now() };
  if (known !== null) {
    await ctx.db.patch("botPresences", known._id, { ...refused, epoch: known.epoch + 1 });
    return await endPulse(ctx, known._id);
  }
  const nothing = { botUserId: null, botName: null, intents: [], shardCount: 0, gatewayShards: [] };
  await ctx.db.insert("botPresences", { holder, workerShards, ...nothing, ...refused, epoch: 1 });
}

/** Says the bot lives. False if it is not taken for online: then it has to appear again. */
export async function pulse(
  ctx: MutationCtx,
  machineId: Id<"machineTokens">,
  { holder, pingMs }: { holder: string; pingMs: number | null },
): Promise<boolean> {
  const known = await findPresence(ctx, holder);
  if (known?.state !== "online" || known.machineId !== machineId) return false;
  await setPulse(ctx, known._id, { atMs: Date.now(), pingMs });
  return true;
}

/** The bot stops. Safe to repeat. */
export async function leave(
  ctx: MutationCtx,
  machineId: Id<"machineTokens">,
  holder: string,
): Promise<void> {
  const known = await findPresence(ctx, holder);
  if (known?.state === "online" && known.machineId === machineId) {
    await goOffline(ctx, known, "stopped");
  }
}

/** Takes the bot for dead if it was silent for too long, else looks again when it would be. */
export async function expirePresence(
  ctx: MutationCtx,
  presenceId: Id<"botPresences">,
  epoch: number,
): Promise<void> {
  const known = await ctx.db.get("botPresences", presenceId);
  if (known === null || known.state !== "online" || known.epoch !== epoch) return;
  const last = await findPulse(ctx, presenceId);
  const silentMs = Date.now() - (last?.atMs ?? 0);
  if (silentMs >= SILENT_MS) return await goOffline(ctx, known, "silent");
  await ctx.scheduler.runAfter(SILENT_MS - silentMs, internal.bots.expire, { presenceId, epoch });
}

/** Catches expiries that were missed, and forgets who went a day ago. */
export async function sweepPresences(ctx: MutationCtx): Promise<void> {
  const nowMs = Date.now();
  const silent = await ctx.db
    .query("botPulses")
    .withIndex("by_atMs", (q) => q.lt("atMs", nowMs - 2 * SILENT_MS))
    .take(MOST_PRESENCES);
  for (const { presenceId } of silent) {
    const known = await ctx.db.get("botPresences", presenceId);
    if (known?.state === "online") await goOffline(ctx, known, "silent");
  }
  for (const state of ["offline", "refused"] as const) {
    const gone = await ctx.db
      .query("botPresences")
      .withIndex("by_state_sinceMs", (q) => q.eq("state", state).lt("sinceMs", nowMs - KEPT_MS))
      .take(SWEPT);
    for (const { _id } of gone) await ctx.db.delete("botPresences", _id);
  }
}

/** Every presence, those online first, each state's newest first. */
export async function listPresences(ctx: { db: DatabaseReader }): Promise<Presence[]> {
  const lists = await Promise.all(
    (["online", "refused", "offline"] as const).map(async (state) => {
      return await ctx.db
        .query("botPresences")
        .withIndex("by_state_sinceMs", (q) => q.eq("state", state))
        .order("desc")
        .take(state === "offline" ? 20 : MOST_PRESENCES);
    }),
  );
  return lists.flat();
}

/** The last pulse of a bot, or null. */
export async function findPulse(
  ctx: { db: DatabaseReader },
  presenceId: Id<"botPresences">,
): Promise<Doc<"botPulses"> | null> {
  return await ctx.db
    .query("botPulses")
    .withIndex("by_presenceId", (q) => q.eq("presenceId", presenceId))
    .unique();
}

async function findPresence(ctx: { db: DatabaseReader }, holder: string): Promise<Presence | null> {
  return await ctx.db
    .query("botPresences")
    .withIndex("by_holder", (q) => q.eq("holder", holder))
    .unique();
}

async function goOffline(ctx: MutationCtx, { _id }: Presence, code: string): Promise<void> {
  await ctx.db.patch("botPresences", _id, { state: "offline", code, sinceMs: Date.now() });
  await endPulse(ctx, _id);
}

/** Only who is online has a pulse: the sweep looks at the oldest ones. */
async function endPulse(ctx: MutationCtx, presenceId: Id<"botPresences">): Promise<void> {
  const last = await findPulse(ctx, presenceId);
  if (last !== null) await ctx.db.delete("botPulses", last._id);
}

async function setPulse(
  ctx: MutationCtx,
  presenceId: Id<"botPresences">,
  next: { atMs: number; pingMs: number | null },
): Promise<void> {
  const known = await findPulse(ctx, presenceId);
  if (known === null) await ctx.db.insert("botPulses", { presenceId, ...next });
  else await ctx.db.patch("botPulses", known._id, next);
}
