/**
 * The roles somebody should have in Discord, and why not yet.
 *
 * [RMINE1] Every role that the person's tier gives is named, with the code of what holds it up; without a linked
 *          account that is `not_linked`.
 */
import { wantedRoles } from "@heliograph/domain";
import { type Infer, v } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { findAccess } from "../access/row.ts";
import { readMappings } from "./mappings.ts";
import { discordAccountsOf, findMemberRoles } from "./want.ts";

export const vOwnRole = v.object({
  guildId: v.string(),
  guildName: v.string(),
  roleId: v.string(),
  name: v.string(),
  state: v.union(v.literal("held"), v.literal("coming"), v.literal("blocked")),
  code: v.union(v.string(), v.null()), // what holds it up
});

type OwnRole = Infer<typeof vOwnRole>;

/** By server and role; with several accounts the first decides. */
export async function readOwnRoles(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
): Promise<OwnRole[]> {
  const tier = (await findAccess(ctx, userId))?.tier ?? null;
  const [discordId] = await discordAccountsOf(ctx, userId);
  const mappings = await readMappings(ctx);
  const roles: OwnRole[] = [];
  for (const [guildId, here] of Map.groupBy(mappings, (mapping) => mapping.guildId)) {
    const wanted = wantedRoles(tier, here);
    if (wanted.length === 0) continue;
    const place = discordId === undefined ? null : { discordId, guildId };
    const row = place === null ? null : await findMemberRoles(ctx, place);
    for (const { roleId, name, guildName } of here) {
      if (!wanted.includes(roleId)) continue;
      const standing = place === null ? NOT_LINKED : standingOf(row, roleId);
      roles.push({ guildId, guildName, roleId, name, ...standing });
    }
  }
  return roles;
}

const NOT_LINKED = { state: "blocked", code: "not_linked" } as const;

function standingOf(
  row: Doc<"memberRoles"> | null,
  roleId: string,
): Pick<OwnRole, "state" | "code"> {
  if (row === null) return { state: "coming", code: null };
  if (row.given.includes(roleId) || row.byHand.includes(roleId))
    return { state: "held", code: null };
  return { state: row.state === "blocked" ? "blocked" : "coming", code: row.code };
}
