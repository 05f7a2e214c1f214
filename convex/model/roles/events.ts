/**
 * What Discord tells beside answers: who came, who left, and that something was changed which had blocked roles.
 *
 * [REVT1] Who joins gets what they are to hold at once; who left holds nothing and is blocked until they join.
 * [REVT2] After a change in a server, what that server's roles and permissions had blocked is tried again, in batches.
 */
import { noteAbsent } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { tryAgain } from "./settle.ts";
import { copied, findMemberRoles } from "./want.ts";

/** What a change in the server may cure. */
export const SERVER_CODES = [
  "bot_below_role",
  "bot_not_in_server",
  "missing_permission",
  "role_gone",
  "role_managed",
];

const MOST_MEMBERS = 100;
const BATCH = 100;

interface MemberChange {
  readonly guildId: string;
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

/** Throws `too_many_members`. Safe to repeat. */
export async function noteMembers(
  ctx: MutationCtx,
  shard: number,
  { guildId, joined, left }: MemberChange,
): Promise<void> {
  if (joined.length > MOST_MEMBERS || left.length > MOST_MEMBERS) {
    const message = `Name at most ${MOST_MEMBERS} members at a time.`;
    throw new ConvexError({ code: "too_many_members", message });
  }
  for (const discordId of left) {
    const row = await findMemberRoles(ctx, { discordId, guildId });
    if (row?.shard === shard) await noteLeft(ctx, row);
  }
  for (const discordId of joined) {
    const row = await findMemberRoles(ctx, { discordId, guildId });
    if (row?.shard === shard) await tryAgain(ctx, row, row.wanted);
  }
}

/** Tries a batch of what these codes have blocked in a server, and schedules the rest. Safe to repeat. */
export async function retryBlocked(
  ctx: MutationCtx,
  guildId: string,
  codes: readonly string[],
): Promise<void> {
  for (const code of codes) {
    const rows = await ctx.db
      .query("memberRoles")
      .withIndex("by_guild_state_code", (q) =>
        q.eq("guildId", guildId).eq("state", "blocked").eq("code", code),
      )
      .take(BATCH);
    for (const row of rows) await tryAgain(ctx, row);
    if (rows.length < BATCH) continue;
    await ctx.scheduler.runAfter(0, internal.roles.retry, { guildId, codes: [...codes] });
    return;
  }
}

/** With the member their roles are gone. */
export async function noteLeft(ctx: MutationCtx, row: Doc<"memberRoles">): Promise<void> {
  if (row.wanted.length === 0) return await ctx.db.delete("memberRoles", row._id);
  await ctx.db.patch("memberRoles", row._id, {
    ...copied(noteAbsent(row)),
    revision: row.revision + 1, // a report that is on its way is about who was still there
    state: "blocked",
    code: "not_in_server",
    message: "This account left the server: it has to join again.",
  });
}
