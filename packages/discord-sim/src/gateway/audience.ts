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
