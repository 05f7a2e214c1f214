/** What other rooms do in the transaction that deletes an account. */
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";

/** Runs after the account was emptied: access is decided anew, roles settle, renewals stop. */
export async function afterUserDeleted(_ctx: MutationCtx, _userId: Id<"users">): Promise<void> {}
