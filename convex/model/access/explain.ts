/**
 * What if: the decision of any time, by the function that decides for real, from what is stored now.
 * The time is an argument, so a query may ask.
 */
import { decideAccess, nextChangeAtMs } from "@heliograph/domain";
import { type Infer, v } from "convex/values";
import type { Id } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { vFeed } from "../signals/validators.ts";
import { readEntitlements } from "./holdings.ts";
import { storedCause } from "./recompute.ts";
import { tellReason, vToldReason } from "./told.ts";

const span = { tier: vFeed, untilMs: v.union(v.number(), v.null()) };

/** The decision at a time, and every entitlement that was weighed. */
export const explanationFields = {
  decision: v.union(v.object(span), v.null()),
  changesAtMs: v.union(v.number(), v.null()), // null: nothing known changes it
  entitlements: v.array(
    v.object({ ...span, fromMs: v.number(), isInForce: v.boolean(), because: vToldReason }),
  ),
};

type Explanation = {
  [Name in keyof typeof explanationFields]: Infer<(typeof explanationFields)[Name]>;
};

/** Explains the access of a person at a time. */
export async function explainAccess(
  ctx: { db: DatabaseReader },
  userId: Id<"users">,
  atMs: number,
): Promise<Explanation> {
  const weighed = await readEntitlements(ctx, userId);
  const decision = decideAccess(weighed, atMs);
  const entitlements: Explanation["entitlements"] = [];
  for (const { tier, fromMs, untilMs, because } of weighed) {
    const [stored] = storedCause(ctx, because);
    const told =
      stored === undefined ? { ...because, detail: null } : await tellReason(ctx, stored);
    const isInForce = fromMs <= atMs && (untilMs === null || atMs < untilMs);
    entitlements.push({ tier, fromMs, untilMs, isInForce, because: told });
  }
  return {
    decision: decision === null ? null : { tier: decision.tier, untilMs: decision.untilMs },
    changesAtMs: nextChangeAtMs(weighed, atMs),
    entitlements,
  };
}
