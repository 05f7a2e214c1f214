/** A source's batch: is the token good and within its limit, and what became of the items. */
import { type Infer, v } from "convex/values";
import type { MutationCtx } from "../../_generated/server.js";
import { acceptBatch, type ReadItem } from "./acceptBatch.ts";
import { admitSender, vRefusal } from "./admit.ts";
import { vItemResult } from "./validators.ts";

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
  const admission = await admitSender(ctx, request.tokenHash, "source");
  if (admission.state === "refused") return admission;
  const origin = { machine: admission.machine, receivedAtMs: request.receivedAtMs };
  return { state: "accepted", results: await acceptBatch(ctx, request.items, origin) };
}
