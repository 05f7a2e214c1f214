/** Member roles as the console shows them: whose are not as wanted, and why. */
import { type Infer, v } from "convex/values";
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { readMappings } from "./mappings.ts";
import { vMemberRolesState } from "./validators.ts";

export const vShownMember = v.object({
  memberRoleId: v.id("memberRoles"),
  discordId: v.string(),
  guildId: v.string(),
  guildName: v.union(v.string(), v.null()), // null: nothing is mapped there any more
  userId: v.union(v.id("users"), v.null()),
  person: v.union(v.string(), v.null()), // e-mail, else name
  wanted: v.array(v.string()), // names of the roles, else ids
  given: v.array(v.string()),
  state: vMemberRolesState,
  dueAtMs: v.number(),
  attempt: v.number(),
  code: v.union(v.string(), v.null()),
  message: v.union(v.string(), v.null()),
});

export const countFields = { due: v.number(), waiting: v.number(), blocked: v.number() };

const PAGE_ROWS = 50;
const MOST_COUNTED = 1_000;

/** A page of the rows in a state, those that came into it last first. */
export async function listMembers(
  ctx: { db: DatabaseReader },
  state: Doc<"memberRoles">["state"],
  cursor: string | null,
): Promise<{ members: Infer<typeof vShownMember>[]; cursor: string | null }> {
  const { page, isDone, continueCursor } = await ctx.db
    .query("memberRoles")
    .withIndex("by_state_due", (q) => q.eq("state", state))
    .order("desc")
    .paginate({ cursor, numItems: PAGE_ROWS });
  const mappings = await readMappings(ctx);
  const members = await Promise.all(page.map((row) => toShown(ctx, row, mappings)));
  return { members, cursor: isDone ? null : continueCursor };
}

/** How many are in each state that is not settled; 1,000 stands for that many or more. */
export async function countMembers(ctx: { db: DatabaseReader }) {
  const count = async (state: Doc<"memberRoles">["state"]) => {
    const rows = await ctx.db
      .query("memberRoles")
      .withIndex("by_state_due", (q) => q.eq("state", state))
      .take(MOST_COUNTED);
    return rows.length;
  };
  return {
    due: await count("due"),
    waiting: await count("waiting"),
    blocked: await count("blocked"),
  };
}

async function toShown(
  ctx: { db: DatabaseReader },
  row: Doc<"memberRoles">,
  mappings: readonly Doc<"roleMappings">[],
): Promise<Infer<typeof vShownMember>> {
  const here = mappings.filter(({ guildId }) => guildId === row.guildId);
  const nameOf = (id: string) => here.find(({ roleId }) => roleId === id)?.name ?? id;
  const user = row.userId === null ? null : await ctx.db.get("users", row.userId);
  const { _id: memberRoleId, discordId, guildId, userId } = row;
  const { state, dueAtMs, attempt, code, message } = row;
  return {
    ...{ memberRoleId, discordId, guildId, userId, state, dueAtMs, attempt, code, message },
    guildName: here[0]?.guildName ?? null,
    person: user?.email ?? user?.name ?? null,
    wanted: row.wanted.map(nameOf),
    given: row.given.map(nameOf),
  };
}
