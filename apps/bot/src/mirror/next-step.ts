/**
 * Decides what closes the gap between a mirror's wanted and applied state.
 *
 * Owns nothing: the worker does what is answered here and settles the outcome.
 */
import type { MirrorWork } from "../backend.ts";

export type Step =
  /** `lookFirst`: an earlier send may have reached Discord; look at the channel before posting. */
  | { readonly kind: "send"; readonly lookFirst: boolean }
  | { readonly kind: "edit"; readonly messageIds: readonly string[] }
  | { readonly kind: "delete"; readonly messageIds: readonly string[] }
  /** Deleted before anybody settled a send that may have reached Discord. */
  | { readonly kind: "removeUnsettled" }
  | { readonly kind: "nothing" };

export function nextStep(work: Pick<MirrorWork, "wanted" | "applied" | "lookFirst">): Step {
  const messageIds = work.applied?.messageIds ?? [];
  if (work.wanted.deleted) {
    if (messageIds.length > 0) return { kind: "delete", messageIds };
    return work.lookFirst ? { kind: "removeUnsettled" } : { kind: "nothing" };
  }
  if (messageIds.length > 0) return { kind: "edit", messageIds };
  return { kind: "send", lookFirst: work.lookFirst };
}
