/**
 * Drift sweeps: the worker reads a server's whole member list and compares it with what was settled. The only
 * writer of `roleSweeps`.
 *
 * [RSWP1] A server has at most one sweep that is asked for and not done.
 * [RSWP2] What has drifted is tried again; a row that changed meanwhile is left to whoever works on it.
 * [RSWP3] Every server with mappings is swept by the clock, and its reports are kept for a week.
 */
import type { Infer, ObjectType } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { servingShards } from "../routes/assign.ts";
import { noteLeft } from "./events.ts";
import { readMappings } from "./mappings.ts";
import { tryAgain } from "./settle.ts";
import type { sweepFindings, vDrift, vSweepRow } from "./validators.ts";

export type SweepResult =
  | ({ readonly state: "done" } & ObjectType<typeof sweepFindings>)
  | { readonly state: "failed"; readonly code: string; readonly message: string };

const MOST_OPEN = 20; // given to a worker at once
const MOST_ASKED = 500; // as many servers as may have mappings
const MOST_SHOWN = 50;
const PAGE_ROWS = 200;
const KEPT_MS = 7 * 24 * 60 * 60_000;
const FORGOTTEN_AT_ONCE = 200;
const MOST_SAMPLES = 20;
const NOTHING_FOUND = { members: 0, checked: 0, missing: 0, left: 0, byHand: 0, byHandSample: [] };

/** Asks for a sweep; one that is asked for already is enough. */
export async function askSweep(
  ctx: MutationCtx,
  guildId: string,
  cause: Doc<"roleSweeps">["cause"],
): Promise<Id<"roleSweeps">> {
  const newest = await ctx.db
    .query("roleSweeps")
    .withIndex("by_guild_askedAtMs", (q) => q.eq("guildId", guildId))
    .order("desc")
    .first();
  if (newest?.state === "asked") return newest._id;
  return await ctx.db.insert("roleSweeps", {
    ...{ guildId, state: "asked", cause },
    ...{ askedAtMs: Date.now(), endedAtMs: null, code: null, message: null },
    ...NOTHING_FOUND,
  });
}

/** Asks for one of a server in which the worker may have missed something, if anything is mapped there. */
export async function sweepMissed(ctx: MutationCtx, guildId: string): Promise<void> {
  const isMapped = (await readMappings(ctx)).some((mapping) => mapping.guildId === guildId);
  if (isMapped) await askSweep(ctx, guildId, "worker");
}

/** By the clock: asks for one of every server with mappings, and forgets old reports. */
export async function planSweeps(ctx: MutationCtx): Promise<void> {
  const guildIds = new Set((await readMappings(ctx)).map(({ guildId }) => guildId));
  for (const guildId of guildIds) await askSweep(ctx, guildId, "clock");
  const old = await ctx.db
    .query("roleSweeps")
    .withIndex("by_askedAtMs", (q) => q.lt("askedAtMs", Date.now() - KEPT_MS))
    .take(FORGOTTEN_AT_ONCE);
  for (const { _id } of old) await ctx.db.delete("roleSweeps", _id);
}

/** What a worker of the shard is to sweep, with the roles that are mapped there. */
export async function readSweepWork(
  ctx: { db: DatabaseReader },
  shard: number,
): Promise<{ sweepId: Id<"roleSweeps">; guildId: string; roleIds: string[] }[]> {
  const asked = await ctx.db
    .query("roleSweeps")
    .withIndex("by_state", (q) => q.eq("state", "asked"))
    .take(MOST_ASKED);
  if (asked.length === 0) return [];
  const guildIds = asked.map(({ guildId }) => guildId);
  const shardOf = await servingShards(ctx, guildIds);
  const sweeps = asked.filter(({ guildId }) => shardOf(guildId) === shard).slice(0, MOST_OPEN);
  const mappings = await readMappings(ctx);
  return sweeps.map(({ _id: sweepId, guildId }) => {
    const here = mappings.filter((mapping) => mapping.guildId === guildId);
    return { sweepId, guildId, roleIds: here.map(({ roleId }) => roleId) };
  });
}

/** A page of a server's rows. */
export async function readSweepRows(
  ctx: { db: DatabaseReader },
  guildId: string,
  cursor: string | null,
): Promise<{ rows: Infer<typeof vSweepRow>[]; cursor: string | null }> {
  const { page, isDone, continueCursor } = await ctx.db
    .query("memberRoles")
    .withIndex("by_guild_discord", (q) => q.eq("guildId", guildId))
    .paginate({ cursor, numItems: PAGE_ROWS });
  return { rows: page.map(toSweepRow), cursor: isDone ? null : continueCursor };
}

/** Has what drifted tried again. Safe to repeat. */
export async function noteDrifts(
  ctx: MutationCtx,
  shard: number,
  drifts: readonly Infer<typeof vDrift>[],
): Promise<void> {
  for (const { memberRoleId, revision, drift } of drifts) {
    const row = await ctx.db.get("memberRoles", memberRoleId);
    if (row?.shard !== shard || row.revision !== revision) continue;
    if (toSweepRow(row).state === "open") continue;
    if (drift.kind === "missing") await tryAgain(ctx, row, drift.roleIds);
    else await noteLeft(ctx, row);
  }
}

/** Keeps the report. Safe to repeat. */
export async function endSweep(
  ctx: MutationCtx,
  sweepId: Id<"roleSweeps">,
  result: SweepResult,
): Promise<void> {
  const sweep = await ctx.db.get("roleSweeps", sweepId);
  if (sweep?.state !== "asked") return;
  const endedAtMs = Date.now();
  if (result.state === "failed") {
    await ctx.db.patch("roleSweeps", sweepId, { ...result, endedAtMs });
    return;
  }
  const byHandSample = result.byHandSample.slice(0, MOST_SAMPLES);
  await ctx.db.patch("roleSweeps", sweepId, { ...result, byHandSample, endedAtMs });
}

/** The newest reports. */
export async function listSweeps(ctx: { db: DatabaseReader }): Promise<Doc<"roleSweeps">[]> {
  return await ctx.db.query("roleSweeps").withIndex("by_askedAtMs").order("desc").take(MOST_SHOWN);
}

function toSweepRow(row: Doc<"memberRoles">): Infer<typeof vSweepRow> {
  const { _id: memberRoleId, discordId, revision, wanted, ours } = row;
  return { memberRoleId, discordId, revision, wanted, ours, state: sweepStateOf(row) };
}

function sweepStateOf({ state, code }: Doc<"memberRoles">): Infer<typeof vSweepRow>["state"] {
  if (state === "settled") return "settled";
  return state === "blocked" && code === "not_in_server" ? "absent" : "open";
}
