/** The audit log: what an operator did, written in the transaction of the deed. */
import type { MutationCtx } from "../../_generated/server.js";
import type { Machine } from "../machines/caller.ts";

/** `subject` is the id of what was acted on. */
export async function recordDeed(
  ctx: MutationCtx & { machine: Machine },
  action: string,
  subject: string,
): Promise<void> {
  const atMs = Date.now();
  await ctx.db.insert("auditLog", { machineId: ctx.machine._id, action, subject, atMs });
}
