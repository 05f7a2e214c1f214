/** A source's batch: is the token good and within its limit, and what became of the items. */
import { type Infer, v } from "convex/values";
import type { MutationCtx } from "../../_generated/server.js";
import { checkToken } from "../machines/store.ts";
import { acceptBatch, type ReadItem } from "./acceptBatch.ts";
import { findThrottle } from "./throttle.ts";
import { vItemResult } from "./validators.ts";

/** Why the whole request is refused. `retryAfterMs` only with `too_many_events`. */
export const vRefusal = v.object({
  state: v.literal("refused"),
  code: v.union(
    v.literal("unknown_token"),
    v.literal("revoked_token"),
    v.literal("expired_token"),
    v.literal("wrong_kind"),
    v.literal("too_many_events"),
  ),
  retryAfterMs: v.optional(v.number()),
});

export const vAcceptance = v.union(
  vRefusal,
  v.object({
    state: v.literal("accepted"),
    results: v.array(vItemResult),
  }),
);

export async function acceptWithToken(
  ctx: MutationCtx,
  request: { tokenHash: string; items: readonly ReadItem[]; receivedAtMs: number },
): Promise<Infer<typeof vAcceptance>> {
  const nowMs = Date.now();
  const checked = await checkToken(ctx, request.tokenHash, nowMs);
  if (!checked.ok) return { state: "refused", code: checked.code };
  const { machine } = checked;
  if (machine.kind !== "source") return { state: "refused", code: "wrong_kind" };
  const throttle = await findThrottle(ctx, machine._id);
  if (throttle !== null && throttle.untilMs > nowMs) {
    return { state: "refused", code: "too_many_events", retryAfterMs: throttle.untilMs - nowMs };
  }
  const origin = { machine, receivedAtMs: request.receivedAtMs };
  return { state: "accepted", results: await acceptBatch(ctx, request.items, origin) };
}
