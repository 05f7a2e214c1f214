/** What other rooms do in the transaction that deletes an account. */
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { recomputeAccess } from "../access/recompute.ts";

/** Runs after the account was emptied: access is decided anew, and ends. */
export async function afterUserDeleted(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  await recomputeAccess(ctx, userId, { kind: "deletion" });
}
