/** Which tier holds which role of which server. */
import { v } from "convex/values";
import { recordDeed } from "./model/audit/record.ts";
import { readMappings, removeMapping, saveMapping } from "./model/roles/mappings.ts";
import { mappingFields } from "./model/roles/validators.ts";
import { operatorMutation, operatorQuery } from "./wrappers.ts";

export const list = operatorQuery({
  args: {},
  returns: {
    mappings: v.array(v.object({ mappingId: v.id("roleMappings"), ...mappingFields })),
  },
  handler: async (ctx) => {
    const rows = await readMappings(ctx);
    return {
      mappings: rows.map(({ _id: mappingId, _creationTime: _, ...fields }) => {
        return { mappingId, ...fields };
      }),
    };
  },
});

/** Maps a role to a tier; one that is mapped is mapped anew. Everybody with access is looked at again. */
export const save = operatorMutation({
  args: mappingFields,
  returns: v.id("roleMappings"),
  handler: async (ctx, fields) => {
    const mappingId = await saveMapping(ctx, fields);
    const { guildId, roleId, tier, andAbove } = fields;
    const detail = `${guildId}/${roleId} for ${tier}${andAbove ? " and above" : ""}`;
    await recordDeed(ctx, "roleMappings.save", mappingId, detail);
    return mappingId;
  },
});

/** Removes a mapping; who was given the role by it loses the role. Safe to repeat. */
export const remove = operatorMutation({
  args: { mappingId: v.id("roleMappings") },
  returns: v.null(),
  handler: async (ctx, { mappingId }) => {
    await removeMapping(ctx, mappingId);
    await recordDeed(ctx, "roleMappings.remove", mappingId);
    return null;
  },
});
