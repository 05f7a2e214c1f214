/** Which tier holds which role of which server. */
import { type ObjectType, v } from "convex/values";
import { internal } from "./_generated/api.js";
import { internalQuery } from "./_generated/server.js";
import { recordDeed } from "./model/audit/record.ts";
import { readMappings, removeMapping, saveMapping } from "./model/roles/mappings.ts";
import { effectFields, effectOnPage, vMappingChange } from "./model/roles/preview.ts";
import { mappingFields } from "./model/roles/validators.ts";
import { operatorAction, operatorMutation, operatorQuery } from "./wrappers.ts";

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

/** What a change would do, before it is made: how many accounts get the role, and how many lose it. */
export const preview = operatorAction({
  args: { change: vMappingChange },
  returns: v.object(effectFields),
  handler: async (ctx, { change }): Promise<ObjectType<typeof effectFields>> => {
    const sum = { gain: 0, lose: 0, unlinked: 0 };
    let cursor: string | null = null;
    do {
      const args: { change: typeof change; cursor: string | null } = { change, cursor };
      const page = await ctx.runQuery(internal.roleMappings.previewPage, args);
      sum.gain += page.gain;
      sum.lose += page.lose;
      sum.unlinked += page.unlinked;
      cursor = page.cursor;
    } while (cursor !== null);
    return sum;
  },
});

/** For `preview`. */
export const previewPage = internalQuery({
  args: { change: vMappingChange, cursor: v.union(v.string(), v.null()) },
  returns: v.object({ ...effectFields, cursor: v.union(v.string(), v.null()) }),
  handler: async (ctx, { change, cursor }) => await effectOnPage(ctx, change, cursor),
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
