/** Access given by hand. The only writer of `grants`; every deed has its reason and its audit entry. */
import type { Tier } from "@heliograph/domain";
import { ConvexError } from "convex/values";
import type { Doc, Id } from "../../_generated/dataModel.js";
import type { MutationCtx } from "../../_generated/server.js";
import { recordDeed } from "../audit/record.ts";
import type { Staff } from "../people/staff.ts";
import { readGrants } from "./holdings.ts";
import { recomputeAccess } from "./recompute.ts";

const MOST_REASON_CHARACTERS = 500;
const LAST_MS = Date.UTC(9999, 0); // what a date field can write

export interface Gift {
  readonly userId: Id<"users">;
  readonly tier: Tier;
  readonly untilMs: number | null;
  readonly reason: string;
}

/** Gives access from now on. The same gift while it is in force is given once. */
export async function giveGrant(
  ctx: MutationCtx & { staff: Staff },
  gift: Gift,
): Promise<Id<"grants">> {
  const nowMs = Date.now();
  const reason = gift.reason.trim();
  checkGift({ ...gift, reason }, nowMs);
  await checkUser(ctx, gift.userId);
  const { userId, tier, untilMs } = gift;
  const known = (await readGrants(ctx, userId)).find((grant) =>
    isSameGift(grant, { ...gift, reason }),
  );
  if (known !== undefined) return known._id;
  const row = { userId, tier, fromMs: nowMs, untilMs, reason, revokedAtMs: null };
  const grantId = await ctx.db.insert("grants", row);
  await recordDeed(ctx, "access.giveGrant", userId, `${tier}, ${endText(untilMs)}: ${reason}`);
  await recomputeAccess(ctx, userId, { kind: "grant", grantId });
  return grantId;
}

/** Takes a grant back at once. Safe to repeat. */
export async function revokeGrant(
  ctx: MutationCtx & { staff: Staff },
  grantId: Id<"grants">,
): Promise<void> {
  const grant = await ctx.db.get("grants", grantId);
  if (grant === null) throw refused("no_such_grant", "There is no such grant.");
  if (grant.revokedAtMs !== null) return;
  await ctx.db.patch("grants", grantId, { revokedAtMs: Date.now() });
  await recordDeed(ctx, "access.revokeGrant", grant.userId, grant.reason);
  await recomputeAccess(ctx, grant.userId, { kind: "grant", grantId });
}

function checkGift({ reason, untilMs }: Gift, nowMs: number): void {
  if (reason === "") throw refused("bad_reason", "Say why this access is given.");
  if (reason.length > MOST_REASON_CHARACTERS) {
    throw refused("bad_reason", `A reason has at most ${MOST_REASON_CHARACTERS} characters.`);
  }
  if (untilMs === null) return;
  if (!Number.isSafeInteger(untilMs) || untilMs <= nowMs || untilMs > LAST_MS) {
    throw refused("bad_end", "The end lies in the future, or there is none.");
  }
}

async function checkUser(ctx: MutationCtx, userId: Id<"users">): Promise<void> {
  const user = await ctx.db.get("users", userId);
  if (user === null || user.deletedAtMs !== undefined) {
    throw refused("no_such_user", "There is no such person, or their account was deleted.");
  }
}

function isSameGift(grant: Doc<"grants">, gift: Gift): boolean {
  if (grant.revokedAtMs !== null || grant.tier !== gift.tier) return false;
  return grant.untilMs === gift.untilMs && grant.reason === gift.reason;
}

function endText(untilMs: number | null): string {
  return untilMs === null ? "without end" : `until ${new Date(untilMs).toISOString()}`;
}

function refused(code: string, message: string): ConvexError<{ code: string; message: string }> {
  return new ConvexError({ code, message });
}
