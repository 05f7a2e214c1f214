/** Why an event cannot be applied. The codes are stable: the failure desk groups by them. */
import { ConvexError } from "convex/values";

/** Failures that trying again cannot mend; the others are tried again by themselves. */
const LASTING = ["unreadable", "group_too_large"] as const;

const CAUSES = [...LASTING, "unexpected"] as const;

export type FailureCause = (typeof CAUSES)[number];

/** What an application throws when it knows why it cannot go on. */
export function paymentFailure(code: (typeof LASTING)[number], message: string) {
  return new ConvexError({ code, message });
}

/** The cause of whatever an application threw, with words for the operator. */
export function failureOf(error: unknown): { cause: string; detail: string; isLasting: boolean } {
  const data = error instanceof ConvexError ? Object(error.data) : {};
  const cause = typeof data.code === "string" ? data.code : "unexpected";
  const message = typeof data.message === "string" ? data.message : messageOf(error);
  const isLasting = LASTING.some((lasting) => lasting === cause);
  return { cause, detail: message.slice(0, 300), isLasting };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "unknown";
}
