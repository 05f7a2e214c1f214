/** What else happens in the transaction that makes something somebody's. */
import type { Doc } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";

/** Runs once for every identity that came to a user: payments attach what waited for it. */
export async function afterIdentityAttached(
  _ctx: MutationCtx,
  _identity: Doc<"identities">,
): Promise<void> {}
