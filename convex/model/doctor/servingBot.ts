/** Which bot serves a target. */
import type { Doc } from "../../_generated/dataModel.js";
import type { DatabaseReader } from "../../_generated/server.js";
import { listPresences } from "../bots/presence.ts";
import { shardOfTarget, type TargetPlace } from "../routes/assign.ts";

/** The bot that serves the target, the best of its processes; null: none was ever heard of. */
export async function botFor(
  ctx: { db: DatabaseReader },
  place: TargetPlace,
): Promise<Doc<"botPresences"> | null> {
  const shard = await shardOfTarget(ctx, place);
  const presences = await listPresences(ctx); // those online first
  return presences.find(({ workerShards }) => workerShards.includes(shard)) ?? null;
}
