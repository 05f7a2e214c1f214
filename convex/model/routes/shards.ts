/**
 * Worker shards: guilds are spread over them, a bot process holds some of them.
 * Rows remember their shard, so the count may only change together with a
 * migration of routes and open mirrors.
 */

/** One process serves every guild until rate limits call for more. */
export const WORKER_SHARDS = 1;

/** The shard of a guild. Ids are numbers in text; what is no number counts as 0. */
export function shardOfGuild(guildId: string): number {
  const isNumber = /^\d{1,20}$/.test(guildId);
  return isNumber ? Number((BigInt(guildId) >> 22n) % BigInt(WORKER_SHARDS)) : 0;
}
