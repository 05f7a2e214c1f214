/** Polls: who voted for what, and ending one early. */
import { Hono } from "hono";
import { compareSnowflakes } from "../state/snowflakes.ts";
import { refuse } from "../wire/api-error.ts";
import { userToWire } from "../wire/users.ts";
import { getMessage, getReadableChannel, getWritableChannel } from "./access.ts";
import { showOwn } from "./posting.ts";
import { readLimit, readQueryId } from "./query-values.ts";
import type { RestEnv, RestParts } from "./rest-env.ts";

const MAX_VOTERS = 100;
const DEFAULT_VOTERS = 25;

export function pollRoutes(parts: RestParts): Hono<RestEnv> {
  const { world, polls } = parts;
  return new Hono<RestEnv>()
    .get("/channels/:channel/polls/:message/answers/:answer", (c) => {
      const channel = getReadableChannel(world, c.var.bot, c.req.param("channel"));
      const { poll } = getMessage(world, channel, c.req.param("message"));
      const answer = poll?.answers.find(({ id }) => id === Number(c.req.param("answer")));
      const after = readQueryId("after", c.req.query("after")) ?? "0";
      const limit = readLimit(c.req.query("limit"), { fallback: DEFAULT_VOTERS, max: MAX_VOTERS });
      const voters = (answer?.voterIds ?? [])
        .filter((id) => compareSnowflakes(id, after) > 0)
        .sort(compareSnowflakes)
        .slice(0, limit);
      return c.json({ users: voters.map((id) => userToWire(world.getUser(id))) });
    })
    .post("/channels/:channel/polls/:message/expire", (c) => {
      const channel = getWritableChannel(world, c.var.bot, c.req.param("channel"));
      const message = getMessage(world, channel, c.req.param("message"));
      if (message.authorId !== c.var.bot.userId) throw refuse.missingPermissions();
      polls.end(message);
      return c.json(showOwn(parts, c.var.bot, message));
    });
}
