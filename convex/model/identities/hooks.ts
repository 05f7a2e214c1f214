/** What else happens in the transaction that makes something somebody's. */
import { internal } from "../../_generated/api.js";
import type { Doc } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { settleRolesOf } from "../roles/want.ts";

const TRY_AGAIN_MS = 5_000;

/** Runs once for every identity that came to a user: roles follow, payments attach what waited for it. */
export async function afterIdentityAttached(
  ctx: MutationCtx,
  identity: Pick<Doc<"identities">, "_id" | "kind" | "userId">,
): Promise<void> {
  if (identity.kind === "discord") await settleRolesOf(ctx, identity.userId);
  const args = { identityId: identity._id, afterMs: 0 };
  try {
    await ctx.runMutation(internal.payments.settleIdentity, args);
  } catch {
    // A purchase that cannot be settled keeps nobody from signing up.
    await ctx.scheduler.runAfter(TRY_AGAIN_MS, internal.payments.settleIdentity, args);
  }
}

/** Runs once for every identity that was taken from a user. */
export async function afterIdentityDetached(
  ctx: MutationCtx,
  { kind, userId }: Pick<Doc<"identities">, "kind" | "userId">,
): Promise<void> {
  if (kind === "discord") await settleRolesOf(ctx, userId);
}
