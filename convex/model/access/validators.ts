/** Shapes of access. */
import { type Infer, v } from "convex/values";

/** Why access was decided anew. */
export const vTimelineCause = v.union(
  v.object({ kind: v.literal("event"), eventId: v.id("paymentEvents") }),
  v.object({ kind: v.literal("grant"), grantId: v.id("grants") }),
  v.object({ kind: v.literal("identity"), identityId: v.id("identities") }),
  v.object({ kind: v.literal("purchase"), purchaseId: v.id("purchases") }), // staff said whose it is, or that a trial may be
  v.object({ kind: v.literal("expiry") }), // a term came to its end
  v.object({ kind: v.literal("plan"), planId: v.id("plans") }), // the plan's tier or days were changed
  v.object({ kind: v.literal("merge"), fromUserId: v.id("users") }),
  v.object({ kind: v.literal("deletion") }),
  v.object({ kind: v.literal("replay") }), // the log was applied anew
);

export type TimelineCause = Infer<typeof vTimelineCause>;

/** What entitles somebody. */
export const vEntitlementCause = v.union(
  v.object({ kind: v.literal("purchase"), id: v.id("purchases") }),
  v.object({ kind: v.literal("grant"), id: v.id("grants") }),
);
