/** Who is told, and what they are told. */
import type { World } from "../state/world.ts";

export type Dispatch = { t: string; d: unknown };

export type Audience = {
  world: World;
  baseUrl: string;
  userId: string;
  intents: number;
  shard: readonly [id: number, count: number];
};

/** Discord's rule for which shard hears of a guild. */
export function onShard(
  guildId: string,
  [id, count]: readonly [id: number, count: number],
): boolean {
  return Number((BigInt(guildId) >> 22n) % BigInt(count)) === id;
}
