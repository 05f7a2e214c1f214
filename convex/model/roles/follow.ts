/**
 * The rows of a server go to the shard that serves it, whenever that is another one: a bot has come to the server
 * or left it, or serves other shards.
 *
 * [RFLW1] Who is to hold a role in a server is worked on under the shard whose bot is there, also if the bot came later.
 * [RFLW2] What the one before may have tried is not said to be untried, and its late reports change nothing.
 */
import { internal } from "../../_generated/api.js";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import { findLease } from "../leases/store.ts";
import { servingShards } from "../routes/assign.ts";
import { SERVER_CODES } from "./events.ts";
import { dueNow } from "./want.ts";

type Row = Doc<"memberRoles">;

const BATCH = 100;
const MOST_GROUPS = 1_000; // servers, and shards that one server's rows are under

/** Moves a batch of what is under the wrong shard, and schedules the rest. Safe to repeat. */
export async function followGuilds(ctx: MutationCtx): Promise<void> {
  const groups = await readGroups(ctx);
  const guildIds = groups.map(({ guildId }) => guildId);
  const shardOf = await servingShards(ctx, guildIds);
  const astray = groups.filter(({ guildId, shard }) => shardOf(guildId) !== shard);
  let left = BATCH;
  for (const { guildId, shard } of astray) {
    const rows = await ctx.db
      .query("memberRoles")
      .withIndex("by_guild_shard", (q) => q.eq("guildId", guildId).eq("shard", shard))
      .take(left);
    for (const row of rows) await move(ctx, row, shardOf(guildId));
    left -= rows.length;
    if (left > 0) continue;
    await ctx.scheduler.runAfter(0, internal.roles.follow, {});
    return;
  }
}

/** Which shards the rows of which server are under: one read for each, however many rows there are. */
async function readGroups(ctx: { db: DatabaseReader }) {
  const groups: Pick<Row, "guildId" | "shard">[] = [];
  while (groups.length < MOST_GROUPS) {
    const last = groups.at(-1);
    const next =
      (last && (await firstBeyond(ctx, last))) ??
      (await ctx.db
        .query("memberRoles")
        .withIndex("by_guild_shard", (q) => q.gt("guildId", last?.guildId ?? ""))
        .first());
    if (next === null) break;
    groups.push({ guildId: next.guildId, shard: next.shard });
  }
  return groups;
}

async function firstBeyond(
  ctx: { db: DatabaseReader },
  { guildId, shard }: Pick<Row, "guildId" | "shard">,
): Promise<Row | null> {
  return await ctx.db
    .query("memberRoles")
    .withIndex("by_guild_shard", (q) => q.eq("guildId", guildId).gt("shard", shard))
    .first();
}

async function move(ctx: MutationCtx, row: Row, shard: number): Promise<void> {
  const mayBeTried = row.state === "due" && (await findLease(ctx, row.shard)) !== null;
  const isCured = row.state === "blocked" && SERVER_CODES.includes(row.code ?? "");
  await ctx.db.patch("memberRoles", row._id, {
    shard,
    ...(mayBeTried ? { untried: [] } : {}),
    revision: row.revision + 1,
    ...(isCured ? { attempt: 0, ...dueNow(row) } : {}),
  });
}
