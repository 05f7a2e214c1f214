/**
 * Answers a request for guild members (op 8), in chunks of at most 1,000.
 *
 * [DGW8] Requested members arrive in chunks; the whole list takes the members intent.
 */
import { GatewayIntentBits } from "discord-api-types/v10";
import type { Fields } from "../messages/form-errors.ts";
import { memberToWire } from "../wire/users.ts";
import type { Audience } from "./audience.ts";

const CHUNK_MEMBERS = 1_000;
const MAX_ASKED = 100;

/** Whether the request is for everybody, which Discord allows every 30 s per guild. */
export function asksForAll(payload: Fields): boolean {
  const { query, limit, user_ids: ids } = payload;
  return (
    (ids === undefined || ids === null) && query === "" && (limit === 0 || limit === undefined)
  );
}

export function memberChunks({ world, userId, intents }: Audience, payload: Fields): object[] {
  const guild = world.guilds.get(typeof payload.guild_id === "string" ? payload.guild_id : "");
  if (guild === undefined || world.findMember(guild.id, userId) === undefined) return [];
  if (asksForAll(payload) && (intents & GatewayIntentBits.GuildMembers) === 0) return [];
  const asked = [payload.user_ids ?? []].flat().slice(0, MAX_ASKED);
  const query = typeof payload.query === "string" ? payload.query.toLowerCase() : "";
  const wanted = guild.members.filter(({ userId: id, nick }) =>
    asked.length > 0
      ? asked.includes(id)
      : [world.getUser(id).username, nick ?? ""].some((name) =>
          name.toLowerCase().startsWith(query),
        ),
  );
  const limit = typeof payload.limit === "number" ? payload.limit : 0;
  const members = (limit > 0 ? wanted.slice(0, Math.min(limit, MAX_ASKED)) : wanted).map((member) =>
    memberToWire(world, member),
  );
  const notFound = asked.filter((id) => !wanted.some((member) => member.userId === id));
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
