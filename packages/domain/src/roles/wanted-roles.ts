/**
 * Which roles of a server somebody is to hold, from their tier and the server's mappings.
 *
 * [ROLE1] Who has no tier is to hold none; a mapping gives its role to its tier, or to that and every higher one.
 */
import { compareTiers, type Tier } from "../tiers.ts";

/** A role of a server and whom it is for. */
export interface RoleMapping {
  readonly roleId: string;
  readonly tier: Tier;
  readonly andAbove: boolean; // also for higher tiers
}

/** The ids, sorted, each once. */
export function wantedRoles(tier: Tier | null, mappings: readonly RoleMapping[]): string[] {
  if (tier === null) return [];
  const fitting = mappings.filter((mapping) => isFor(mapping, tier));
  return [...new Set(fitting.map(({ roleId }) => roleId))].sort();
}

function isFor({ tier: least, andAbove }: RoleMapping, tier: Tier): boolean {
  const order = compareTiers(tier, least);
  return andAbove ? order >= 0 : order === 0;
}
