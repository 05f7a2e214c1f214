/** For the wrappers of actions, which cannot read the database: who is calling. */
import { v } from "convex/values";
import { internalQuery } from "./_generated/server.js";
import { findCallingPerson } from "./model/people/caller.ts";
import { getCallingStaff, vStaff } from "./model/people/staff.ts";
import { vStaffRole } from "./model/people/validators.ts";

export const person = internalQuery({
  args: {},
  returns: v.union(v.object({ userId: v.id("users"), sessionId: v.id("authSessions") }), v.null()),
  handler: async (ctx) => {
    const found = await findCallingPerson(ctx);
    return found === null ? null : { userId: found.userId, sessionId: found.sessionId };
  },
});

/** Throws what a mutation would throw. `nowMs` is the action's clock. */
export const staff = internalQuery({
  args: { least: vStaffRole, nowMs: v.number() },
  returns: vStaff,
  handler: async (ctx, { least, nowMs }) => await getCallingStaff(ctx, least, nowMs),
});
