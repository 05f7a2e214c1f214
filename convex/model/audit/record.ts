/** The audit log: what staff did, written in the transaction of the deed. */
import type { MutationCtx } from "../../_generated/server.js";
import type { Staff } from "../people/staff.ts";

/** Who runs functions from the command line may do all. */
export const COMMAND_LINE: Staff = { actor: { kind: "commandLine" }, role: "owner" };

/** `subject` is the id of what was acted on; `detail` what a reader needs beside it, never a secret. */
export async function recordDeed(
  ctx: MutationCtx & { staff: Staff },
  action: string,
  subject: string,
  detail: string | null = null,
): Promise<void> {
  const { actor } = ctx.staff;
  await ctx.db.insert("auditLog", { actor, action, subject, detail, atMs: Date.now() });
}
