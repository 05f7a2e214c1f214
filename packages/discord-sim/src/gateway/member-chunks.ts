/** Answers a request for guild members (op 8), in chunks of at most 1,000. */
import type { Fields } from "../messages/form-errors.ts";
import type { World } from "../state/world.ts";
import { memberToWire } from "../wire/users.ts";

const CHUNK_MEMBERS = 1_000;

export function memberChunk(world: World, payload: Fields): object[] {
  const guild = world.guilds.get(typeof payload.guild_id === "string" ? payload.guild_id : "");
  if (guild === undefined) return [];
  const asked = [payload.user_ids ?? []].flat();
  const query = typeof payload.query === "string" ? payload.query.toLowerCase() : "";
  const wanted = guild.members.filter(({ userId }) =>
    asked.length > 0
      ? asked.includes(userId)
      : world.getUser(userId).username.toLowerCase().startsWith(query),
  );
  const limit =
    typeof payload.limit === "number" && payload.limit > 0 ? payload.limit : wanted.length;
  const members = wanted.slice(0, limit).map((member) => memberToWire(world, member));
  const notFound = asked.filter((id) => !wanted.some(({ userId }) => userId === id));
  const chunkCount = Math.max(1, Math.ceil(members.length / CHUNK_MEMBERS));
  return Array.from({ length: chunkCount }, (_, index) => ({
    guild_id: guild.id,
    members: members.slice(index * CHUNK_MEMBERS, (index + 1) * CHUNK_MEMBERS),
    chunk_index: index,
    chunk_count: chunkCount,
    ...(notFound.length > 0 && { not_found: notFound }),
    ...(typeof payload.nonce === "string" && { nonce: payload.nonce }),
  }));
}
