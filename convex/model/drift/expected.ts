/** What should stand in a target, for the bot that compares. */
import type { Infer } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import type { vMirrorWork } from "../mirrors/validators.ts";
import { toWork } from "../mirrors/work.ts";
import { KnownRows } from "../signals/knownRows.ts";
import { findCheck } from "./checks.ts";

const PAGE = 25;

/**
 * The mirrors of the channel that are applied, the newest first, from those planned before that time on: those
 * of the bot that checks it, where another one served it before.
 * `nextBeforeMs` is null on the last page.
 */
export async function readExpected(
  ctx: { db: DatabaseReader },
  channelId: string,
  plannedBeforeMs: number,
): Promise<{ rows: Infer<typeof vMirrorWork>[]; nextBeforeMs: number | null }> {
  const mirrors = await ctx.db
    .query("mirrors")
    .withIndex("by_channelId", (q) =>
      q.eq("channelId", channelId).lt("_creationTime", plannedBeforeMs),
    )
    .order("desc")
    .take(PAGE);
  const known = new KnownRows(ctx);
  const check = await findCheck(ctx, channelId);
  const isOwn = ({ shard }: Doc<"mirrors">) => check === null || shard === check.shard; // others' bot sees them
  const settled = mirrors.filter((mirror) => mirror.state === "applied" && isOwn(mirror));
  const rows = await Promise.all(settled.map((mirror) => toWork(ctx, known, mirror, null)));
  const last = mirrors.at(-1);
  return {
    rows: rows.filter((row) => row !== null),
    nextBeforeMs: last === undefined || mirrors.length < PAGE ? null : last._creationTime,
  };
}
