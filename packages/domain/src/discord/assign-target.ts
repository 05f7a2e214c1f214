/**
 * Which worker shard, and so which token, serves a target channel: by rendezvous
 * hashing among those with room, so that a shard that comes or goes moves only
 * its own channels. The choice is stored; nothing computes it again.
 */

export interface ShardLoad {
  readonly shard: number;
  /** Target channels that its token serves already. */
  readonly targets: number;
}

/** Null without candidates. Where all are full, the one with the fewest targets. */
export function assignTarget(
  channelId: string,
  candidates: readonly ShardLoad[],
  mostTargets: number,
): number | null {
  const roomy = candidates.filter(({ targets }) => targets < mostTargets);
  if (roomy.length > 0) return best(roomy, ({ shard }) => weight(`${channelId} ${shard}`));
  return best(candidates, ({ targets }) => -targets);
}

function best(candidates: readonly ShardLoad[], score: (one: ShardLoad) => number): number | null {
  const sorted = [...candidates].sort((a, b) => score(b) - score(a) || a.shard - b.shard);
  return sorted[0]?.shard ?? null;
}

/** FNV-1a with a finish, so that neighbouring ids scatter. */
function weight(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
