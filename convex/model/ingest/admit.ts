/** Whether the holder of a token may send: is it good, of the right kind, and within its limit. */
import { type Infer, v } from "convex/values";
import type { MutationCtx } from "../../_generated/server.js";
import type { Machine, MachineKind } from "../machines/caller.ts";
import { checkToken } from "../machines/store.ts";
import { findThrottle } from "./throttle.ts";

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

export type Admission =
  | { readonly state: "admitted"; readonly machine: Machine }
  | Infer<typeof vRefusal>;

/** Looks at a token of that kind. */
export async function admitSender(
  ctx: MutationCtx,
  tokenHash: string,
  kind: MachineKind,
): Promise<Admission> {
  const nowMs = Date.now();
  const checked = await checkToken(ctx, tokenHash, nowMs);
  if (!checked.ok) return { state: "refused", code: checked.code };
  const { machine } = checked;
  if (machine.kind !== kind) return { state: "refused", code: "wrong_kind" };
  const throttle = await findThrottle(ctx, machine._id);
  if (throttle !== null && throttle.untilMs > nowMs) {
    return { state: "refused", code: "too_many_events", retryAfterMs: throttle.untilMs - nowMs };
  }
  return { state: "admitted", machine };
}
