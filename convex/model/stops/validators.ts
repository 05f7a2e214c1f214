/** Shapes of stops. */
import { type Infer, v } from "convex/values";
import { vProvider } from "../payments/validators.ts";

/** What must not go on at a provider. */
export const vStopWhat = v.union(
  v.literal("renewals"), // of a subscription or membership
  v.literal("checkout"), // an open page at which somebody could still pay
);

export const vStopReason = v.union(
  v.literal("account_deleted"),
  v.literal("plan_archived"),
  v.literal("replaced"), // another checkout took its place
);

export const vStopState = v.union(
  v.literal("due"), // an attempt is planned or under way
  v.literal("stopped"),
  v.literal("paid"), // a checkout was paid before it could be ended
  v.literal("failed"), // given up: somebody has to see to it at the provider
);

/** How an attempt ended. `code` is ours and never what the provider wrote. */
export const vStopResult = v.union(
  v.object({ kind: v.literal("stopped") }),
  v.object({
    kind: v.literal("paid"),
    subscription: v.union(v.string(), v.null()), // what was bought, if it renews
  }),
  v.object({
    kind: v.literal("refused"),
    code: v.string(),
    isPassing: v.boolean(),
    afterMs: v.union(v.number(), v.null()), // when the provider wants to be asked again
  }),
);

export type StopResult = Infer<typeof vStopResult>;

/** What is asked of a provider. */
export const vStopTarget = v.object({ provider: vProvider, what: vStopWhat, ref: v.string() });

export type StopTarget = Infer<typeof vStopTarget>;

export const vStopFields = {
  provider: vProvider,
  what: vStopWhat,
  ref: v.string(), // the provider's id: sub_1, mem_1, 55, cs_1
  userId: v.union(v.id("users"), v.null()),
  reason: vStopReason,
  state: vStopState,
  attempts: v.number(),
  dueAtMs: v.number(), // when the next attempt begins, or the running one is taken for lost
  code: v.union(v.string(), v.null()), // why the last attempt failed
  wantedAtMs: v.number(),
  settledAtMs: v.union(v.number(), v.null()),
};
