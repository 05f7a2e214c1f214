/** Staff: who works here. */
import { v } from "convex/values";
import { findStaffRole } from "./model/people/caller.ts";
import { vStaffRole } from "./model/people/validators.ts";
import { customerQuery } from "./wrappers.ts";

/** Who one is at the console: `role` is null for a customer. */
export const me = customerQuery({
  args: {},
  returns: { email: v.union(v.string(), v.null()), role: v.union(vStaffRole, v.null()) },
  handler: async (ctx) => {
    const { user, userId } = ctx.person;
    return { email: user.email ?? null, role: await findStaffRole(ctx, userId) };
  },
});
