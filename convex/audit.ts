/** What staff did, for staff to read. It is written by model/audit, in the transaction of the deed. */
import { v } from "convex/values";
import { listDeeds, vDeed } from "./model/audit/list.ts";
import { operatorQuery } from "./wrappers.ts";

/** The newest first; `subject` is the id of a person, a machine, an invitation ... */
export const list = operatorQuery({
  args: { subject: v.union(v.string(), v.null()), cursor: v.union(v.string(), v.null()) },
  returns: { deeds: v.array(vDeed), cursor: v.union(v.string(), v.null()) },
  handler: async (ctx, { subject, cursor }) => await listDeeds(ctx, subject, cursor),
});
