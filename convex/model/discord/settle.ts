/** What has to follow wherever somebody's access, link or membership changes. */
import type { Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { settleRolesOf } from "../roles/want.ts";
import { settleJoins } from "./members.ts";

/** Decides anew which servers and roles the person's Discord account should have. Safe to repeat. */
export async function settleDiscordOf(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  // Together: neither reads what the other writes.
  await Promise.all([settleJoins(ctx, userId), settleRolesOf(ctx, userId)]);
}
