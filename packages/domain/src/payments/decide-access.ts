/**
 * What a person may see at a time, decided from entitlements alone.
 *
 * [ACC1] The highest tier in force counts; the end of one entitlement never ends another.
 * [ACC2] `untilMs` is when the decision next changes: same-tier entitlements that follow each
 *        other without a gap count as one, and a higher tier that begins meanwhile changes it.
 * [ACC3] An entitlement is in force from its first millisecond up to, not including, its last.
 * [ACC4] Without an entitlement in force there is no access; the next start is told apart.
 */
import { compareTiers, type Tier } from "../tiers.ts";
import type { Entitlement, EntitlementCause } from "./entitlements.ts";
import { earliest, isFilled, isWithin } from "./terms.ts";

/** A tier in force, until when the decision holds (null: no end known), and what gives it. */
export interface AccessDecision {
  readonly tier: Tier;
  readonly untilMs: number | null;
  readonly because: readonly EntitlementCause[];
}

/** The access at that time, or null for none. */
export function decideAccess(
  entitlements: readonly Entitlement[],
  atMs: number,
): AccessDecision | null {
  const inForce = entitlements.filter((entitlement) => isWithin(entitlement, atMs));
  const tier = inForce
    .map((entitlement) => entitlement.tier)
    .sort(compareTiers)
    .at(-1);
  if (tier === undefined) return null;
  const because = inForce.filter((found) => found.tier === tier).map((found) => found.because);
  const lastMs = endOfCoverMs(entitlements, tier, atMs);
  const higher = entitlements.filter((other) => compareTiers(other.tier, tier) > 0);
  return { tier, untilMs: earliest(lastMs, nextStartMs(higher, atMs)), because };
}

/** When the decision made at that time next changes, be it an end or a start; null if never. */
export function nextChangeAtMs(entitlements: readonly Entitlement[], atMs: number): number | null {
  const decision = decideAccess(entitlements, atMs);
  return decision === null ? nextStartMs(entitlements, atMs) : decision.untilMs;
}

function endOfCoverMs(
  entitlements: readonly Entitlement[],
  tier: Tier,
  atMs: number,
): number | null {
  const sameTier = entitlements
    .filter((entitlement) => entitlement.tier === tier)
    .sort((a, b) => a.fromMs - b.fromMs);
  let endMs = atMs;
  for (const { fromMs, untilMs } of sameTier) {
    if (fromMs > endMs) break;
    if (untilMs === null) return null;
    endMs = Math.max(endMs, untilMs);
  }
  return endMs;
}

function nextStartMs(entitlements: readonly Entitlement[], atMs: number): number | null {
  const starts = entitlements
    .filter((entitlement) => entitlement.fromMs > atMs && isFilled(entitlement))
    .map(({ fromMs }) => fromMs);
  return starts.length === 0 ? null : Math.min(...starts);
}
