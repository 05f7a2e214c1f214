/** Customers as staff find and see them. What they may see, and why, is in access.ts. */
import { v } from "convex/values";
import { findCustomers, vFoundCustomer } from "./model/customers/find.ts";
import { readCustomer, vCustomer } from "./model/customers/show.ts";
import { supportQuery } from "./wrappers.ts";

/** People by e-mail or its beginning, user id, or any id of a provider; at most 20. */
export const find = supportQuery({
  args: { text: v.string() },
  returns: { customers: v.array(vFoundCustomer) },
  handler: async (ctx, { text }) => ({ customers: await findCustomers(ctx, text) }),
});

/** One customer: access now, purchases, identities, grants. Null: there is no such person. */
export const show = supportQuery({
  args: { userId: v.string() },
  returns: { customer: v.union(vCustomer, v.null()) },
  handler: async (ctx, { userId: text }) => {
    const userId = ctx.db.normalizeId("users", text);
    return { customer: userId === null ? null : await readCustomer(ctx, userId) };
  },
});
