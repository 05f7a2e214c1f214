/** What else happens in the transaction that makes something somebody's. */
import { internal } from "../../_generated/api.js";
import type { Doc } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";

const TRY_AGAIN_MS = 5_000;

/** Runs once for every identity that came to a user: payments attach what waited for it. */
export async function afterIdentityAttached(
  ctx: MutationCtx,
  identity: Doc<"identities">,
): Promise<void> {
  const args = { identityId: identity._id, afterMs: 0 };
  try {
    await ctx.runMutation(internal.payments.settleIdentity, args);
  } catch {
    // A purchase that cannot be settled keeps nobody from signing up.
    await ctx.scheduler.runAfter(TRY_AGAIN_MS, internal.payments.settleIdentity, args);
  }
}
