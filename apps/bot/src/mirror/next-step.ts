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
  /**
   * Nobody settled a post. One may still stand: its answer was lost, or only the
   * first of several messages went through. So the channel is always looked at.
   */
  | { readonly kind: "deleteWhatIsFound" };

export function nextStep(work: Pick<MirrorWork, "wanted" | "applied" | "lookFirst">): Step {
  const messageIds = work.applied?.messageIds ?? [];
  if (work.wanted.deleted) {
    return messageIds.length > 0 ? { kind: "delete", messageIds } : { kind: "deleteWhatIsFound" };
  }
  if (messageIds.length > 0) return { kind: "edit", messageIds };
  return { kind: "send", lookFirst: work.lookFirst };
}
