/**
 * Role mappings: which tier holds which role of which server. The only writer of `roleMappings`.
 *
 * [RMAP1] A role is mapped once; saving it again changes the mapping.
 * [RMAP2] After a change everybody with access is looked at again, in scheduled batches.
 */
import { ConvexError, type ObjectType } from "convex/values";
import { internal } from "../../_generated/api.js";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { DatabaseReader, MutationCtx } from "../../_generated/server.js";
import type { mappingFields } from "./validators.ts";

export type MappingFields = ObjectType<typeof mappingFields>;

const MOST_MAPPINGS = 500; // roles of all servers together
const MOST_NAME_CHARS = 100;

/** All of them, by server. */
export async function readMappings(ctx: { db: DatabaseReader }): Promise<Doc<"roleMappings">[]> {
  return await ctx.db.query("roleMappings").withIndex("by_guild_role").take(MOST_MAPPINGS);
}

/** Saves the mapping of its role. Throws `mapping_invalid`, `too_many_mappings`. Safe to repeat. */
export async function saveMapping(
  ctx: MutationCtx,
  typed: MappingFields,
): Promise<Id<"roleMappings">> {
  const fields = checked(typed);
  const known = await findMapping(ctx, fields);
  if (known === null && (await readMappings(ctx)).length === MOST_MAPPINGS) {
    const message = `There are ${MOST_MAPPINGS} mappings already; remove one first.`;
    throw new ConvexError({ code: "too_many_mappings", message });
  }
  const mappingId = known?._id ?? (await ctx.db.insert("roleMappings", fields));
  if (known !== null) await ctx.db.patch("roleMappings", known._id, fields);
  await lookAtEverybody(ctx);
  return mappingId;
}

/** Removes a mapping: who was given the role by it loses the role. Safe to repeat. */
export async function removeMapping(
  ctx: MutationCtx,
  mappingId: Id<"roleMappings">,
): Promise<void> {
  if ((await ctx.db.get("roleMappings", mappingId)) === null) return;
  await ctx.db.delete("roleMappings", mappingId);
  await lookAtEverybody(ctx);
}

/** The mapping of a role, or null. */
export async function findMapping(
  ctx: { db: DatabaseReader },
  { guildId, roleId }: Pick<MappingFields, "guildId" | "roleId">,
): Promise<Doc<"roleMappings"> | null> {
  return await ctx.db
    .query("roleMappings")
    .withIndex("by_guild_role", (q) => q.eq("guildId", guildId).eq("roleId", roleId))
    .unique();
}

async function lookAtEverybody(ctx: MutationCtx): Promise<void> {
  await ctx.scheduler.runAfter(0, internal.roles.resettle, { cursor: null });
}

function checked(typed: MappingFields): MappingFields {
  const fields = { ...typed, name: typed.name.trim(), guildName: typed.guildName.trim() };
  for (const id of [fields.guildId, fields.roleId]) {
    if (!/^\d{5,25}$/.test(id))
      throw invalid(`"${id}" is no id: copy it in Discord with developer mode on.`);
  }
  if (fields.roleId === fields.guildId)
    throw invalid("This is the role @everyone, which everybody has.");
  for (const name of [fields.name, fields.guildName]) {
    if (name === "" || name.length > MOST_NAME_CHARS)
      throw invalid(`A name has 1 to ${MOST_NAME_CHARS} characters.`);
  }
  return fields;
}

function invalid(message: string): ConvexError<{ code: string; message: string }> {
  return new ConvexError({ code: "mapping_invalid", message });
}
