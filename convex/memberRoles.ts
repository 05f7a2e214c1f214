/** Who holds which role in Discord, for the console: the queue, trying again, drift sweeps. */
import { ConvexError, v } from "convex/values";
import { recordDeed } from "./model/audit/record.ts";
import { readMappings } from "./model/roles/mappings.ts";
import { countFields, countMembers, listMembers, vShownMember } from "./model/roles/queue.ts";
import { tryAgain } from "./model/roles/settle.ts";
import { askSweep, listSweeps } from "./model/roles/sweeps.ts";
import {
  sweepFindings,
  vMemberRolesState,
  vSweepCause,
  vSweepState,
} from "./model/roles/validators.ts";
import { operatorMutation, operatorQuery } from "./wrappers.ts";

const vCursor = v.union(v.string(), v.null());
const vMaybeText = v.union(v.string(), v.null());

/** A page of the members in a state. */
export const list = operatorQuery({
  args: { memberState: vMemberRolesState, cursor: vCursor },
  returns: { members: v.array(vShownMember), cursor: vCursor },
  handler: async (ctx, { memberState, cursor }) => await listMembers(ctx, memberState, cursor),
});

/** How many are not settled, by state. */
export const counts = operatorQuery({
  args: {},
  returns: countFields,
  handler: async (ctx) => await countMembers(ctx),
});

/** Tries a member now, from the first attempt, and takes nothing for granted. Safe to repeat. */
export const retryNow = operatorMutation({
  args: { memberRoleId: v.id("memberRoles") },
  returns: v.null(),
  handler: async (ctx, { memberRoleId }) => {
    const row = await ctx.db.get("memberRoles", memberRoleId);
    if (row === null) return null;
    await tryAgain(ctx, row, row.wanted);
    await recordDeed(
      ctx,
      "memberRoles.retryNow",
      memberRoleId,
      `${row.discordId} in ${row.guildId}`,
    );
    return null;
  },
});

/** Has a whole server compared with what is wanted. Throws `not_mapped` for a server without mappings. */
export const sweepNow = operatorMutation({
  args: { guildId: v.string() },
  returns: v.id("roleSweeps"),
  handler: async (ctx, { guildId }) => {
    const isMapped = (await readMappings(ctx)).some((mapping) => mapping.guildId === guildId);
    if (!isMapped) {
      const message = "No role of this server is mapped: there is nothing to compare.";
      throw new ConvexError({ code: "not_mapped", message });
    }
    const sweepId = await askSweep(ctx, guildId, "operator");
    await recordDeed(ctx, "memberRoles.sweepNow", guildId);
    return sweepId;
  },
});

/** The newest drift reports. */
export const sweeps = operatorQuery({
  args: {},
  returns: {
    sweeps: v.array(
      v.object({
        sweepId: v.id("roleSweeps"),
        guildId: v.string(),
        sweepState: vSweepState,
        cause: vSweepCause,
        askedAtMs: v.number(),
        endedAtMs: v.union(v.number(), v.null()),
        ...sweepFindings,
        code: vMaybeText,
        message: vMaybeText,
      }),
    ),
  },
  handler: async (ctx) => {
    const rows = await listSweeps(ctx);
    return {
      sweeps: rows.map(({ _id: sweepId, _creationTime: _, state, ...fields }) => {
        return { sweepId, sweepState: state, ...fields };
      }),
    };
  },
});
