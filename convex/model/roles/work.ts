/**
 * The work list: members of a shard's servers whose roles can be brought about now, oldest first.
 *
 * [RWRK1] At most 100 rows, at most 5 of one server: a server that is limited holds up no other.
 * [RWRK2] What an earlier holder may have tried is not said to be untried.
 */
import { gapOf } from "@heliograph/domain";
import type { Infer } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { findLease } from "../leases/store.ts";
import type { vRoleWork } from "./validators.ts";

type Row = Doc<"memberRoles">;

const MOST_ROWS = 100;
const MOST_PER_GUILD = 5; // enough to keep a server's bucket busy: settling takes less than its calls

interface Reader {
  readonly db: DatabaseReader;
}

/** What a worker of the shard can do now. */
export async function readRoleWork(ctx: Reader, shard: number): Promise<Infer<typeof vRoleWork>[]> {
  const lease = await findLease(ctx, shard);
  const rows = await readDueRows(ctx, shard);
  return rows.map((row) => toWork(row, lease));
}

/** Steps from server to server along the index: two reads for each, however long its queue is. */
async function readDueRows(ctx: Reader, shard: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (let after = ""; rows.length < MOST_ROWS; ) {
    const next = await ctx.db
      .query("memberRoles")
      .withIndex("by_shard_state_guild_due", (q) =>
        q.eq("shard", shard).eq("state", "due").gt("guildId", after),
      )
      .first();
    if (next === null) break;
    after = next.guildId;
    rows.push(...(await oldestOf(ctx, shard, after)));
  }
  return rows.sort((one, other) => one.dueAtMs - other.dueAtMs).slice(0, MOST_ROWS);
}

async function oldestOf(ctx: Reader, shard: number, guildId: string): Promise<Row[]> {
  return await ctx.db
    .query("memberRoles")
    .withIndex("by_shard_state_guild_due", (q) =>
      q.eq("shard", shard).eq("state", "due").eq("guildId", guildId),
    )
    .take(MOST_PER_GUILD);
}

function toWork(row: Row, lease: Doc<"leases"> | null): Infer<typeof vRoleWork> {
  const { _id: memberRoleId, guildId, discordId, revision, attempt } = row;
  const untried = isSureUntried(row, lease) ? row.untried : [];
  return { memberRoleId, guildId, discordId, revision, attempt, ...gapOf(row), untried };
}

/**
 * Whether nobody can have tried what the row says is untried. An earlier holder saw what has been due since before
 * the lease, and may have acted without being able to say so.
 */
export function isSureUntried(
  { dueAtMs }: Pick<Row, "dueAtMs">,
  lease: Doc<"leases"> | null,
): boolean {
  return lease !== null && (!lease.tookOver || dueAtMs > lease.heldSinceMs);
}
