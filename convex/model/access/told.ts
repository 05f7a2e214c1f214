/** Causes of access in words that staff can follow: ids, and what stands behind them. */
import { type Infer, v } from "convex/values";
import type { DatabaseReader } from "../../_generated/server.js";
import type { TimelineCause, vEntitlementCause } from "./validators.ts";

/** Why access was decided anew, as staff read it. `detail` is null where the kind says it all. */
export const vToldCause = v.object({
  kind: v.union(
    v.literal("event"),
    v.literal("grant"),
    v.literal("identity"),
    v.literal("purchase"),
    v.literal("expiry"),
    v.literal("plan"),
    v.literal("merge"),
    v.literal("deletion"),
    v.literal("replay"),
  ),
  subject: v.union(v.string(), v.null()), // the id of the row
  detail: v.union(v.string(), v.null()),
});

/** What entitles, as staff read it: a purchase by the provider's name for it, a grant by its reason. */
export const vToldReason = v.object({
  kind: v.union(v.literal("purchase"), v.literal("grant")),
  id: v.string(),
  detail: v.union(v.string(), v.null()), // null: the row is gone
});

/** The cause with what its row says. */
export async function tellCause(
  ctx: { db: DatabaseReader },
  cause: TimelineCause,
): Promise<Infer<typeof vToldCause>> {
  const { kind } = cause;
  switch (kind) {
    case "event": {
      const row = await ctx.db.get("paymentEvents", cause.eventId);
      const detail = row === null ? null : `${row.provider} ${row.type} ${row.key}`;
      return { kind, subject: cause.eventId, detail };
    }
    case "grant": {
      const row = await ctx.db.get("grants", cause.grantId);
      return { kind, subject: cause.grantId, detail: row?.reason ?? null };
    }
    case "identity": {
      const row = await ctx.db.get("identities", cause.identityId);
      const detail = row === null ? null : `${row.kind} ${row.value}`;
      return { kind, subject: cause.identityId, detail };
    }
    case "plan": {
      const row = await ctx.db.get("plans", cause.planId);
      return { kind, subject: cause.planId, detail: row?.name ?? null };
    }
    case "purchase": {
      const row = await ctx.db.get("purchases", cause.purchaseId);
      const detail = row === null ? null : `${row.provider} ${row.anchor}`;
      return { kind, subject: cause.purchaseId, detail };
    }
    case "merge":
      return { kind, subject: cause.fromUserId, detail: null };
    case "expiry":
    case "deletion":
    case "replay":
      return { kind, subject: null, detail: null };
    default:
      return kind satisfies never;
  }
}

/** The entitlement's cause with what its row says. */
export async function tellReason(
  ctx: { db: DatabaseReader },
  reason: Infer<typeof vEntitlementCause>,
): Promise<Infer<typeof vToldReason>> {
  if (reason.kind === "grant") {
    const row = await ctx.db.get("grants", reason.id);
    return { ...reason, detail: row?.reason ?? null };
  }
  const row = await ctx.db.get("purchases", reason.id);
  return { ...reason, detail: row === null ? null : `${row.provider} ${row.anchor}` };
}
