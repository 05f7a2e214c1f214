/**
 * The effect of a change of the mappings, before it is made: counted over everybody with access, a page at a time.
 *
 * [RMAP3] The preview counts exactly the accounts whose wanted roles the change alters, and changes nothing.
 */
import { type RoleMapping, wantedRoles } from "@heliograph/domain";
import { type Infer, v } from "convex/values";
import type { DatabaseReader } from "../../_generated/server.js";
import { vFeed } from "../signals/validators.ts";
import { readMappings } from "./mappings.ts";
import { discordAccountsOf } from "./want.ts";

/** A mapping of a role as it would be; null: it would be removed. */
export const vMappingChange = v.object({
  guildId: v.string(),
  roleId: v.string(),
  mapping: v.union(v.object({ tier: vFeed, andAbove: v.boolean() }), v.null()),
});

export const effectFields = {
  gain: v.number(), // accounts that would get the role
  lose: v.number(),
  unlinked: v.number(), // people who would get it if they linked Discord
};

type Effect = { gain: number; lose: number; unlinked: number };

const PAGE_PEOPLE = 200;

/** The effect on a page of people. */
export async function effectOnPage(
  ctx: { db: DatabaseReader },
  change: Infer<typeof vMappingChange>,
  cursor: string | null,
): Promise<Effect & { cursor: string | null }> {
  const here = (await readMappings(ctx)).filter(({ guildId }) => guildId === change.guildId);
  const changed = afterChange(here, change);
  const { page, isDone, continueCursor } = await ctx.db
    .query("access")
    .withIndex("by_userId")
    .paginate({ cursor, numItems: PAGE_PEOPLE });
  const effect = { gain: 0, lose: 0, unlinked: 0 };
  for (const { userId, tier } of page) {
    const had = wantedRoles(tier, here).includes(change.roleId);
    const gets = wantedRoles(tier, changed).includes(change.roleId);
    if (had === gets) continue;
    const accounts = (await discordAccountsOf(ctx, userId)).length;
    if (had) effect.lose += accounts;
    else if (accounts === 0) effect.unlinked += 1;
    else effect.gain += accounts;
  }
  return { ...effect, cursor: isDone ? null : continueCursor };
}

function afterChange(
  mappings: readonly RoleMapping[],
  { roleId, mapping }: Infer<typeof vMappingChange>,
): RoleMapping[] {
  const others = mappings.filter((other) => other.roleId !== roleId);
  return mapping === null ? others : [...others, { roleId, ...mapping }];
}
