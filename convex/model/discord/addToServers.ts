/**
 * A run's calls to Discord: each server asked in turn, with tokens that are refreshed when they are over. Only in
 * actions. The person's token leaves the backend in a request to Discord and in no other way, which is why the
 * backend and not the bot adds people.
 *
 * No roles are given here: in a server with membership screening that would let people past it. Roles follow
 * from the membership.
 */
import { type JoinOutcome, joinOutcome } from "@heliograph/domain";
import { type Answer, askDiscord, fieldOf } from "./ask.ts";
import type { JoinTask } from "./joins.ts";
import type { JoinResult } from "./validators.ts";

const IN_ALREADY = 204;

/** What Discord says of one server. `accessToken` null: only look whether they are there. */
export async function joinServer(
  { guildId, discordId, botToken }: { guildId: string; discordId: string; botToken: string },
  accessToken: string | null,
): Promise<JoinOutcome> {
  const path = `/guilds/${guildId}/members/${discordId}`;
  const authorization = `Bot ${botToken}`;
  if (accessToken !== null) {
    const added = await askDiscord(path, {
      method: "PUT",
      headers: { authorization, "content-type": "application/json" },
      body: JSON.stringify({ access_token: accessToken }),
    });
    if (added.status !== IN_ALREADY) return joinOutcome(read(added));
  }
  return joinOutcome(read(await askDiscord(path, { headers: { authorization } })));
}

/** The same answer for every server of a task. */
export function answerAll(task: JoinTask, outcome: JoinOutcome): JoinResult[] {
  return task.places.map(({ memberId }) => ({ memberId, outcome }));
}

function read({ status, body, retryAfterMs }: Answer) {
  const code = fieldOf(body, "code");
  return {
    status,
    code: typeof code === "number" ? code : null,
    retryAfterMs,
    isPending: fieldOf(body, "pending") === true,
  };
}
