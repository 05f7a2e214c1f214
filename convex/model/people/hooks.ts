/** What other rooms do in the transaction that deletes an account. */
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { recomputeAccess } from "../access/recompute.ts";
import { forgetCheckouts } from "../checkout/store.ts";
import { forgetStates } from "../discord/linkStates.ts";
import { forgetLink } from "../discord/links.ts";
import { forgetClaims } from "../identities/claims.ts";
import { settleRolesOf } from "../roles/want.ts";

/** Runs after the account was emptied: what others keep of the person goes; access is decided anew, and ends. */
export async function afterUserDeleted(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  await forgetCheckouts(ctx, userId);
  await forgetClaims(ctx, userId);
  await forgetStates(ctx, userId);
  await forgetLink(ctx, userId);
  await recomputeAccess(ctx, userId, { kind: "deletion" });
  await settleRolesOf(ctx, userId); // also if they had no access any more
}
